import { expect, test } from "vitest";
import { takeWrite, type WriteAllowance } from "./write-allowance.ts";

/** Writes that an object gets through in a time, if it wants one as soon as it may. */
function writesWithin(ms: number): number {
  let allowance: WriteAllowance | undefined;
  let writes = 0;
  for (let nowMs = 0; nowMs <= ms;) {
    const taken = takeWrite(allowance, nowMs);
    if (typeof taken === "number") {
      if (taken <= 0) throw new Error(`a write is refused and no wait is named: ${taken} ms`);
      nowMs += taken;
    } else {
      allowance = taken;
      writes += 1;
    }
  }
  return writes;
}

test.each([
  { because: "a person's edits in a row are not held up", ms: 0, writes: 10 },
  { because: "312 edits of a Secret in 12 s are a few writes", ms: 12_000, writes: 12 },
  { because: "an endless stream is one write in five seconds", ms: 600_000, writes: 130 },
])("$writes writes in $ms ms: $because", ({ ms, writes }) => {
  expect(writesWithin(ms)).toBe(writes);
});

test("what was not used comes back, up to the burst", () => {
  expect(takeWrite({ left: 0, atMs: 0 }, 3_600_000)).toEqual({ left: 9, atMs: 3_600_000 });
});
