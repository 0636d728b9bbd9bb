import { isDeepStrictEqual } from "node:util";
import type { Difference } from "./differences.ts";

/** What was found changed behind our back, again and again, although ONTAP had accepted what is declared. */
export interface Drift {
  readonly found: readonly Difference[];
  /** In how many reads in a row. */
  readonly times: number;
  /** Reads in a row since then that found nothing. */
  readonly quiet: number;
}

/** What is known of drift after the correction, or the plain comparison, of one pass. */
export interface DriftNow extends Drift {
  /** It was found so often that the array does not keep what it accepts, or something else writes it too. */
  readonly isVerdict: boolean;
  /** When it is looked for again, on the monotonic clock; undefined: at the next resync. */
  readonly nextReadMs: number | undefined;
}

/** The same drift in so many reads in a row is a verdict. */
const patientDrifts = 3;
/** One quiet read ends the verdict, and so many end the memory of it: two writers may take turns. */
const quietReads = 2;
const dayMs = 24 * 60 * 60_000;
const leastPauseMs = 10 * 60_000;

interface DriftCircumstances {
  readonly isMoreOpen: boolean;
  readonly resyncIntervalMs: number;
  readonly nowMs: number;
}

/** @param isMoreOpen whether what was found lets in more than what is declared: then it is never left for long. */
export function driftFound(
  before: Drift | undefined,
  found: readonly Difference[],
  { isMoreOpen, resyncIntervalMs, nowMs }: DriftCircumstances,
): DriftNow {
  const times = isDeepStrictEqual(before?.found, found) ? (before?.times ?? 0) + 1 : 1;
  const isVerdict = times >= patientDrifts;
  const pauseMs = Math.max(resyncIntervalMs, leastPauseMs);
  const slowerMs = isMoreOpen ? pauseMs : Math.min(dayMs, pauseMs * 2 ** Math.min(16, times - patientDrifts));
  return { found, times, quiet: 0, isVerdict, nextReadMs: isVerdict ? nowMs + slowerMs : undefined };
}

/** What is remembered of drift after a look at ONTAP that found `now`, or, undefined, nothing. */
export function driftAfter(before: Drift | undefined, now: DriftNow | undefined): Drift | undefined {
  if (now !== undefined) return { found: now.found, times: now.times, quiet: 0 };
  if (before === undefined) return undefined;
  const quiet = before.quiet + 1;
  return quiet >= quietReads ? undefined : { ...before, quiet, times: Math.min(before.times, patientDrifts - 1) };
}
