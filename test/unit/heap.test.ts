import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

/** What the cache of credentials costs; measured at about 1,300 bytes each, and twice that if equal parts are kept apart. */

test("a settled credential takes less than 2 KB of heap", () => {
  const script = new URL("heap-of-objects.ts", import.meta.url).pathname;
  const printed = execFileSync(process.execPath, ["--expose-gc", script], { encoding: "utf8" });
  expect(Number(printed)).toBeGreaterThan(500);
  expect(Number(printed)).toBeLessThan(2000);
});
