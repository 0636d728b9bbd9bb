import type { Clock } from "../../src/std/clock.ts";

export interface ManualClock extends Clock {
  /** Lets so much time go by at once and everything that was due do its work. */
  pass(ms: number): Promise<void>;
  /** How many sleep. */
  sleepers(): number;
}

/** A clock that moves only when told to. */
export function createManualClock(startMs = 1_700_000_000_000): ManualClock {
  let elapsed = 0;
  const sleeps = new Set<{ readonly due: number; readonly wake: () => void }>();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    sleep(ms, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleep = { due: elapsed + ms, wake: resolve };
      const abandon = (): void => reject(signal.reason);
      if (signal.aborted) abandon();
      else sleeps.add(sleep);
      signal.addEventListener("abort", abandon, { once: true });
      return promise.finally(() => {
        sleeps.delete(sleep);
        signal.removeEventListener("abort", abandon);
      });
    },
    async pass(ms) {
      await settle();
      elapsed += ms;
      for (const { due, wake } of sleeps) if (due <= elapsed) wake();
      await settle();
    },
    sleepers: () => sleeps.size,
  };
}
