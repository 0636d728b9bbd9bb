import { formatIp, ipBits, parseIp, type IpAddress } from "../std/ip.ts";
import { err, ok, type Result } from "../std/result.ts";
import { unreachable } from "../std/unreachable.ts";

/** Addresses as people declare them; both ends of a range are included, a netmask is a length or dotted. */
export interface DeclaredAddresses {
  readonly ranges: readonly { readonly start: string; readonly end: string }[];
  readonly masks: readonly { readonly address: string; readonly netmask: string }[];
}

/** How a PATCH treats the addresses that ONTAP already holds. */
export type AddressMerge = "replace" | "add" | "remove";

/** Addresses that are wanted, as they were declared and as the set that they mean. */
export interface DesiredAddresses {
  readonly merge: AddressMerge;
  readonly declared: DeclaredAddresses;
  readonly set: AddressSet;
}

/** Consecutive addresses of one family; both ends belong to it. */
export interface AddressRange {
  readonly family: IpAddress["family"];
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * A set of addresses in its one canonical form: disjoint ranges that do not even touch, IPv4 before IPv6, ascending.
 * However a set was spelled (other IPv6 notation, masks or ranges, overlaps, order), equal sets have equal ranges.
 */
export interface AddressSet {
  readonly ranges: readonly AddressRange[];
}

/** Why ONTAP would not take declared addresses: the first problem only. */
export interface AddressProblem {
  /** The field inside the declaration, such as `ranges[0].start`. */
  readonly path: string;
  readonly value: string;
  /** What is wrong, to be read after path and value. */
  readonly problem: string;
  readonly fix: string;
  /** ONTAP's code for the same refusal, if it has one of its own. */
  readonly code: "5374855" | "5374856" | undefined;
}

export const emptyAddresses: AddressSet = { ranges: [] };

/** The set that a declaration means, or its first problem. Bits of a mask's address beyond the netmask do not count. */
export function addressSetOf({ ranges, masks }: DeclaredAddresses): Result<AddressSet, AddressProblem> {
  const parsed = [
    ...ranges.map((range, index) => parseRange(range, `ranges[${index}]`)),
    ...masks.map((mask, index) => parseMask(mask, `masks[${index}]`)),
  ];
  const problem = parsed.find((each) => !each.ok);
  if (problem !== undefined) return problem;
  return ok(normalise(parsed.flatMap((each) => (each.ok ? [each.value] : []))));
}

export function union(a: AddressSet, b: AddressSet): AddressSet {
  return normalise([...a.ranges, ...b.ranges]);
}

/** What of `a` is not in `b`. */
export function subtract(a: AddressSet, b: AddressSet): AddressSet {
  return { ranges: b.ranges.reduce((left, hole) => left.flatMap((range) => cut(range, hole)), a.ranges) };
}

export function equalSets(a: AddressSet, b: AddressSet): boolean {
  return a.ranges.length === b.ranges.length && isSubset(a, b) && isSubset(b, a);
}

/** Whether all of `a` is in `b`. */
export function isSubset(a: AddressSet, b: AddressSet): boolean {
  return subtract(a, b).ranges.length === 0;
}

export function overlaps(a: AddressSet, b: AddressSet): boolean {
  return a.ranges.some((mine) => b.ranges.some((other) => meet(mine, other)));
}

/** Whether held addresses are as wanted: exactly these, these among others, or none of these. */
export function satisfies(merge: AddressMerge, set: AddressSet, held: AddressSet): boolean {
  switch (merge) {
    case "replace":
      return equalSets(set, held);
    case "add":
      return isSubset(set, held);
    case "remove":
      return !overlaps(set, held);
    default:
      return unreachable(merge);
  }
}

/** Each range as people write it, a single host as one address: `10.0.0.7`, `fd00::-fd00::ff`. */
export function formatAddresses({ ranges }: AddressSet): readonly string[] {
  return ranges.map(({ family, first, last }) => {
    const start = formatIp({ family, value: first });
    return first === last ? start : `${start}-${formatIp({ family, value: last })}`;
  });
}

function normalise(ranges: readonly AddressRange[]): AddressSet {
  const merged: AddressRange[] = [];
  for (const range of ranges.toSorted(byFamilyThenFirst)) {
    const before = merged.at(-1);
    if (before === undefined || before.family !== range.family || before.last + 1n < range.first) merged.push(range);
    else if (range.last > before.last) merged[merged.length - 1] = { ...before, last: range.last };
  }
  return { ranges: merged };
}

function byFamilyThenFirst(a: AddressRange, b: AddressRange): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.first < b.first ? -1 : Number(a.first > b.first);
}

function cut(range: AddressRange, hole: AddressRange): readonly AddressRange[] {
  if (!meet(range, hole)) return [range];
  const below = range.first < hole.first ? [{ ...range, last: hole.first - 1n }] : [];
  const above = range.last > hole.last ? [{ ...range, first: hole.last + 1n }] : [];
  return [...below, ...above];
}

function meet(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

function parseRange(range: DeclaredAddresses["ranges"][number], path: string): Result<AddressRange, AddressProblem> {
  const [start, end] = [parseIp(range.start), parseIp(range.end)];
  if (start === undefined) return err(noAddress(`${path}.start`, range.start));
  if (end === undefined) return err(noAddress(`${path}.end`, range.end));
  if (start.family !== end.family) {
    return err({
      path: `${path}.end`,
      value: range.end,
      problem: `is of another family than start (${range.start})`,
      fix: "write one range for IPv4 and one for IPv6",
      code: "5374856",
    });
  }
  if (start.value > end.value) {
    return err({
      path: `${path}.start`,
      value: range.start,
      problem: `is greater than end (${range.end})`,
      fix: "swap the two",
      code: "5374855",
    });
  }
  return ok({ family: start.family, first: start.value, last: end.value });
}

function parseMask(mask: DeclaredAddresses["masks"][number], path: string): Result<AddressRange, AddressProblem> {
  const address = parseIp(mask.address);
  if (address === undefined) return err(noAddress(`${path}.address`, mask.address));
  const { family, value } = address;
  const length = prefixLength(mask.netmask, family);
  if (length === undefined) {
    return err({
      path: `${path}.netmask`,
      value: mask.netmask,
      problem: `is not a netmask of IPv${family}`,
      fix: netmaskFix[family],
      code: undefined,
    });
  }
  const hostBits = BigInt(ipBits[family] - length);
  const first = (value >> hostBits) << hostBits;
  return ok({ family, first, last: first + (1n << hostBits) - 1n });
}

/** ONTAP takes no /128: a single IPv6 host is a range. */
const longestPrefix = { 4: 32, 6: 127 } as const;

const netmaskFix = {
  4: 'write a length from 1 to 32 such as "24", or a dotted mask without holes such as "255.255.255.0"',
  6: 'write a length from 1 to 127 such as "64"; for one host, write a range whose start and end are that address',
} as const;

function prefixLength(netmask: string, family: IpAddress["family"]): number | undefined {
  if (!/^[1-9][0-9]{0,2}$/.test(netmask)) return family === 4 ? dottedLength(netmask) : undefined;
  const length = Number(netmask);
  return length <= longestPrefix[family] ? length : undefined;
}

function dottedLength(netmask: string): number | undefined {
  const mask = parseIp(netmask);
  if (mask?.family !== 4 || mask.value === 0n) return undefined;
  const bits = mask.value.toString(2).padStart(32, "0");
  return /^1+0*$/.test(bits) ? bits.lastIndexOf("1") + 1 : undefined;
}

function noAddress(path: string, value: string): AddressProblem {
  return {
    path,
    value,
    problem: "is not an IP address",
    fix: "write an IPv4 or IPv6 address without zone, such as 10.0.0.1 or fd00::1",
    code: undefined,
  };
}
