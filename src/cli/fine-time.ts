/**
 * Epoch milliseconds with fractions, so that what two processes of one machine saw can be subtracted: `Date.now()` gives
 * whole ones, and the origin that Node tells of its own clock is off by some tenths.
 */
export function createFineTime(): () => number {
  // The wall clock is cut to whole milliseconds: where it has just turned, the difference is greatest, and right.
  let originMs = Number.NEGATIVE_INFINITY;
  for (const untilMs = performance.now() + 10; performance.now() < untilMs;)
    originMs = Math.max(originMs, Date.now() - performance.now());
  return () => originMs + performance.now();
}
