import { backoffMs } from "../std/backoff.ts";
import type { Random } from "../std/random.ts";
import type { KubeFailure } from "./failure.ts";

/** What passes by itself, or by reading again. */
const passing = { firstMs: 1000, longestMs: 60_000 };
/** What stands against the write until a person changes it; they may do so without any sign that reaches us. */
const lasting = { firstMs: 5000, longestMs: 10 * 60_000 };

/** Whether a policy, a Role or the definition refuses a write for what it is. It is tried again all the same, but seldom. */
export const isRefused = ({ problem }: Pick<KubeFailure, "problem">): boolean =>
  problem === "forbidden" || problem === "invalid";

/**
 * How long a write that failed so many times in a row for one object waits: longer each time, for ever, and never less than
 * the API server asks, whatever the problem.
 */
export function writeRetryMs(failuresInARow: number, failure: KubeFailure, random: Random): number {
  const ms = backoffMs(failuresInARow, isRefused(failure) ? lasting : passing, random);
  return Math.max(failure.retryAfterMs ?? 0, ms);
}
