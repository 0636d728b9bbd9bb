import { sleepBy, type Clock } from "../../src/std/clock.ts";

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
  const after: Clock["after"] = (ms, then) => {
    const sleep = { due: elapsed + ms, wake: then };
    sleeps.add(sleep);
    return () => void sleeps.delete(sleep);
  };
  return {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    after,
    sleep: sleepBy(after),
    async pass(ms) {
      await settle();
      elapsed += ms;
      for (const sleep of [...sleeps].filter(({ due }) => due <= elapsed)) if (sleeps.delete(sleep)) sleep.wake();
      await settle();
    },
    sleepers: () => sleeps.size,
  };
}
