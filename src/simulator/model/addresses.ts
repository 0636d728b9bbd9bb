import { formatIp, ipBits, type IpAddress } from "../../std/ip.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Dialect } from "./dialect.ts";

type Family = IpAddress["family"];

/** One entry of an initiator's address list, with the spelling its writer used. A range holds both its ends. */
export type AddressEntry =
  | {
      readonly kind: "range";
      readonly family: Family;
      readonly start: bigint;
      readonly end: bigint;
      readonly written: { readonly start: string; readonly end: string };
    }
  | {
      readonly kind: "mask";
      readonly family: Family;
      readonly address: bigint;
      readonly length: number;
      readonly written: { readonly address: string };
    };

/** Inclusive at both ends, and `start <= end`. */
interface Span {
  readonly family: Family;
  readonly start: bigint;
  readonly end: bigint;
}

function spanOf(entry: AddressEntry): Span {
  if (entry.kind === "range") return entry;
  const hostMask = (1n << BigInt(ipBits[entry.family] - entry.length)) - 1n;
  const start = entry.address & ~hostMask;
  return { family: entry.family, start, end: start | hostMask };
}

function rangeOf({ family, start, end }: Span): AddressEntry {
  const written = { start: formatIp({ family, value: start }), end: formatIp({ family, value: end }) };
  return { kind: "range", family, start, end, written };
}

/** The union; an entry that is there already is not added again. */
export function addAddresses(list: readonly AddressEntry[], added: readonly AddressEntry[]): readonly AddressEntry[] {
  const result = [...list];
  for (const entry of added) {
    if (!result.some((other) => sameEntry(other, entry))) result.push(entry);
  }
  return result;
}

/** The difference as sets of addresses: an entry that is hit in part is split into the ranges that remain. */
export function removeAddresses(
  list: readonly AddressEntry[],
  removed: readonly AddressEntry[],
): readonly AddressEntry[] {
  const holes = removed.map(spanOf);
  return list.flatMap((entry) => {
    const whole = spanOf(entry);
    const rest = holes.reduce<readonly Span[]>((spans, hole) => spans.flatMap((span) => without(span, hole)), [whole]);
    return rest.length === 1 && rest[0] === whole ? [entry] : rest.map(rangeOf);
  });
}

function without(span: Span, hole: Span): readonly Span[] {
  if (span.family !== hole.family || hole.end < span.start || hole.start > span.end) return [span];
  const before = { ...span, end: hole.start - 1n };
  const after = { ...span, start: hole.end + 1n };
  return [before, after].filter(({ start, end }) => start <= end);
}

/** Whether a login from `address` passes the list; an empty list lets every address in. */
export function admits(list: readonly AddressEntry[], address: IpAddress): boolean {
  return (
    list.length === 0 ||
    list.map(spanOf).some(({ family, start, end }) => {
      return family === address.family && start <= address.value && address.value <= end;
    })
  );
}

/** `initiator_address` as GET shows it; undefined for an empty list. */
export function showAddresses(list: readonly AddressEntry[], dialect: Dialect): JsonObject | undefined {
  if (list.length === 0) return undefined;
  const masks = list.filter((entry) => entry.kind === "mask");
  const asRanges = dialect.addressView === "as-written" ? list.filter((entry) => entry.kind === "range") : list;
  const ranges = dialect.addressMerging === "adjacent" ? merged(asRanges.map(spanOf)).map(rangeOf) : asRanges;
  const shownMasks = dialect.addressView === "ranges" ? [] : masks;
  return {
    ranges: ranges.length === 0 ? undefined : ranges.map((entry) => showRange(entry, dialect)),
    masks: shownMasks.length === 0 ? undefined : shownMasks.map((entry) => showMask(entry, dialect)),
  };
}

function showRange(entry: AddressEntry, dialect: Dialect): JsonObject {
  const { family, start, end } = spanOf(entry);
  if (entry.kind === "range" && dialect.ipv6Spelling === "as-written") {
    return { family: familyName(family), ...entry.written };
  }
  return {
    family: familyName(family),
    start: formatIp({ family, value: start }),
    end: formatIp({ family, value: end }),
  };
}

function showMask(entry: AddressEntry & { readonly kind: "mask" }, dialect: Dialect): JsonObject {
  const { family, length } = entry;
  const value = dialect.maskHostBits === "cleared" ? spanOf(entry).start : entry.address;
  const keepSpelling = dialect.ipv6Spelling === "as-written" && dialect.maskHostBits === "kept";
  return {
    family: familyName(family),
    address: keepSpelling ? entry.written.address : formatIp({ family, value }),
    netmask: String(length),
  };
}

function merged(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted(bySpanStart)) {
    const last = result.at(-1);
    if (last !== undefined && last.family === span.family && span.start <= last.end + 1n) {
      result[result.length - 1] = { ...last, end: span.end > last.end ? span.end : last.end };
    } else {
      result.push({ family: span.family, start: span.start, end: span.end });
    }
  }
  return result;
}

function bySpanStart(a: Span, b: Span): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.start === b.start) return 0;
  return a.start < b.start ? -1 : 1;
}

function sameEntry(a: AddressEntry, b: AddressEntry): boolean {
  if (a.kind === "range" && b.kind === "range") {
    return a.family === b.family && a.start === b.start && a.end === b.end;
  }
  if (a.kind === "mask" && b.kind === "mask") {
    return a.family === b.family && a.address === b.address && a.length === b.length;
  }
  return false;
}

export const familyName = (family: Family): "ipv4" | "ipv6" => `ipv${family}`;
