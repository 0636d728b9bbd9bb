/** How many writes to the array an object may still make at once, as of a time on the monotonic clock. */
export interface WriteAllowance {
  readonly left: number;
  readonly atMs: number;
}

/** So many writes may follow each other without a pause; then one in each interval. */
const burst = 10;
const refillMs = 5000;

/**
 * Takes one write out of the allowance of an object; a number is how long the write has to wait. An owner who edits a Secret
 * many times in a second delays that object alone, and the last value is always written.
 */
export function takeWrite(before: WriteAllowance | undefined, nowMs: number): WriteAllowance | number {
  const left = before === undefined ? burst : Math.min(burst, before.left + (nowMs - before.atMs) / refillMs);
  return left >= 1 ? { left: left - 1, atMs: nowMs } : Math.ceil((1 - left) * refillMs);
}
