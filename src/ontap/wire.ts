import * as z from "zod";

import { addressSetOf, type DeclaredAddresses } from "../array/address-set.ts";
import { authenticationTypes, type ArrayCredential } from "../array/credential.ts";
import { parseInitiatorName, parseSvmUuid, type CredentialId } from "../array/identifiers.ts";
import type { Cluster, Svm } from "../array/port.ts";
import { err, ok, type Result } from "../std/result.ts";

/**
 * What ONTAP answers, in its own words. Unknown members are passed over; what we rely on must be as documented.
 * A problem is told as the path of a field, never with its value.
 */

/** The JSON value of a text; undefined, for which JSON has no word, if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** ONTAP's own account of a refusal. Proxies and the automation guide print the code as a number. */
export interface WireError {
  readonly code: string | undefined;
  readonly message: string;
  readonly target: string | undefined;
}

const optionalText = z.string().optional().catch(undefined);

const errorBody = z.object({
  error: z.object({
    code: z
      .union([z.string(), z.number().transform(String)])
      .optional()
      .catch(undefined),
    message: optionalText,
    target: optionalText,
  }),
});

/** The error in a body; undefined in a body without one. */
export function readError(body: unknown): WireError | undefined {
  const read = errorBody.safeParse(body);
  if (!read.success) return undefined;
  const { code, message, target } = read.data.error;
  return { code, message: message ?? "", target };
}

const page = z
  .object({
    records: z.array(z.unknown()),
    _links: z.object({ next: z.object({ href: z.string() }).optional() }).optional(),
  })
  .transform(({ records, _links: links }) => ({ records, next: links?.next?.href }));

export interface Page {
  readonly records: readonly unknown[];
  /** Where the collection goes on. */
  readonly next: string | undefined;
}

export function readPage(body: unknown): Result<Page, string> {
  const read = page.safeParse(body);
  return read.success ? ok(read.data) : err(fieldPathOf(read.error));
}

const clusterBody = z.object({
  uuid: optionalText,
  name: optionalText,
  version: z.object({ full: optionalText }).optional(),
});

export function readCluster(body: unknown): Result<Cluster, string> {
  const read = clusterBody.safeParse(body);
  if (!read.success) return err(fieldPathOf(read.error));
  const { uuid, name, version } = read.data;
  return ok({ uuid, name, version: version?.full });
}

const svmUuid = z.string().transform((text, context) => {
  const parsed = parseSvmUuid(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: "custom" });
  return z.NEVER;
});

const svmRecord = z.object({ uuid: svmUuid, name: z.string(), state: optionalText, subtype: optionalText });

export function readSvm(record: unknown): Result<Svm, string> {
  const read = svmRecord.safeParse(record);
  if (!read.success) return err(fieldPathOf(read.error));
  const { uuid, name, state, subtype } = read.data;
  return ok({ uuid, name, state, subtype });
}

/** ONTAP may show an absent name as an empty one. */
const userName = z
  .string()
  .nullish()
  .transform((text) => (text === "" ? undefined : (text ?? undefined)));

const direction = z.object({ user: userName }).nullish();

const addresses = z
  .object({
    ranges: z.array(z.object({ start: z.string(), end: z.string() })).nullish(),
    masks: z.array(z.object({ address: z.string(), netmask: z.coerce.string() })).nullish(),
  })
  .nullish()
  .transform((shown, context) => {
    const set = addressSetOf(asDeclared({ ranges: shown?.ranges ?? [], masks: shown?.masks ?? [] }));
    if (set.ok) return set.value;
    context.addIssue({ code: "custom", path: [set.error.path] });
    return z.NEVER;
  });

const credentialRecord = z.object({
  svm: z.object({ uuid: svmUuid }),
  initiator: z.string(),
  authentication_type: z.string().toLowerCase().pipe(z.enum(authenticationTypes)),
  chap: z.object({ inbound: direction, outbound: direction }).nullish(),
  initiator_address: addresses,
});

export interface CredentialRecord {
  readonly id: CredentialId;
  readonly credential: ArrayCredential;
}

/** `unnameable`: no IscsiCredential can declare an initiator of this name, so the record does not matter here. */
export function readCredential(record: unknown): Result<CredentialRecord | "unnameable", string> {
  const read = credentialRecord.safeParse(record);
  if (!read.success) return err(fieldPathOf(read.error));
  const { svm, initiator, authentication_type, chap, initiator_address } = read.data;
  const name = parseInitiatorName(initiator);
  if (!name.ok) return ok("unnameable");
  return ok({
    id: { svm: svm.uuid, initiator: name.value },
    credential: {
      authenticationType: authentication_type,
      inboundUser: chap?.inbound?.user,
      outboundUser: chap?.outbound?.user,
      addresses: initiator_address,
    },
  });
}

/** A /128 cannot be declared; if ONTAP ever shows one, it is one host. */
function asDeclared({ ranges, masks }: DeclaredAddresses): DeclaredAddresses {
  const hosts = masks.filter(({ netmask }) => netmask === "128");
  return {
    ranges: [...ranges, ...hosts.map(({ address }) => ({ start: address, end: address }))],
    masks: masks.filter(({ netmask }) => netmask !== "128"),
  };
}

function fieldPathOf({ issues }: z.ZodError): string {
  const path = issues[0]?.path.join(".") ?? "";
  return path === "" ? "the body" : path;
}
