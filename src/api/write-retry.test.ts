import { expect, test } from "vitest";
import type { KubeFailure, KubeProblem } from "./failure.ts";
import { writeRetryMs } from "./write-retry.ts";

const aFailure = (problem: KubeProblem, retryAfterMs?: number): KubeFailure => ({
  kind: "kube",
  problem,
  verb: "PATCH",
  path: "/x",
  httpStatus: undefined,
  message: "",
  retryAfterMs,
});

test.each([
  { problem: "conflict", failures: 1, ms: 1000 },
  { problem: "unreachable", failures: 3, ms: 4000 },
  { problem: "unavailable", failures: 40, ms: 60_000 },
  { problem: "throttled", failures: 1, retryAfterMs: 30_000, ms: 30_000 },
  { problem: "conflict", failures: 1, retryAfterMs: 5000, ms: 5000 },
  { problem: "forbidden", failures: 1, ms: 5000 },
  { problem: "forbidden", failures: 1, retryAfterMs: 60_000, ms: 60_000 },
  { problem: "invalid", failures: 40, ms: 600_000 },
] as const)(
  "$failures × $problem (asked: $retryAfterMs ms) waits at most $ms ms",
  ({ problem, failures, ms, ...asked }) => {
    const failure = aFailure(problem, "retryAfterMs" in asked ? asked.retryAfterMs : undefined);
    expect(writeRetryMs(failures, failure, () => 1)).toBe(ms);
    expect(writeRetryMs(failures, failure, () => 0)).toBeGreaterThanOrEqual(ms / 4);
    expect(writeRetryMs(failures, failure, () => 0)).toBeGreaterThanOrEqual(failure.retryAfterMs ?? 0);
  },
);

test("two hundred objects whose status is refused do not ask more than twice a second once they have failed for a while", () => {
  const perSecond = (200 * 1000) / writeRetryMs(10, aFailure("forbidden"), () => 0.5);
  expect(perSecond).toBeLessThan(2);
});
