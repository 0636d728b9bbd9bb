import { describe, expect, test } from "vitest";
import type { Retry } from "./meaning.ts";
import { resultAfterFailure } from "./next.ts";

/** Seconds until the attempt after so many failures in a row, with the longest and the shortest chance. */
function seconds(retry: Retry, failures: number): readonly [number, number] | "on-change" {
  const after = (random: number): number => {
    const next = resultAfterFailure(retry, failures, () => random);
    return next.kind === "requeue-after" ? next.ms / 1000 : Infinity;
  };
  return after(1) === Infinity ? "on-change" : [after(0), after(1)];
}

const backedOff = (pace: "soon" | "slow", atLeastMs = 0): Retry => ({ when: "backed-off", pace, atLeastMs });

describe("after failures in a row, an attempt comes", () => {
  test.each<{ because: string; retry: Retry; failures: number; within: ReturnType<typeof seconds> }>([
    { because: "the first one soon", retry: backedOff("soon"), failures: 1, within: [0.25, 1] },
    { because: "each later than the one before", retry: backedOff("soon"), failures: 5, within: [4, 16] },
    { because: "never later than five minutes", retry: backedOff("soon"), failures: 40, within: [75, 300] },
    { because: "a slow row later", retry: backedOff("slow"), failures: 1, within: [1.25, 5] },
    { because: "a slow row within ten minutes", retry: backedOff("slow"), failures: 40, within: [150, 600] },
    { because: "the array asked for a pause", retry: backedOff("soon", 30_000), failures: 1, within: [30, 30] },
    { because: "what we believed was old", retry: { when: "at-once" }, failures: 1, within: [0, 0] },
    { because: "someone else writes as well", retry: { when: "at-once" }, failures: 6, within: [8, 32] },
    { because: "only a person can help", retry: { when: "input-changes" }, failures: 3, within: "on-change" },
    { because: "its connection will tell", retry: { when: "await-connection" }, failures: 3, within: "on-change" },
  ])("$within, since $because", ({ retry, failures, within }) => {
    expect(seconds(retry, failures)).toEqual(within);
  });
});

const dayMs = 24 * 3_600_000;

/** Every attempt tells when the next one is due, which is one write of the status. */
test.each([
  { pace: "soon", most: 1165 },
  { pace: "slow", most: 590 },
] as const)("a day of failing at pace $pace is at most $most writes of the status", ({ pace, most }) => {
  let attempts = 0;
  for (let elapsedMs = 0; elapsedMs < dayMs; attempts += 1) {
    const next = resultAfterFailure(backedOff(pace), attempts + 1, () => 0);
    elapsedMs += next.kind === "requeue-after" ? next.ms : dayMs;
  }
  expect(attempts).toBeLessThanOrEqual(most);
});
