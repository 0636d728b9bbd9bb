import type { Random } from "./random.ts";

export interface BackoffRange {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * How long to wait after so many failures in a row: full jitter over a window that doubles from `firstMs` to
 * `longestMs`, but never less than a quarter of the window, so that a retry is a rest.
 */
export function backoffMs(failuresInARow: number, { firstMs, longestMs }: BackoffRange, random: Random): number {
  const windowMs = Math.min(longestMs, firstMs * 2 ** Math.min(30, Math.max(0, failuresInARow - 1)));
  return Math.round(windowMs * (0.25 + 0.75 * random()));
}
