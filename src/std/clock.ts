import { setTimeout as sleep } from "node:timers/promises";

/** Time as a parameter: production passes `systemClock`, tests and simulations pass their own. */
export interface Clock {
  /** Wall time in epoch milliseconds: for timestamps that people read. */
  now(): number;
  /** Milliseconds since some fixed instant; never jumps: for due times and deadlines. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with `signal.reason` if that comes first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await sleep(Math.min(ms, longestTimerMs), undefined, { signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  },
};

/** Node's timers wrap beyond 2^31-1 ms; nobody here sleeps longer than that on purpose. */
const longestTimerMs = 2 ** 31 - 1;
