import type { LoginGate, Requester } from "../array/port.ts";
import type { Clock } from "../std/clock.ts";
import { err, ok } from "../std/result.ts";
import { createFairQueue } from "./fair-queue.ts";
import type { Send } from "./send.ts";

/** What all callers of one array share, as layers around its `send`. Their order is in `open-array.ts`. */

export interface LoginGuard {
  readonly send: Send;
  /** How often the array has refused the login. Final when the first caller hears of it. */
  readonly loginRefusals: () => number;
}

/**
 * After the array has refused the login, every caller gets that answer without a request: ONTAP locks an account at the
 * fifth failure. To try another login, or the same one again, the caller opens the array again. The array also refuses
 * the requests that were under way, and counts each; no caller hears of the refusal before all of them are back.
 */
export function stopAfterUnauthorized(send: Send): LoginGuard {
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

/** A request goes out only with a place among those of its login, and not after the array has refused that login to another caller. */
export function passGate(send: Send, gate: LoginGate): Send {
  return async (request, signal) => {
    const leave = await gate.enter(signal);
    if (leave === undefined) return ok({ httpStatus: 401, retryAfterMs: undefined, text: "" });
    let httpStatus: number | undefined;
    try {
      const reply = await send(request, signal);
      if (reply.ok) ({ httpStatus } = reply.value);
      return reply;
    } finally {
      leave(httpStatus);
    }
  };
}

const refusesLogin = (reply: Awaited<ReturnType<Send>>): boolean => reply.ok && reply.value.httpStatus === 401;

/** At most so many requests under way; the others wait for their turn, as `fair-queue.ts` has it. */
export function limitRequests(send: Send, most: number): Send {
  let free = most;
  const waiting = createFairQueue<() => void>();

  const enter = async (from: Requester, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leaveQueue = waiting.join(from, resolve);
    const abandon = (): void => {
      leaveQueue();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abandon, { once: true });
    await promise.finally(() => signal.removeEventListener("abort", abandon));
  };

  const leave = (): void => {
    const next = waiting.next();
    // The place goes from hand to hand, so that no request that comes now overtakes.
    if (next === undefined) free += 1;
    else next();
  };

  return async (request, signal) => {
    await enter(request.from, signal);
    try {
      return await send(request, signal);
    } finally {
      leave();
    }
  };
}

/** Callers wait out a pause of this length; a longer one is theirs to plan with. */
const longestQuietWaitMs = 5000;

/** After a 429 or 503 with Retry-After no request goes to the array before that time is over. */
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
