import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { addAddresses, admits, removeAddresses, type AddressEntry } from "../../src/simulator/model/addresses.ts";
import { readJsonText } from "../../src/simulator/wire/json-text.ts";
import { printJson } from "../../src/simulator/wire/json.ts";

/** A small world of addresses, so that ranges overlap, touch and miss each other. */
const value = fc.bigInt({ min: 0n, max: 63n });
const range = fc.tuple(value, value).map(([a, b]): AddressEntry => {
  const [start, end] = a < b ? [a, b] : [b, a];
  return { kind: "range", family: 4, start, end, written: { start: "", end: "" } };
});
const mask = fc.tuple(value, fc.integer({ min: 26, max: 32 })).map(([address, length]): AddressEntry => {
  return { kind: "mask", family: 4, address, length, written: { address: "" } };
});
const list = fc.array(fc.oneof(range, mask), { maxLength: 5 });
const address = value.map((value) => ({ family: 4, value }) as const);

/** `admits`, but an empty list holds nothing. */
const holds = (entries: readonly AddressEntry[], ip: { family: 4; value: bigint }) =>
  entries.length > 0 && admits(entries, ip);

describe("for all address lists", () => {
  test("removing takes away exactly what was removed", () => {
    fc.assert(
      fc.property(list, list, address, (before, removed, ip) => {
        expect(holds(removeAddresses(before, removed), ip)).toBe(holds(before, ip) && !holds(removed, ip));
      }),
    );
  });

  test("adding admits what either admits, and adding again changes nothing", () => {
    fc.assert(
      fc.property(list, list, address, (before, added, ip) => {
        const after = addAddresses(before, added);
        expect(holds(after, ip)).toBe(holds(before, ip) || holds(added, ip));
        expect(addAddresses(after, added)).toEqual(after);
      }),
    );
  });
});

describe("for all JSON", () => {
  test("what is printed is read back, pretty or not", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, pretty) => {
        const read = readJsonText(printJson(value, pretty));
        expect(read.ok && JSON.stringify(read.value.value)).toBe(JSON.stringify(value));
      }),
    );
  });

  test("texts are JSON here if and only if they are for JSON.parse", () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", "]", '"', "1", "\\", ":", "\u0001"))
      .map(
        ([text, at, junk]) => text.slice(0, at % (text.length + 1)) + junk + text.slice((at % (text.length + 1)) + 1),
      );
    fc.assert(
      fc.property(damaged, (text) => {
        const read = readJsonText(text);
        fc.pre(read.ok || read.error.kind !== "twice");
        expect(read.ok).toBe(isJson(text));
      }),
      { numRuns: 1000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
