import { expect, test } from "vitest";
import { runSequences } from "./sequences.ts";

test("a difference is found, with no more steps than it needs", async () => {
  const sum = async (steps: readonly number[]) => ({
    sums: steps.map((_, at) => steps.slice(0, at + 1).reduce((a, b) => a + b)),
  });
  /** Forgets what came before a three. */
  const forgetful = async (steps: readonly number[]) => sum(steps.slice(Math.max(0, steps.indexOf(3))));
  const sequences = [[1, 2], [5, 1, 3, 4], [3, 1], []];
  expect(await runSequences(sequences, { model: sum, real: sum }, 2)).toEqual([]);
  expect(await runSequences(sequences, { model: sum, real: forgetful }, 2)).toEqual([
    ["5", "3", "/sums/0: model 5, real 3", "/sums/1: model 8, real undefined"].join("\n"),
  ]);
});
