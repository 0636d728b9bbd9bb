import { DueTimes } from "./due-times.ts";

/** Why a key is due, most urgent first: somebody changed something; a failure is retried; it is time to look again. */
export const urgencies = ["change", "retry", "resync"] as const;
export type Urgency = (typeof urgencies)[number];

export interface Taken<Key> {
  readonly key: Key;
  readonly urgency: Urgency;
  /** How long the key had been due when it was taken. */
  readonly waitedMs: number;
}

/**
 * Which key to look at next, and when. Plain state: it neither reads a clock nor starts a timer.
 *
 * Guarantees:
 * - one entry per key: of two due times the earlier counts, of two urgencies the greater;
 * - a key that was taken is not given out again before `done`; what was added meanwhile waits for that;
 * - of the keys that are due, the more urgent come first, and within one urgency the lanes take turns, so that one
 *   lane with a thousand keys does not hold up another with one;
 * - a lane never has more than `laneLimit` keys under way, so that a lane whose passes hang leaves workers to others.
 */
export interface Queue<Key extends string> {
  add(key: Key, dueMs: number, urgency: Urgency): void;
  /** @param mostOfLane leaves out lanes that have so many keys under way; never more than `laneLimit`. */
  take(nowMs: number, mostOfLane?: number): Taken<Key> | undefined;
  done(key: Key): void;
  /** When `take` may next give something that it does not give now; undefined while nothing is scheduled. */
  nextDueMs(): number | undefined;
  /** Keys that are due and not taken. */
  depth(nowMs: number): number;
  /** How long the longest due of these has waited; 0 when there is none. Costs a walk over them. */
  oldestWaitMs(nowMs: number): number;
}

interface Entry {
  dueMs: number;
  urgency: Urgency;
  /** In whose line it stands; undefined until it is due. */
  lane: string | undefined;
}

export interface QueueOptions<Key> {
  /**
   * Keys of one lane share its turn and its limit; here a lane is an array. A key that is added again goes to the lane
   * where it belongs now; its pass under way counts for the one in which it was taken.
   */
  readonly laneOf: (key: Key) => string;
  readonly laneLimit: number;
}

export function createQueue<Key extends string>({ laneOf, laneLimit }: QueueOptions<Key>): Queue<Key> {
  const scheduled = new Map<Key, Entry>();
  const underway = new Map<Key, string>();
  const laneLoad = new Map<string, number>();
  const due = new DueTimes<Key>();
  const ready = { change: new Lanes<Key>(), retry: new Lanes<Key>(), resync: new Lanes<Key>() };

  /** Lets what is due by now stand in line. */
  function promote(nowMs: number): void {
    for (let first = due.first(); first !== undefined && first.dueMs <= nowMs; first = due.first()) {
      const { key } = first;
      due.remove(key);
      const entry = scheduled.get(key);
      if (entry === undefined) continue;
      entry.lane = laneOf(key);
      ready[entry.urgency].push(entry.lane, key);
    }
  }

  return {
    add(key, dueMs, urgency) {
      const entry = scheduled.get(key) ?? { dueMs, urgency, lane: undefined };
      scheduled.set(key, entry);
      const moreUrgent = urgencies.indexOf(urgency) < urgencies.indexOf(entry.urgency);
      if (entry.lane !== undefined && (moreUrgent || entry.lane !== laneOf(key))) {
        ready[entry.urgency].remove(entry.lane, key);
        entry.lane = undefined;
      }
      entry.dueMs = Math.min(dueMs, entry.dueMs);
      if (moreUrgent) entry.urgency = urgency;
      if (entry.lane === undefined && !underway.has(key)) due.set(key, entry.dueMs);
    },

    take(nowMs, mostOfLane = laneLimit) {
      const most = Math.min(mostOfLane, laneLimit);
      promote(nowMs);
      for (const urgency of urgencies) {
        const first = ready[urgency].shift((lane) => (laneLoad.get(lane) ?? 0) < most);
        if (first === undefined) continue;
        const { lane, key } = first;
        const entry = scheduled.get(key);
        scheduled.delete(key);
        underway.set(key, lane);
        laneLoad.set(lane, (laneLoad.get(lane) ?? 0) + 1);
        return { key, urgency, waitedMs: nowMs - (entry?.dueMs ?? nowMs) };
      }
      return undefined;
    },

    done(key) {
      const lane = underway.get(key);
      if (lane === undefined) return;
      underway.delete(key);
      const load = (laneLoad.get(lane) ?? 1) - 1;
      if (load === 0) laneLoad.delete(lane);
      else laneLoad.set(lane, load);
      const again = scheduled.get(key);
      if (again !== undefined) due.set(key, again.dueMs);
    },

    nextDueMs: () => due.first()?.dueMs,

    depth(nowMs) {
      promote(nowMs);
      return urgencies.reduce((sum, urgency) => sum + ready[urgency].size(), 0);
    },

    oldestWaitMs(nowMs) {
      promote(nowMs);
      let oldestMs = nowMs;
      for (const urgency of urgencies) {
        for (const key of ready[urgency].keys()) oldestMs = Math.min(oldestMs, scheduled.get(key)?.dueMs ?? nowMs);
      }
      return nowMs - oldestMs;
    },
  };
}

/** First in, first out per lane; the lanes take turns. */
class Lanes<Key> {
  readonly #lanes = new Map<string, Set<Key>>();

  push(lane: string, key: Key): void {
    const keys = this.#lanes.get(lane);
    if (keys === undefined) this.#lanes.set(lane, new Set([key]));
    else keys.add(key);
  }

  remove(lane: string, key: Key): void {
    const keys = this.#lanes.get(lane);
    if (keys?.delete(key) === true && keys.size === 0) this.#lanes.delete(lane);
  }

  /** The first key of the first lane that `admits`; that lane then goes to the end of the line. */
  shift(admits: (lane: string) => boolean): { readonly lane: string; readonly key: Key } | undefined {
    for (const [lane, keys] of this.#lanes) {
      const [key] = keys;
      if (key === undefined || !admits(lane)) continue;
      keys.delete(key);
      this.#lanes.delete(lane);
      if (keys.size > 0) this.#lanes.set(lane, keys);
      return { lane, key };
    }
    return undefined;
  }

  *keys(): IterableIterator<Key> {
    for (const keys of this.#lanes.values()) yield* keys;
  }

  size(): number {
    let size = 0;
    for (const keys of this.#lanes.values()) size += keys.size;
    return size;
  }
}
