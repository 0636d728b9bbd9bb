import type { Clock } from "./clock.ts";

/** Limits a rate: so many at once, then so many a second. */
export interface TokenBucket {
  /** Takes one if there is one. */
  take(): boolean;
  /** How long until there is one, in milliseconds; 0 if there is. */
  untilNextMs(): number;
}

export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

export function createTokenBucket(clock: Clock, { burst, perSecond }: Rate): TokenBucket {
  const everyMs = 1000 / perSecond;
  /** When the bucket will be full again, reckoned so that no fraction of a token is ever added up. */
  let fullMs = clock.monotonic();

  const untilNextMs = (): number => Math.max(0, fullMs - (burst - 1) * everyMs - clock.monotonic());
  return {
    untilNextMs,
    take() {
      if (untilNextMs() > 0) return false;
      fullMs = Math.max(fullMs, clock.monotonic()) + everyMs;
      return true;
    },
  };
}
