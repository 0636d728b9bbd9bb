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
import { problemsOf, type SpecProblems } from "./problems.ts";

export type { SpecProblems } from "./problems.ts";

/**
 * An object as read. Its metadata always parses, or there would be no object to speak of; its spec may not (it may be
 * older than a rule), and then its status still has to say so. Fields that this release does not know are left out.
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
function parserOf<Spec, Fields extends z.ZodRawShape>(
  metaSchema: z.ZodType<ObjectMeta>,
  specSchema: z.ZodType<Spec>,
  statusSchema: z.ZodObject<Fields>,
) {
  return (raw: unknown): ParsedObject<Spec, z.output<z.ZodObject<Fields>>> | undefined => {
    const { metadata, spec, status } = fieldsOf(raw);
    const meta = metaSchema.safeParse(metadata);
    if (!meta.success) return undefined;
    const parsed = specSchema.safeParse(spec);
    return {
      key: keyOf(meta.data),
      meta: meta.data,
      spec: parsed.success ? ok(parsed.data) : err(problemsOf(parsed.error, spec)),
      status: readableStatus(statusSchema, status),
    };
  };
}

/**
 * A status may be of another release, which knows other words. A field of it that cannot be read counts as absent, and
 * takes no other with it: least of all `applied`, the evidence of what was written.
 */
function readableStatus<Fields extends z.ZodRawShape>(schema: z.ZodObject<Fields>, raw: unknown) {
  const whole = schema.safeParse(raw);
  if (whole.success || typeof raw !== "object" || raw === null) return whole.data;
  const unreadable = new Set(whole.error.issues.map(({ path: [field] }) => field));
  return schema.safeParse(Object.fromEntries(Object.entries(raw).filter(([field]) => !unreadable.has(field)))).data;
}

function fieldsOf(raw: unknown): Readonly<Record<string, unknown>> {
  return typeof raw === "object" && raw !== null ? (raw as Readonly<Record<string, unknown>>) : {};
}
