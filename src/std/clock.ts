/** Time as a parameter: production passes `systemClock`, tests and simulations pass their own. */
export interface Clock {
  /** Wall time in epoch milliseconds: for timestamps that people read. */
  now(): number;
  /** Milliseconds since some fixed instant; never jumps: for due times and deadlines. */
  monotonic(): number;
  /** Calls `then` once, after `ms` and never at once, unless it is called off by what this gives back. */
  after(ms: number, then: () => void): () => void;
  /** Resolves after `ms`; rejects with `signal.reason` if that comes first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Node's timers wrap beyond 2^31-1 ms; no one here waits longer than that on purpose. */
export const longestTimerMs = 2 ** 31 - 1;

/** The sleep of a clock that can do the rest. */
export function sleepBy(after: Clock["after"]): Clock["sleep"] {
  return (ms, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal.aborted) {
      reject(signal.reason);
      return promise;
    }
    const abandon = (): void => {
      callOff();
      reject(signal.reason);
    };
    const callOff = after(ms, () => {
      signal.removeEventListener("abort", abandon);
      resolve();
    });
    signal.addEventListener("abort", abandon, { once: true });
    return promise;
  };
}

function after(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, Math.min(ms, longestTimerMs));
  return () => clearTimeout(timer);
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after,
  sleep: sleepBy(after),
};
