import type { Clock } from "./clock.ts";

/** One waits, until it is time or someone wakes them. */
export interface Alarm {
  /** Wakes anyone who waits now. */
  ring(): void;
  /** Resolves after `ms`, at the next ring, or when `signal` aborts. One waits at a time. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** Cheaper than a sleep that is aborted each time: loops wait like this thousands of times a second. */
export function createAlarm(clock: Clock): Alarm {
  let ring = (): void => {};
  return {
    ring: () => ring(),
    async wait(ms, signal) {
      if (signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = (): void => resolve();
      ring = wake;
      const callOff = clock.after(ms, wake);
      signal.addEventListener("abort", wake, { once: true });
      await promise;
      signal.removeEventListener("abort", wake);
      callOff();
    },
  };
}
