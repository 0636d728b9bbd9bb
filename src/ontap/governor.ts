import type { Clock } from "../std/clock.ts";
import { err } from "../std/result.ts";
import type { Send } from "./send.ts";

/**
 * What all callers of one array share, as layers around its `send`: so many requests at once, and the pauses that the
 * array asks for, and its verdict on the login. The outermost layer is asked first.
 */
export function govern(
  send: Send,
  { clock, maxConcurrentRequests }: { readonly clock: Clock; readonly maxConcurrentRequests: number },
): Governed {
  const remembering = rememberRefusal(send);
  return {
    ...remembering,
    send: limitConcurrency(obeyRetryAfter(remembering.send, clock), maxConcurrentRequests),
  };
}

export interface Governed {
  readonly send: Send;
  /** How often the array has refused the login. Final when any caller has heard of it. */
  readonly loginRefusals: () => number;
}

/**
 * Once the array has refused the login, everybody gets that answer without asking: ONTAP locks an account at the fifth
 * failure. Whoever has another login, or wants another try, opens the array anew. Requests that were under way by then are
 * refused by the array, which counts each; so nobody is told before all of them are back.
 */
export function rememberRefusal(send: Send): Governed {
  const underWay = new Set<Promise<unknown>>();
  let refusal: Awaited<ReturnType<Send>> | undefined;
  let refusals = 0;

  async function ask(...[request, signal]: Parameters<Send>): ReturnType<Send> {
    const reply = await send(request, signal);
    if (refusesLogin(reply)) {
      refusals += 1;
      refusal = reply;
    }
    return reply;
  }

  function track<T>(asking: Promise<T>): Promise<T> {
    underWay.add(asking);
    return asking.finally(() => underWay.delete(asking));
  }

  return {
    loginRefusals: () => refusals,
    async send(request, signal) {
      const reply = refusal ?? (await track(ask(request, signal)));
      if (refusesLogin(reply)) await Promise.allSettled(underWay);
      return reply;
    },
  };
}

const refusesLogin = (reply: Awaited<ReturnType<Send>>): boolean => reply.ok && reply.value.httpStatus === 401;

/** At most so many requests under way; the others wait in the order in which they came. */
export function limitConcurrency(send: Send, most: number): Send {
  let free = most;
  const waiting = new Set<() => void>();

  const enter = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abandon = (): void => {
      waiting.delete(resolve);
      reject(signal.reason);
    };
    waiting.add(resolve);
    signal.addEventListener("abort", abandon, { once: true });
    await promise.finally(() => signal.removeEventListener("abort", abandon));
  };

  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    // The place goes from hand to hand, so that nobody who comes now overtakes.
    waiting.delete(next);
    next();
  };

  return async (request, signal) => {
    await enter(signal);
    try {
      return await send(request, signal);
    } finally {
      leave();
    }
  };
}

/** Callers wait out a pause of this length; a longer one is theirs to plan with. */
const longestQuietWaitMs = 5000;

/** After a 429 or 503 with Retry-After nobody asks the array before that time is over. */
export function obeyRetryAfter(send: Send, clock: Clock): Send {
  let pausedUntil = Number.NEGATIVE_INFINITY;
  return async (request, signal) => {
    for (let left = pausedUntil - clock.monotonic(); left > 0; left = pausedUntil - clock.monotonic()) {
      if (left > longestQuietWaitMs) {
        return err({ trouble: "paused", sent: false, detail: undefined, retryAfterMs: left });
      }
      await clock.sleep(left, signal);
    }
    const reply = await send(request, signal);
    if (reply.ok && asksForPause.has(reply.value.httpStatus) && reply.value.retryAfterMs !== undefined) {
      pausedUntil = Math.max(pausedUntil, clock.monotonic() + reply.value.retryAfterMs);
    }
    return reply;
  };
}

const asksForPause: ReadonlySet<number> = new Set([429, 503]);
