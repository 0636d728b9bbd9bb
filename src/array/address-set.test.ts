import * as fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";

import {
  addressSetOf,
  emptyAddresses,
  equalSets,
  formatAddresses,
  isSubset,
  overlaps,
  subtract,
  union,
  type AddressProblem,
  type AddressSet,
  type DeclaredAddresses,
} from "./address-set.ts";

const noAddresses: DeclaredAddresses = { ranges: [], masks: [] };

function setOf(declared: Partial<DeclaredAddresses>): AddressSet {
  const set = addressSetOf({ ...noAddresses, ...declared });
  if (!set.ok) throw new Error(`${set.error.path} ${set.error.problem}`);
  return set.value;
}

/** `a-b` or a single address, as `formatAddresses` writes them. */
function setFrom(...texts: readonly string[]): AddressSet {
  return setOf({
    ranges: texts.map((text) => {
      const [start = "", end = start] = text.split("-");
      return { start, end };
    }),
  });
}

describe("addressSetOf", () => {
  const accepted: readonly { because: string; declared: Partial<DeclaredAddresses>; means: readonly string[] }[] = [
    { because: "nothing declared is the empty set", declared: {}, means: [] },
    { because: "one host", declared: { ranges: [{ start: "10.0.0.1", end: "10.0.0.1" }] }, means: ["10.0.0.1"] },
    {
      because: "a length and a dotted mask are one subnet",
      declared: {
        masks: [
          { address: "10.1.0.0", netmask: "16" },
          { address: "10.1.0.0", netmask: "255.255.0.0" },
        ],
      },
      means: ["10.1.0.0-10.1.255.255"],
    },
    {
      because: "host bits of a mask's address do not count",
      declared: { masks: [{ address: "10.1.2.3", netmask: "24" }] },
      means: ["10.1.2.0-10.1.2.255"],
    },
    {
      because: "neighbours merge, also those that only touch",
      declared: {
        ranges: [
          { start: "10.0.0.6", end: "10.0.0.9" },
          { start: "10.0.0.1", end: "10.0.0.5" },
        ],
      },
      means: ["10.0.0.1-10.0.0.9"],
    },
    {
      because: "IPv6 is compared by value, not by spelling",
      declared: {
        ranges: [
          { start: "FD00:0:0::1", end: "fd00::0001" },
          { start: "fd00::1", end: "fd00::1" },
        ],
      },
      means: ["fd00::1"],
    },
    {
      because: "/32 is the only mask of one IPv4 host",
      declared: { masks: [{ address: "10.0.0.1", netmask: "255.255.255.255" }] },
      means: ["10.0.0.1"],
    },
    {
      because: "/127 is the longest of IPv6",
      declared: { masks: [{ address: "fd00::1", netmask: "127" }] },
      means: ["fd00::-fd00::1"],
    },
    {
      because: "IPv4 comes before IPv6, and the end of the one never touches the start of the other",
      declared: {
        ranges: [
          { start: "::", end: "::1" },
          { start: "255.255.255.255", end: "255.255.255.255" },
        ],
      },
      means: ["255.255.255.255", "::-::1"],
    },
  ];
  it.each(accepted)("$because", ({ declared, means }) => {
    expect(formatAddresses(setOf(declared))).toEqual(means);
  });

  type Refusal = { because: string; declared: Partial<DeclaredAddresses>; problem: Partial<AddressProblem> };
  const refused: readonly Refusal[] = [
    {
      because: "ONTAP would answer 5374855",
      declared: { ranges: [{ start: "10.0.0.2", end: "10.0.0.1" }] },
      problem: { path: "ranges[0].start", value: "10.0.0.2", code: "5374855" },
    },
    {
      because: "ONTAP would answer 5374856",
      declared: {
        ranges: [
          { start: "10.0.0.1", end: "10.0.0.1" },
          { start: "10.0.0.1", end: "fd00::1" },
        ],
      },
      problem: { path: "ranges[1].end", code: "5374856" },
    },
    {
      because: "a name is no address",
      declared: { ranges: [{ start: "host", end: "10.0.0.1" }] },
      problem: { path: "ranges[0].start" },
    },
    {
      because: "a zone is not known to ONTAP",
      declared: { ranges: [{ start: "fe80::1", end: "fe80::1%eth0" }] },
      problem: { path: "ranges[0].end" },
    },
    {
      because: "a mask needs an address",
      declared: { masks: [{ address: "10.0.0", netmask: "24" }] },
      problem: { path: "masks[0].address" },
    },
    ...["0", "33", "024", "/24", "", "255.0.255.0", "0.0.0.0", "ffff::"].map((netmask) => ({
      because: `"${netmask}" is no IPv4 netmask`,
      declared: { masks: [{ address: "10.0.0.0", netmask }] },
      problem: { path: "masks[0].netmask", value: netmask },
    })),
    ...["0", "128", "255.255.0.0"].map((netmask) => ({
      because: `"${netmask}" is no IPv6 netmask`,
      declared: { masks: [{ address: "fd00::1", netmask }] },
      problem: { path: "masks[0].netmask" },
    })),
  ];
  it.each(refused)("$because", ({ declared, problem }) => {
    expect(addressSetOf({ ...noAddresses, ...declared })).toMatchObject({ ok: false, error: problem });
  });

  it("says how to write the host that is no IPv6 mask", () => {
    const set = addressSetOf({ ranges: [], masks: [{ address: "fd00::1", netmask: "128" }] });
    expect(set.ok ? "" : set.error.fix).toContain("a range whose start and end are that address");
  });
});

describe("set operations", () => {
  it("cut a hole out of a range", () => {
    expect(formatAddresses(subtract(setFrom("10.0.0.1-10.0.0.9"), setFrom("10.0.0.4-10.0.0.5")))).toEqual([
      "10.0.0.1-10.0.0.3",
      "10.0.0.6-10.0.0.9",
    ]);
  });

  it("keep the families apart", () => {
    expect(overlaps(setFrom("0.0.0.1"), setFrom("::1"))).toBe(false);
    expect(isSubset(setFrom("0.0.0.1"), setFrom("::-::ff"))).toBe(false);
  });

  it("know the empty set", () => {
    expect(isSubset(emptyAddresses, emptyAddresses)).toBe(true);
    expect(overlaps(emptyAddresses, setFrom("10.0.0.1"))).toBe(false);
  });
});

/**
 * The oracle: sixteen addresses of each family, so that a set is a list of members that can be counted one by one.
 * ipaddr.js, not our parser, says which they are.
 */
const universe = [
  ...Array.from({ length: 16 }, (_, index) => ipaddr.parse(`10.0.0.${index}`)),
  ...Array.from({ length: 16 }, (_, index) => ipaddr.parse(`fd00::${index.toString(16)}`)),
];

type Block = { readonly family: "ipv4" | "ipv6"; readonly first: number; readonly last: number };

const block: fc.Arbitrary<Block> = fc
  .tuple(fc.constantFrom("ipv4" as const, "ipv6" as const), fc.nat(15), fc.nat(15))
  .map(([family, a, b]) => ({ family, first: Math.min(a, b), last: Math.max(a, b) }));
const blocks = fc.array(block, { maxLength: 6 });

/** One address in one of its spellings. */
function spell({ family }: Block, index: number, style: number): string {
  const address = universe[family === "ipv4" ? index : index + 16];
  if (address === undefined) throw new RangeError(`no address ${index}`);
  if (address.kind() === "ipv4") return address.toString();
  const { parts } = address as ipaddr.IPv6;
  const padded = parts.map((part) => part.toString(16).padStart(4, "0")).join(":");
  const normal = address.toNormalizedString();
  return [normal, normal.toUpperCase(), padded, (address as ipaddr.IPv6).toRFC5952String()][style % 4] ?? normal;
}

/** Declares each block as a range, or as a mask where it happens to be a subnet and `style` says so. */
function declare(list: readonly Block[], style: number): DeclaredAddresses {
  const asMask = list.filter((each) => style % 2 === 1 && prefixOf(each) !== undefined);
  return {
    ranges: list
      .filter((each) => !asMask.includes(each))
      .map((each) => ({ start: spell(each, each.first, style), end: spell(each, each.last, style + 1) })),
    masks: asMask.map((each) => ({ address: spell(each, each.last, style), netmask: String(prefixOf(each)) })),
  };
}

function prefixOf({ family, first, last }: Block): number | undefined {
  const size = last - first + 1;
  const bits = Math.log2(size);
  if (!Number.isInteger(bits) || first % size !== 0) return undefined;
  if (family === "ipv6" && bits === 0) return undefined;
  return (family === "ipv4" ? 32 : 128) - bits;
}

function membersOf(list: readonly Block[]): ReadonlySet<number> {
  return new Set(
    list.flatMap(({ family, first, last }) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index + (family === "ipv4" ? 0 : 16)),
    ),
  );
}

/** Counts members through what `formatAddresses` prints, with ipaddr.js reading it. */
function membersShown(set: AddressSet): ReadonlySet<number> {
  const shown = formatAddresses(set).map((text) => {
    const [start = "", end = start] = text.split("-");
    return [ipaddr.parse(start).toByteArray(), ipaddr.parse(end).toByteArray()] as const;
  });
  const inside = (address: readonly number[]): boolean =>
    shown.some(
      ([start, end]) =>
        start.length === address.length && compareBytes(start, address) <= 0 && compareBytes(address, end) <= 0,
    );
  return new Set(universe.flatMap((address, index) => (inside(address.toByteArray()) ? [index] : [])));
}

function compareBytes(a: readonly number[], b: readonly number[]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

describe("for all sets", () => {
  it("two spellings of one set are equal", () => {
    fc.assert(
      fc.property(blocks, fc.nat(7), fc.nat(7), fc.infiniteStream(fc.nat(100)), (list, style, other, order) => {
        const shuffled = list.map((each) => [order.next().value, each] as const).toSorted(([a], [b]) => a - b);
        const again = shuffled.map(([, each]) => each);
        expect(equalSets(setOf(declare(list, style)), setOf(declare([...again, ...list], other)))).toBe(true);
      }),
    );
  });

  it("members are those that were declared, in disjoint, ascending ranges that do not touch", () => {
    fc.assert(
      fc.property(blocks, fc.nat(7), (list, style) => {
        const set = setOf(declare(list, style));
        expect(membersShown(set)).toEqual(membersOf(list));
        const ordered = set.ranges.every((range, index) => {
          const before = set.ranges[index - 1];
          if (range.first > range.last || before === undefined) return range.first <= range.last;
          return before.family === range.family ? before.last + 1n < range.first : before.family < range.family;
        });
        expect(ordered).toBe(true);
      }),
    );
  });

  it("union, subtract, isSubset, overlaps and equalSets are the set operations", () => {
    fc.assert(
      fc.property(blocks, blocks, (left, right) => {
        const [a, b] = [setOf(declare(left, 0)), setOf(declare(right, 1))];
        const [inA, inB] = [membersOf(left), membersOf(right)];
        const onlyA = [...inA].filter((member) => !inB.has(member));
        expect(membersShown(union(a, b))).toEqual(new Set([...inA, ...inB]));
        expect(membersShown(subtract(a, b))).toEqual(new Set(onlyA));
        expect(isSubset(a, b)).toBe(onlyA.length === 0);
        expect(overlaps(a, b)).toBe(onlyA.length < inA.size);
        expect(equalSets(a, b)).toBe(onlyA.length === 0 && inA.size === inB.size);
      }),
    );
  });

  it("what is printed reads back as the same set, anywhere in the address space", () => {
    const wide = fc
      .tuple(fc.constantFrom(4 as const, 6 as const), fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), fc.nat(2 ** 20))
      .map(([family, value, length]) => {
        const bits = family === 4 ? 32n : 128n;
        const first = value & (2n ** bits - 1n);
        const last = first + BigInt(length) < 2n ** bits ? first + BigInt(length) : first;
        return { family, first, last };
      })
      // IPv4-mapped IPv6 has two spellings of which ONTAP's pages know neither.
      .filter(({ family, last }) => family === 4 || last >> 48n !== 0n);
    fc.assert(
      fc.property(fc.array(wide, { maxLength: 5 }), (ranges) => {
        const set = ranges.reduce<AddressSet>((all, range) => union(all, { ranges: [range] }), emptyAddresses);
        expect(equalSets(setFrom(...formatAddresses(set)), set)).toBe(true);
      }),
    );
  });
});
