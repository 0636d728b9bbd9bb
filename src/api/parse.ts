import type * as z from "zod";
import { err, ok, type Result } from "../std/result.ts";
import { objectMeta, unlabelledMeta, type ObjectMeta } from "./fields.ts";
import {
  iscsiCredentialSpec,
  iscsiCredentialStatus,
  type IscsiCredentialSpec,
  type IscsiCredentialStatus,
} from "./iscsi-credential.ts";
import { keyOf, type ObjectKey } from "./key.ts";
import {
  ontapConnectionSpec,
  ontapConnectionStatus,
  type OntapConnectionSpec,
  type OntapConnectionStatus,
} from "./ontap-connection.ts";

/** What is wrong with a spec, one sentence a problem, each with the field and the fix. */
export type SpecProblems = readonly string[];

/**
 * An object as read. Its metadata always parses, or there would be no object to speak of; its spec may not (it may be
 * older than a rule), and then its status still has to say so; a status that does not parse counts as none.
 */
export interface ParsedObject<Spec, Status> {
  readonly key: ObjectKey;
  readonly meta: ObjectMeta;
  readonly spec: Result<Spec, SpecProblems>;
  readonly status: Status | undefined;
}

export type IscsiCredential = ParsedObject<IscsiCredentialSpec, IscsiCredentialStatus>;
export type OntapConnection = ParsedObject<OntapConnectionSpec, OntapConnectionStatus>;

export const parseIscsiCredential = parserOf(unlabelledMeta, iscsiCredentialSpec, iscsiCredentialStatus);
export const parseOntapConnection = parserOf(objectMeta, ontapConnectionSpec, ontapConnectionStatus);

/** Undefined when not even the metadata can be read. */
function parserOf<Spec, Status>(
  metaSchema: z.ZodType<ObjectMeta>,
  specSchema: z.ZodType<Spec>,
  statusSchema: z.ZodType<Status>,
) {
  return (raw: unknown): ParsedObject<Spec, Status> | undefined => {
    const { metadata, spec, status } = (typeof raw === "object" && raw !== null ? raw : {}) as Record<string, unknown>;
    const meta = metaSchema.safeParse(metadata);
    if (!meta.success) return undefined;
    const parsed = specSchema.safeParse(spec);
    return {
      key: keyOf(meta.data),
      meta: meta.data,
      spec: parsed.success ? ok(parsed.data) : err(problemsOf(parsed.error)),
      status: statusSchema.safeParse(status).data,
    };
  };
}

function problemsOf(error: z.ZodError): SpecProblems {
  return error.issues.map((issue) => {
    const path = issue.path.map(String).join(".");
    return issue.code === "custom" ? issue.message : `${path === "" ? "spec" : path}: ${issue.message}`;
  });
}
