import { isDeepStrictEqual } from "node:util";
import { err, ok, type Result } from "../std/result.ts";
import { addressSetOf, emptyAddresses, formatAddresses, satisfies, type DeclaredAddresses } from "./address-set.ts";
import {
  authenticationTypes,
  type ArrayCredential,
  type Authentication,
  type DesiredFields,
  type HeldFields,
  type VisibleField,
} from "./credential.ts";

/**
 * The one table of what ONTAP shows of a credential. Everything that reads, compares, stores or words these fields loops
 * over it: the `fields=` of a query, the reading of an answer, drift, the judgement on a lost answer, `status.applied`,
 * `status.observed`, and the texts of plans and Events. A field without a row does not compile.
 */

/** The fields as a status holds them. Nothing that is absent has a member. */
export interface StatusFields {
  readonly authenticationType?: HeldFields["authenticationType"] | undefined;
  readonly inboundUser?: string | undefined;
  readonly outboundUser?: string | undefined;
  readonly addresses?: string[] | undefined;
}

/** Which part of a write carries a field: ONTAP wants the CHAP pairs and the type together, addresses go alone. */
export type WritePart = "authentication" | "addresses";

interface Row<Field extends VisibleField> {
  /** ONTAP's name of the field, in queries, answers and messages. */
  readonly wire: string;
  readonly carriedBy: WritePart;
  /** Whether it may hold any text, so that no secret may stay in what the array shows. Its type says so. */
  readonly isFreeText: string extends HeldFields[Field] ? true : false;
  /** Reads the JSON value that an answer has at `wire`; undefined if it has none. */
  readonly read: (shown: unknown) => Result<HeldFields[Field], "unreadable">;
  /** Whether a difference in this field would mean anything. Without it: always. */
  readonly matters?: (desired: DesiredFields, held: ArrayCredential) => boolean;
  readonly isAsDesired: (desired: DesiredFields[Field], held: HeldFields[Field]) => boolean;
  /** As a status holds it; undefined for nothing. */
  readonly stored: (held: HeldFields[Field]) => StatusFields[Field] | undefined;
  /** What a status holds when ONTAP has accepted it. */
  readonly accepted: (desired: DesiredFields[Field]) => StatusFields[Field] | undefined;
  /** For people; undefined for nothing. */
  readonly heldText: (held: HeldFields[Field]) => string | undefined;
  readonly desiredText: (desired: DesiredFields[Field]) => string | undefined;
}

const same = <T>(value: T): T => value;

/** A user of a type that knows no users is a leftover; ONTAP's documented answers show none. */
const userMatters = (desired: DesiredFields, held: ArrayCredential): boolean =>
  desired.authenticationType === "chap" || held.authenticationType === "chap";

const userRow = {
  carriedBy: "authentication",
  isFreeText: true,
  read: readUser,
  matters: userMatters,
  isAsDesired: (desired, held) => desired === held,
  stored: same,
  accepted: same,
  heldText: same,
  desiredText: same,
} as const satisfies Omit<Row<"inboundUser">, "wire">;

type Rows = { readonly [Field in VisibleField]: Row<Field> };

const rows = {
  authenticationType: {
    wire: "authentication_type",
    carriedBy: "authentication",
    isFreeText: false,
    read: readType,
    isAsDesired: (desired, held) => desired === held,
    stored: same,
    accepted: same,
    heldText: same,
    desiredText: same,
  },
  inboundUser: { wire: "chap.inbound.user", ...userRow },
  outboundUser: { wire: "chap.outbound.user", ...userRow },
  addresses: {
    wire: "initiator_address",
    carriedBy: "addresses",
    isFreeText: false,
    read: readAddresses,
    matters: ({ addresses }) => addresses !== undefined,
    isAsDesired: (desired, held) => desired === undefined || satisfies(desired.merge, desired.set, held),
    stored: (held) => listOf(formatAddresses(held)),
    accepted: (desired) => (desired === undefined ? undefined : listOf(formatAddresses(desired.set))),
    heldText: (held) => addressText(formatAddresses(held)),
    desiredText: (desired) =>
      desired === undefined ? undefined : mergeWords[desired.merge] + addressText(formatAddresses(desired.set)),
  },
} as const satisfies Rows;

export const visibleFields: Rows = rows;

type FirstOf<Name> = Name extends `${infer First}.${string}` ? First : Name;

/** The members of a request body that carry a part of a write: `chap` for `chap.inbound.user`. */
export type MemberOf<Part extends WritePart> = {
  [Field in VisibleField]: (typeof rows)[Field]["carriedBy"] extends Part
    ? FirstOf<(typeof rows)[Field]["wire"]>
    : never;
}[VisibleField];

export const visibleFieldNames = Object.keys(visibleFields) as readonly VisibleField[];

/** The fields in which a credential is not as desired; what could not be read is not. */
export function differingFields(desired: DesiredFields, held: ArrayCredential): readonly VisibleField[] {
  return visibleFieldNames.filter((field) => differs(field, desired, held));
}

function differs(field: VisibleField, desired: DesiredFields, held: ArrayCredential): boolean {
  return withRow(field, (row, name) => {
    if (row.matters?.(desired, held) === false) return false;
    const value = readableIn(held, name);
    return !value.ok || !row.isAsDesired(desired[name], value.value);
  });
}

/** A row together with the name of its field, so that what is read by the name fits the row. */
function withRow<T>(field: VisibleField, use: <Field extends VisibleField>(row: Row<Field>, name: Field) => T): T {
  return use(visibleFields[field] as Row<typeof field>, field);
}

/** What ONTAP shows there, or that it could not be read. */
function readableIn<Field extends VisibleField>(
  held: ArrayCredential,
  field: Field,
): Result<HeldFields[Field], "unreadable"> {
  return held.unreadable.includes(field) ? err("unreadable") : ok(held[field] as HeldFields[Field]);
}

/** The fields that hold free text, with what they hold. */
export function freeTexts(held: ArrayCredential): readonly (readonly [VisibleField, string])[] {
  return visibleFieldNames.flatMap((field) => {
    const value = held[field];
    return visibleFields[field].isFreeText && typeof value === "string" ? [[field, value] as const] : [];
  });
}

/** The user names and the type that an authentication shows. */
export function shownBy(authentication: Authentication): Omit<DesiredFields, "addresses"> {
  const pairs = authentication.type === "chap" ? authentication : undefined;
  return {
    authenticationType: authentication.type,
    inboundUser: pairs?.inbound.user,
    outboundUser: pairs?.outbound?.user,
  };
}

/** What `status.observed` holds of a credential: everything that could be read. */
export function observedFields(held: ArrayCredential): StatusFields {
  return fieldsOf((field) =>
    withRow(field, (row, name) => {
      const value = readableIn(held, name);
      return value.ok ? row.stored(value.value) : undefined;
    }),
  );
}

/** What `status.applied` holds after ONTAP accepted it. */
export function acceptedFields(desired: DesiredFields): StatusFields {
  return fieldsOf((field) => withRow(field, (row, name) => row.accepted(desired[name])));
}

/** Whether ONTAP shows exactly what it accepted. */
export function showsAccepted(held: ArrayCredential, accepted: StatusFields): boolean {
  const observed = observedFields(held);
  return (
    held.unreadable.length === 0 &&
    visibleFieldNames.every((field) => isDeepStrictEqual(observed[field], accepted[field]))
  );
}

/** What ONTAP shows of a field, for people: "unreadable" if it could not be read, undefined for nothing. */
export function heldText(field: VisibleField, held: ArrayCredential): string | undefined {
  return withRow(field, (row, name) => {
    const value = readableIn(held, name);
    return value.ok ? row.heldText(value.value) : "unreadable";
  });
}

export function desiredText(field: VisibleField, desired: DesiredFields): string | undefined {
  return withRow(field, (row, name) => row.desiredText(desired[name]));
}

function fieldsOf(valueOf: (field: VisibleField) => unknown): StatusFields {
  return Object.fromEntries(
    visibleFieldNames.map((field) => [field, valueOf(field)] as const).filter(([, value]) => value !== undefined),
  );
}

function readType(shown: unknown): Result<HeldFields["authenticationType"], "unreadable"> {
  const type = typeof shown === "string" ? shown.toLowerCase() : undefined;
  const known = authenticationTypes.find((each) => each === type);
  return known === undefined ? err("unreadable") : ok(known);
}

/** ONTAP takes 128 bytes; what is far beyond is not kept. */
const longestUser = 253;

/** ONTAP may show an absent user as an empty one. */
function readUser(shown: unknown): Result<string | undefined, "unreadable"> {
  if (shown === undefined || shown === null || shown === "") return ok(undefined);
  return typeof shown === "string" && shown.length <= longestUser ? ok(shown) : err("unreadable");
}

function readAddresses(shown: unknown): Result<HeldFields["addresses"], "unreadable"> {
  if (shown === undefined || shown === null) return ok(emptyAddresses);
  const declared = declaredIn(shown);
  const set = declared === undefined ? undefined : addressSetOf(declared);
  return set?.ok === true ? set : err("unreadable");
}

function declaredIn(shown: unknown): DeclaredAddresses | undefined {
  if (typeof shown !== "object" || shown === null) return undefined;
  const { ranges, masks } = shown as Partial<Record<keyof DeclaredAddresses, unknown>>;
  const shownRanges = textsIn(ranges, "start", "end");
  const shownMasks = textsIn(masks, "address", "netmask");
  if (shownRanges === undefined || shownMasks === undefined) return undefined;
  // A /128 cannot be declared; if ONTAP ever shows one, it is one host.
  const hosts = shownMasks.filter(({ netmask }) => netmask === "128");
  return {
    ranges: [...shownRanges, ...hosts.map(({ address }) => ({ start: address, end: address }))],
    masks: shownMasks.filter(({ netmask }) => netmask !== "128"),
  };
}

/** A list of objects with these two members, numbers as their text; undefined for anything else. */
function textsIn<A extends string, B extends string>(
  list: unknown,
  first: A,
  second: B,
): readonly Record<A | B, string>[] | undefined {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) return undefined;
  const read = list.map((item: unknown) => {
    const members = (item ?? {}) as Record<string, unknown>;
    const [one, other] = [textOf(members[first]), textOf(members[second])];
    return one === undefined || other === undefined
      ? undefined
      : ({ [first]: one, [second]: other } as Record<A | B, string>);
  });
  return read.some((each) => each === undefined) ? undefined : read.filter((each) => each !== undefined);
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;

/** So many entries fit into a status. */
const mostStored = 1024;
const mostWorded = 20;

const listOf = (addresses: readonly string[]): string[] | undefined =>
  addresses.length === 0 ? undefined : addresses.slice(0, mostStored);

const mergeWords = { replace: "", add: "including ", remove: "without " } as const;

function addressText(addresses: readonly string[]): string {
  if (addresses.length === 0) return "any address";
  const first = addresses.slice(0, mostWorded).join(", ");
  return addresses.length > mostWorded ? `${first} and ${addresses.length - mostWorded} more` : first;
}
