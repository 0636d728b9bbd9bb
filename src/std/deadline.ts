import type { Clock } from "./clock.ts";

/** How long something may take. Disposing of it stops the clock. */
export interface Deadline extends Disposable {
  /** Aborts when the time is up, or when the caller's signal does. */
  readonly signal: AbortSignal;
  /** Whether the time was up, and not the caller's patience. */
  passed(): boolean;
}

export function startDeadline(clock: Clock, ms: number, outer: AbortSignal): Deadline {
  const timeUp = new AbortController();
  const noLonger = new AbortController();
  void clock.sleep(ms, noLonger.signal).then(
    () => timeUp.abort(),
    () => undefined, // disposed of in time
  );
  return {
    signal: AbortSignal.any([outer, timeUp.signal]),
    passed: () => timeUp.signal.aborted && !outer.aborted,
    [Symbol.dispose]: () => noLonger.abort(),
  };
}
