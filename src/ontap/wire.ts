import * as z from "zod";

import type { ArrayCredential, HeldFields, VisibleField } from "../array/credential.ts";
import { parseInitiatorName, parseSvmUuid, type InitiatorName, type SvmUuid } from "../array/identifiers.ts";
import type { Cluster, Svm } from "../array/port.ts";
import { visibleFieldNames, visibleFields } from "../array/visible-fields.ts";
import { exceedsBounds, type JsonBounds } from "../std/json-bounds.ts";
import { err, ok, type Result } from "../std/result.ts";

/**
 * What ONTAP answers, in its own words. Unknown members are passed over. One record or field that is not as documented
 * costs itself and nothing else: whether a release spells something otherwise than we think is open for most fields.
 * A problem is told as the path of a field, never with its value.
 */

/** A page of 500 records has a fifth of these values, four levels deep. */
const bounds: JsonBounds = { mostDepth: 64, mostValues: 100_000 };

/** The JSON value of a text. */
export function parseJson(text: string): Result<unknown, "not JSON" | "beyond bounds"> {
  if (exceedsBounds(text, bounds)) return err("beyond bounds");
  try {
    return ok(JSON.parse(text) as unknown);
  } catch {
    return err("not JSON");
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
      .union([z.string(), z.int().transform(String)])
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

const link = z.object({ self: z.object({ href: z.string() }) }).transform(({ self }) => self.href);
const acceptedBody = z
  .object({
    job: z
      .object({ uuid: z.string().optional(), _links: link.optional() })
      .transform(({ uuid, _links: href }) => href ?? uuid)
      .optional(),
    _links: link.optional(),
  })
  .transform(({ job, _links: href }) => job ?? href);

/** Where the outcome of an accepted request can be looked up, if its answer says so. */
export function linkIn(body: unknown): string | undefined {
  return acceptedBody.safeParse(body).data;
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

/** Names in ONTAP are far shorter; what is longer is not kept, and no status could hold it. */
const longestName = 253;
const optionalName = z.string().max(longestName).optional().catch(undefined);

const clusterBody = z.object({
  uuid: optionalName,
  name: optionalName,
  version: z.object({ full: optionalName }).optional().catch(undefined),
});

export function readCluster(body: unknown): Result<Cluster, string> {
  const read = clusterBody.safeParse(body);
  if (!read.success) return err(fieldPathOf(read.error));
  const { uuid, name, version } = read.data;
  return ok({ uuid, name, version: version?.full });
}

const svmRecord = z.object({
  uuid: z.string(),
  name: z.string().max(longestName),
  state: optionalName,
  subtype: optionalName,
});

export function readSvm(record: unknown): Result<Svm, "unreadable"> {
  const read = svmRecord.safeParse(record);
  const uuid = parseSvmUuid(read.data?.uuid ?? "");
  if (!read.success || !uuid.ok) return err("unreadable");
  const { name, state, subtype } = read.data;
  return ok({ uuid: uuid.value, name, state, subtype });
}

/** A credential, and whose it is as far as the record says; the path or the filter of the request says the rest. */
export interface CredentialRecord {
  readonly svm: SvmUuid | undefined;
  readonly initiator: InitiatorName | undefined;
  /** `shownAs` is empty if the record does not name its initiator. */
  readonly credential: ArrayCredential;
}

/**
 * `unnameable`: no IscsiCredential can declare an initiator of this name, so the record does not matter here.
 * `unreadable`: the record does not say whose it is in a way that can be understood.
 */
export function readCredential(record: unknown): Result<CredentialRecord, "unnameable" | "unreadable"> {
  const [uuid, shownAs] = [valueAt(record, "svm.uuid"), valueAt(record, "initiator")];
  if (typeof record !== "object" || record === null) return err("unreadable");
  if ((uuid !== undefined && typeof uuid !== "string") || (shownAs !== undefined && typeof shownAs !== "string")) {
    return err("unreadable");
  }
  const svm = uuid === undefined ? undefined : parseSvmUuid(uuid);
  if (svm?.ok === false) return err("unreadable");
  const initiator = shownAs === undefined ? undefined : parseInitiatorName(shownAs);
  if (initiator?.ok === false) return err("unnameable");
  return ok({ svm: svm?.value, initiator: initiator?.value, credential: readFields(record, shownAs ?? "") });
}

function readFields(record: object, shownAs: string): ArrayCredential {
  const read = visibleFieldNames.map((field) => [field, readField(record, field)] as const);
  const readable = read.flatMap(([field, result]) => (result.ok ? [[field, result.value] as const] : []));
  return {
    // Every field is undefined first, so that one that could not be read has a value all the same.
    ...(Object.fromEntries(visibleFieldNames.map((field) => [field, undefined])) as Record<VisibleField, undefined>),
    ...(Object.fromEntries(readable) as Partial<HeldFields>),
    unreadable: read.flatMap(([field, result]) => (result.ok ? [] : [field])),
    shownAs,
  };
}

function readField<Field extends VisibleField>(record: object, field: Field): Result<HeldFields[Field], "unreadable"> {
  const shown = valueAt(record, visibleFields[field].wire);
  return shown === notWalkable ? err("unreadable") : visibleFields[field].read(shown);
}

const notWalkable = Symbol("not an object on the way");

/** The value at a dotted name; undefined if nothing is there. */
function valueAt(value: unknown, name: string): unknown {
  let at: unknown = value;
  for (const member of name.split(".")) {
    if (at === undefined || at === null) return undefined;
    if (typeof at !== "object" || Array.isArray(at)) return notWalkable;
    at = Object.hasOwn(at, member) ? (at as Record<string, unknown>)[member] : undefined;
  }
  return at ?? undefined;
}

function fieldPathOf({ issues }: z.ZodError): string {
  const path = issues[0]?.path.join(".") ?? "";
  return path === "" ? "the body" : path;
}
