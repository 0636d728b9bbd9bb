import { expect, test } from "vitest";
import { takePass, type Allowance } from "./allowance.ts";

/** Passes that an object gets through in a time, if it wants one as soon as it may. */
function passesWithin(ms: number): number {
  let allowance: Allowance | undefined;
  let passes = 0;
  for (let nowMs = 0; nowMs <= ms;) {
    const taken = takePass(allowance, nowMs);
    if (typeof taken === "number") {
      if (taken <= 0) throw new Error(`a pass is refused and no wait is named: ${taken} ms`);
      nowMs += taken;
    } else {
      allowance = taken;
      passes += 1;
    }
  }
  return passes;
}

test.each([
  { because: "a person's edits in a row are not held up", ms: 0, passes: 10 },
  { because: "312 edits of a Secret in 12 s are a few passes", ms: 12_000, passes: 12 },
  { because: "an endless stream is one pass in five seconds", ms: 600_000, passes: 130 },
])("$passes passes in $ms ms: $because", ({ ms, passes }) => {
  expect(passesWithin(ms)).toBe(passes);
});

test("what was not used comes back, up to the burst", () => {
  expect(takePass({ left: 0, atMs: 0 }, 3_600_000)).toEqual({ left: 9, atMs: 3_600_000 });
});
