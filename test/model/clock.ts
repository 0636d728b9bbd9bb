import { seededRandom } from "../../src/simulator/faults/seeded-random.ts";
import { sleepBy, type Clock } from "../../src/std/clock.ts";
import type { Random } from "../../src/std/random.ts";

/**
 * Time that moves only when a test moves it, and chance that comes from a seed. The models answer every request and deliver
 * every watch event by a timer of this clock, so that one seed decides the order of everything that happens, and hours of
 * a cluster's life pass in milliseconds.
 *
 * Timers fire one at a time: by due time, and of two that are due together the one that was set first. After each one all
 * that it woke runs until it waits for the clock again, before the next one fires.
 */
export interface VirtualClock extends Clock {
  /** Lets so much time pass. */
  advance(ms: number): Promise<void>;
  /** Lets time pass until `done` holds; gives whether it did within `withinMs`. Asked after each timer. */
  advanceUntil(done: () => boolean, withinMs: number): Promise<boolean>;
  /** Lets time pass until `activity` has given the same number for `quietMs`; gives whether it did within `withinMs`. */
  advanceUntilQuiet(activity: () => number, quietMs: number, withinMs: number): Promise<boolean>;
  /** How many timers are set. */
  timers(): number;
  /** How many have fired. */
  fired(): number;
}

/** 2026-01-01T00:00:00Z: a fixed day, so that a run prints the same times whenever it is repeated. */
const startMs = 1_767_225_600_000;

/**
 * Time moves by binary fractions of a millisecond, and a timer never fires before its time: or what is due in a moment too short
 * to be added to the time would be due for ever.
 */
const ticksPerMs = 1024;
const onTick = (ms: number): number => Math.ceil(ms * ticksPerMs) / ticksPerMs;

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly fire: () => void;
  calledOff: boolean;
}

export function createVirtualClock(): VirtualClock {
  const timers = createTimers();
  let nowMs = 0;
  let order = 0;
  let fired = 0;

  const after: Clock["after"] = (ms, then) => {
    if (ms === Infinity) return () => {};
    const timer: Timer = { dueMs: onTick(nowMs + Math.max(0, ms)), order: order++, fire: then, calledOff: false };
    timers.add(timer);
    return () => timers.callOff(timer);
  };

  /** Fires the next timer if it is due by then; gives whether it was. */
  async function fireOne(untilMs: number): Promise<boolean> {
    const timer = timers.next();
    if (timer === undefined || timer.dueMs > untilMs) return false;
    timers.remove();
    nowMs = timer.dueMs;
    fired += 1;
    timer.fire();
    await settle();
    return true;
  }

  async function advanceUntil(done: () => boolean, withinMs: number): Promise<boolean> {
    const untilMs = onTick(nowMs + withinMs);
    await settle();
    while (!done()) {
      if (await fireOne(untilMs)) continue;
      nowMs = untilMs;
      return done();
    }
    return true;
  }

  return {
    now: () => startMs + nowMs,
    monotonic: () => nowMs,
    after,
    sleep: sleepBy(after),
    advance: async (ms) => void (await advanceUntil(() => false, ms)),
    advanceUntil,
    async advanceUntilQuiet(activity, quietMs, withinMs) {
      let seen = activity();
      let sinceMs = nowMs;
      const isQuiet = (): boolean => {
        const now = activity();
        if (now !== seen) sinceMs = nowMs;
        seen = now;
        return nowMs - sinceMs >= quietMs;
      };
      const endMs = nowMs + withinMs;
      // In steps: a world without timers would jump over the moment from which on it is quiet.
      while (nowMs < endMs) {
        if (await advanceUntil(isQuiet, Math.min(endMs, sinceMs + quietMs) - nowMs)) return true;
      }
      return false;
    },
    timers: timers.size,
    fired: () => fired,
  };
}

/** Resolves when nothing is left to run but what waits for a timer: promises and ticks run before Node's next immediate. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a promise gives, unless `signal` aborts first: then it rejects with the reason, and what was asked for goes on. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abandon = (): void => reject(signal.reason);
  if (signal.aborted) abandon();
  else signal.addEventListener("abort", abandon, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abandon);
  }
}

/** A binary heap. One that is called off stays until its time, unless most are: a watch sets a deadline for each line. */
function createTimers() {
  let heap: Timer[] = [];
  let calledOff = 0;

  const before = (a: Timer, b: Timer): boolean => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

  function rise(from: number): void {
    const timer = heap[from] as Timer;
    let place = from;
    while (place > 0) {
      const up = (place - 1) >> 1;
      const parent = heap[up] as Timer;
      if (!before(timer, parent)) break;
      heap[place] = parent;
      place = up;
    }
    heap[place] = timer;
  }

  function sink(from: number): void {
    const timer = heap[from] as Timer;
    let place = from;
    for (;;) {
      let down = 2 * place + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && before(heap[down + 1] as Timer, heap[down] as Timer)) down += 1;
      if (!before(heap[down] as Timer, timer)) break;
      heap[place] = heap[down] as Timer;
      place = down;
    }
    heap[place] = timer;
  }

  function remove(): void {
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return;
    heap[0] = last;
    sink(0);
  }

  return {
    size: () => heap.length - calledOff,
    add(timer: Timer): void {
      heap.push(timer);
      rise(heap.length - 1);
    },
    callOff(timer: Timer): void {
      if (timer.calledOff) return;
      timer.calledOff = true;
      calledOff += 1;
      if (calledOff < 64 || calledOff < heap.length / 2) return;
      heap = heap.filter((each) => !each.calledOff);
      calledOff = 0;
      for (let place = (heap.length >> 1) - 1; place >= 0; place -= 1) sink(place);
    },
    next(): Timer | undefined {
      while (heap[0]?.calledOff === true) {
        remove();
        calledOff -= 1;
      }
      return heap[0];
    },
    remove,
  };
}

/** What a run draws from its seed. */
export interface Chance {
  readonly random: Random;
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number;
  /** One of them. Throws if there is none. */
  pick<T>(from: readonly T[]): T;
  /** Whether something of this probability happens. */
  happens(probability: number): boolean;
  /** A source of its own, so that one that draws more often does not change the luck of the others. */
  fork(): Chance;
}

export function createChance(seed: number): Chance {
  const random = seededRandom(seed);
  const below = (bound: number): number => Math.floor(random() * bound);
  return {
    random,
    below,
    pick(from) {
      if (from.length === 0) throw new Error("there is nothing to pick from");
      return from[below(from.length)] as (typeof from)[number];
    },
    happens: (probability) => random() < probability,
    fork: () => createChance(below(2 ** 32)),
  };
}
