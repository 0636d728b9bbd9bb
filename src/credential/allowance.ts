/** How many passes that ask the array an object may still make at once, as of a time on the monotonic clock. */
export interface Allowance {
  readonly left: number;
  readonly atMs: number;
}

/** So many may follow each other without a pause; then one in each interval. */
const burst = 10;
const refillMs = 5000;

/**
 * Takes one pass out of the allowance of an object; a number is how long it has to wait. Who edits an object, its Secret or
 * its annotations many times in a second delays that object alone, and what was asked for last is always done.
 */
export function takePass(before: Allowance | undefined, nowMs: number): Allowance | number {
  const left = before === undefined ? burst : Math.min(burst, before.left + (nowMs - before.atMs) / refillMs);
  return left >= 1 ? { left: left - 1, atMs: nowMs } : Math.ceil((1 - left) * refillMs);
}
