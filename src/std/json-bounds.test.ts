import * as fc from "fast-check";
import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { exceedsBounds } from "./json-bounds.ts";

const bounds = { mostDepth: 3, mostValues: 10 };

test.each([
  { because: "as deep as allowed", text: '{"a":[{}]}', exceeds: false },
  { because: "one deeper", text: '{"a":[{"b":[]}]}', exceeds: true },
  { because: "as many values as allowed", text: `[${Array(10).fill(1).join()}]`, exceeds: false },
  { because: "one more", text: `[${Array(11).fill(1).join()}]`, exceeds: true },
  { because: "brackets in strings do not count", text: '["[[[[[[{{{{,,,,,,,,,,,,,"]', exceeds: false },
  { because: "an escaped quote does not end a string", text: String.raw`["\"[[[[\\\"[[[[\\"]`, exceeds: false },
  { because: "an escaped backslash does not hide the end", text: String.raw`["\\",[[[]]]]`, exceeds: true },
  { because: "a string that never ends", text: '["[[[[', exceeds: false },
  { because: "not JSON at all", text: "}}}}<html>", exceeds: false },
])("$because", ({ text, exceeds }) => {
  expect(exceedsBounds(text, bounds)).toBe(exceeds);
});

test("for all JSON values, the depth is the one that parsing finds", () => {
  const depthOf = (value: unknown): number =>
    typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(7), (value, mostDepth) => {
      const exceeds = exceedsBounds(JSON.stringify(value), { mostDepth, mostValues: Infinity });
      expect(exceeds).toBe(depthOf(value) > mostDepth);
    }),
  );
});

test("two megabytes of anything take a moment", () => {
  const megabytes = 2 ** 21;
  const texts = ["x", "\\", '\\"', '"', "{}", "[1,"].map((piece) => piece.repeat(megabytes / piece.length));
  const started = systemClock.monotonic();
  for (const text of texts) exceedsBounds(text, { mostDepth: Infinity, mostValues: Infinity });
  expect(systemClock.monotonic() - started).toBeLessThan(1000);
});
