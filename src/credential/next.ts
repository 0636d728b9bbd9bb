import { millisecondsOf } from "../api/fields.ts";
import type { IscsiCredential } from "../api/parse.ts";
import { backoffMs } from "../std/backoff.ts";
import type { ReconcileResult } from "../controller/controller.ts";
import type { Clock } from "../std/clock.ts";
import type { Random } from "../std/random.ts";
import { unreachable } from "../std/unreachable.ts";
import type { Retry } from "./meaning.ts";
import type { Memory } from "./memory.ts";

const backoffRanges = {
  soon: { firstMs: 1000, longestMs: 5 * 60_000 },
  slow: { firstMs: 5000, longestMs: 10 * 60_000 },
} as const;

/** What passes by reading again does so at once; whatever goes on failing rests in between. */
const patientAttempts = 3;

/** When a credential gets its next pass if nothing changes: at its next resync, or when its secrets are written again. */
export function resultAfterSuccess(
  { spec }: IscsiCredential,
  { applied, readDueMs }: Memory,
  leastIntervalMs: number,
  clock: Clock,
): ReconcileResult {
  const interval = spec.ok ? spec.value.reassertInterval : undefined;
  const reassertMs =
    interval === undefined || applied === undefined
      ? Infinity
      : Date.parse(applied.time) + Math.max(millisecondsOf(interval), leastIntervalMs) - clock.now();
  const ms = Math.min(readDueMs === undefined ? Infinity : readDueMs - clock.monotonic(), reassertMs);
  return ms === Infinity ? { kind: "await-change" } : { kind: "requeue-after", ms: Math.max(0, ms), urgency: "resync" };
}

/** When a failed attempt is repeated, after so many in a row. */
export function resultAfterFailure(retry: Retry, failures: number, random: Random): ReconcileResult {
  switch (retry.when) {
    case "input-changes":
    case "await-connection":
      return { kind: "await-change" };
    case "at-once":
      return {
        kind: "requeue-after",
        ms: failures <= patientAttempts ? 0 : backoffMs(failures, backoffRanges.soon, random),
        urgency: "change",
      };
    case "after":
      return { kind: "requeue-after", ms: retry.ms, urgency: "retry" };
    case "backed-off": {
      const ms = Math.max(retry.atLeastMs, backoffMs(failures, backoffRanges[retry.pace], random));
      return { kind: "requeue-after", ms, urgency: "retry" };
    }
    default:
      return unreachable(retry);
  }
}
