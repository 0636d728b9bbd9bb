import { millisecondsOf } from "../api/fields.ts";
import type { OntapConnectionSpec } from "../api/ontap-connection.ts";
import { backoffMs } from "../std/backoff.ts";
import type { ReconcileResult } from "../controller/controller.ts";
import type { Clock } from "../std/clock.ts";
import type { Random } from "../std/random.ts";
import type { Result } from "../std/result.ts";
import { unreachable } from "../std/unreachable.ts";
import type { Retry } from "./meaning.ts";
import type { ConnectionOutcome } from "./outcome.ts";

/** When the array is asked again if nothing changes. */
export interface Schedule {
  /** On the monotonic clock; Infinity: not before something changes. */
  readonly dueMs: number;
  /** The same instant as wall time, if it is late enough to be told. */
  readonly announcedMs: number | undefined;
}

/** While the array cannot be reached its one probe comes this often, and no sooner: work goes on that soon after its return. */
const unreachableProbeMs = 5000;
const failureBackoff = { firstMs: 1000, longestMs: 5 * 60_000 };
/** Sooner attempts are not announced: a status that is written every few seconds is noise to its readers. */
const announcedFromMs = 60_000;

/** @param failures failed attempts in a row before this pass. */
export function scheduleAfter(
  outcome: ConnectionOutcome,
  spec: Result<OntapConnectionSpec, unknown>,
  failures: number,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Schedule {
  if (outcome.kind !== "failed") {
    const waitMs = spec.ok ? millisecondsOf(spec.value.resyncInterval) * (0.9 + 0.2 * random()) : Infinity;
    return { dueMs: clock.monotonic() + waitMs, announcedMs: undefined };
  }
  const { retry } = outcome.meaning;
  const waitMs = untilRetryMs(retry, failures + 1, { clock, random });
  const announced = waitMs !== Infinity && waitMs >= announcedFromMs;
  // Not computed from the wait: that falls a millisecond short each time, and so into another second.
  const atMs = retry.when === "at" ? retry.ms : clock.now() + waitMs;
  return { dueMs: clock.monotonic() + waitMs, announcedMs: announced ? atMs : undefined };
}

function untilRetryMs(
  retry: Retry,
  failures: number,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): number {
  switch (retry.when) {
    case "input-changes":
      return Infinity;
    case "at":
      return Math.max(0, retry.ms - clock.now());
    case "it-answers":
      return Math.max(retry.atLeastMs, unreachableProbeMs);
    case "backed-off":
      return Math.max(retry.atLeastMs, backoffMs(failures, failureBackoff, random));
    default:
      return unreachable(retry);
  }
}

export const retrySoon: ReconcileResult = { kind: "requeue-after", ms: 1000, urgency: "retry" };

/** After a finalizer was written: the object is in the cache as it is now, so its next pass comes at once. */
export const resultAfterFinalizers = (written: Result<unknown, unknown>): ReconcileResult =>
  written.ok ? { kind: "requeue-after", ms: 0, urgency: "change" } : retrySoon;

/** @param dueMs when the array is asked again, on the monotonic clock. */
export function resultUntil(dueMs: number, clock: Clock): ReconcileResult {
  const ms = dueMs - clock.monotonic();
  return ms === Infinity ? { kind: "await-change" } : { kind: "requeue-after", ms: Math.max(0, ms), urgency: "resync" };
}
