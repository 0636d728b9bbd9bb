import { millisecondsOf } from "../api/fields.ts";
import type { IscsiCredential } from "../api/parse.ts";
import { backoffMs } from "../std/backoff.ts";
import type { Next } from "../controller/controller.ts";
import type { Clock } from "../std/clock.ts";
import type { Random } from "../std/random.ts";
import { unreachable } from "../std/unreachable.ts";
import type { Retry } from "./meaning.ts";
import type { Memory } from "./memory.ts";

const backoffRanges = {
  soon: { firstMs: 1000, longestMs: 5 * 60_000 },
  slow: { firstMs: 5000, longestMs: 10 * 60_000 },
} as const;

/** Convergence takes a pass or two; whoever needs more is fighting somebody, and rests in between. */
const patientConvergences = 3;

/** When a credential is looked at again if nothing changes: at its next resync, or when its secrets are written again. */
export function nextLook({ spec }: IscsiCredential, { applied, lookDueMs }: Memory, clock: Clock): Next {
  const interval = spec.ok ? spec.value.reassertInterval : undefined;
  const reassertMs =
    interval === undefined || applied === undefined
      ? Infinity
      : Date.parse(applied.time) + millisecondsOf(interval) - clock.now();
  const ms = Math.min(lookDueMs === undefined ? Infinity : lookDueMs - clock.monotonic(), reassertMs);
  return ms === Infinity ? { look: "on-change" } : { look: "after", ms: Math.max(0, ms), urgency: "resync" };
}

/** When a failed attempt is repeated, after so many in a row. */
export function nextAttempt(retry: Retry, failures: number, random: Random): Next {
  switch (retry.when) {
    case "input-changes":
    case "connection-turns":
      return { look: "on-change" };
    case "at-once": {
      const ms = failures <= patientConvergences ? 0 : backoffMs(failures, backoffRanges.soon, random);
      return { look: "after", ms, urgency: "change" };
    }
    case "backed-off": {
      const ms = Math.max(retry.atLeastMs, backoffMs(failures, backoffRanges[retry.pace], random));
      return { look: "after", ms, urgency: "retry" };
    }
    default:
      return unreachable(retry);
  }
}

/** A failed write of the status alone. */
export const statusRetry = (random: Random): Next => ({
  look: "after",
  ms: backoffMs(1, backoffRanges.soon, random),
  urgency: "retry",
});
