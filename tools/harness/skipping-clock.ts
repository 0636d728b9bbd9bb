import { longestTimerMs, sleepBy, type Clock } from "../../src/std/clock.ts";

export interface SkippingClock extends Clock {
  /** So much time is over at once: anyone who sleeps until then wakes. */
  skip(ms: number): void;
}

/** The real clock, but hours of waiting can be skipped: for a world whose API server and array live in real time. */
export function createSkippingClock(): SkippingClock {
  let skippedMs = 0;
  const waiting = new Set<() => void>();
  const monotonic = (): number => performance.now() + skippedMs;

  const after: Clock["after"] = (ms, then) => {
    const dueMs = monotonic() + ms;
    const leftMs = (): number => Math.min(longestTimerMs, Math.max(0, dueMs - monotonic()));
    let timer: NodeJS.Timeout;
    const look = (): void => {
      clearTimeout(timer);
      if (leftMs() > 0) {
        timer = setTimeout(look, leftMs());
        return;
      }
      waiting.delete(look);
      then();
    };
    timer = setTimeout(look, leftMs());
    waiting.add(look);
    return () => {
      clearTimeout(timer);
      waiting.delete(look);
    };
  };

  return {
    now: () => Date.now() + skippedMs,
    monotonic,
    after,
    sleep: sleepBy(after),
    skip(ms) {
      skippedMs += ms;
      for (const look of waiting) look();
    },
  };
}
