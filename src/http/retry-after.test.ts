import { expect, test } from "vitest";

import { longestPauseMs, parseRetryAfterMs } from "./retry-after.ts";

const now = Date.parse("2026-11-23T12:00:00Z");

test.each<[string | string[] | undefined, number | undefined]>([
  [undefined, undefined],
  ["5", 5000],
  [" 5 ", 5000],
  ["0", 0],
  ["999999999", longestPauseMs],
  ["9".repeat(400), longestPauseMs],
  ["Mon, 23 Nov 2026 12:00:07 GMT", 7000],
  ["Mon, 23 Nov 2026 11:00:00 GMT", 0],
  ["soon", undefined],
  ["", undefined],
  [["5", "6"], undefined],
])("Retry-After %j means %j ms", (header, ms) => {
  expect(parseRetryAfterMs(header, now)).toBe(ms);
});
