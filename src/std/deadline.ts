import type { Clock } from "./clock.ts";

/** How long something may take. Disposing of it stops the clock. */
export interface Deadline extends Disposable {
  /** Aborts when the time is up, or when the caller's signal does. */
  readonly signal: AbortSignal;
  /** Whether the time was up, and not the caller's patience. */
  passed(): boolean;
}

export function startDeadline(clock: Clock, ms: number, outer: AbortSignal): Deadline {
  const end = new AbortController();
  let passed = false;
  const abandon = (): void => end.abort(outer.reason);
  if (outer.aborted) abandon();
  else outer.addEventListener("abort", abandon, { once: true });
  const callOff = clock.after(ms, () => {
    passed = !end.signal.aborted;
    end.abort();
  });
  return {
    signal: end.signal,
    passed: () => passed,
    [Symbol.dispose]() {
      callOff();
      outer.removeEventListener("abort", abandon);
    },
  };
}
