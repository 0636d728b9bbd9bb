import type { Clock } from "../../src/std/clock.ts";

export interface SkippingClock extends Clock {
  /** So much time is over at once: whoever sleeps until then wakes. */
  skip(ms: number): void;
}

const longestTimerMs = 2 ** 31 - 1;

/** The real clock, but hours of waiting can be skipped: for a world whose API server and array live in real time. */
export function createSkippingClock(): SkippingClock {
  let skippedMs = 0;
  const wakers = new Set<() => void>();
  const monotonic = (): number => performance.now() + skippedMs;

  return {
    now: () => Date.now() + skippedMs,
    monotonic,
    async sleep(ms, signal) {
      const dueMs = monotonic() + ms;
      for (let leftMs = ms; leftMs > 0; leftMs = dueMs - monotonic()) {
        signal.throwIfAborted();
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, Math.min(leftMs, longestTimerMs));
        wakers.add(resolve);
        const abandon = (): void => resolve();
        signal.addEventListener("abort", abandon, { once: true });
        await promise;
        signal.removeEventListener("abort", abandon);
        clearTimeout(timer);
        wakers.delete(resolve);
      }
      signal.throwIfAborted();
    },
    skip(ms) {
      skippedMs += ms;
      for (const wake of wakers) wake();
    },
  };
}
