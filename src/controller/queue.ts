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
  take(nowMs: number): Taken<Key> | undefined;
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
}

export interface QueueOptions<Key> {
  /** Keys of one lane share its turn and its limit; here a lane is an array. */
  readonly laneOf: (key: Key) => string;
  readonly laneLimit: number;
}

export function createQueue<Key extends string>({ laneOf, laneLimit }: QueueOptions<Key>): Queue<Key> {
  const scheduled = new Map<Key, Entry>();
  const underway = new Map<Key, string>();
  const laneLoad = new Map<string, number>();
  const due = new DueTimes<Key>();
  const ready = { change: new Lanes<Key>(), retry: new Lanes<Key>(), resync: new Lanes<Key>() };

  /** Moves what is due by now from the heap into its lane. */
  function promote(nowMs: number): void {
    for (let first = due.peek(); first !== undefined && first.dueMs <= nowMs; first = due.peek()) {
      due.pop();
      const entry = scheduled.get(first.key);
      const current = entry !== undefined && entry.dueMs === first.dueMs && !underway.has(first.key);
      if (current) ready[entry.urgency].push(laneOf(first.key), first.key);
    }
  }

  return {
    add(key, dueMs, urgency) {
      const before = scheduled.get(key);
      if (before === undefined) {
        scheduled.set(key, { dueMs, urgency });
        due.push({ dueMs, key });
        return;
      }
      const moreUrgent = urgencies.indexOf(urgency) < urgencies.indexOf(before.urgency);
      if (dueMs >= before.dueMs && !moreUrgent) return;
      ready[before.urgency].remove(laneOf(key), key);
      before.dueMs = Math.min(dueMs, before.dueMs);
      before.urgency = moreUrgent ? urgency : before.urgency;
      due.push({ dueMs: before.dueMs, key });
    },

    take(nowMs) {
      promote(nowMs);
      for (const urgency of urgencies) {
        const key = ready[urgency].shift((lane) => (laneLoad.get(lane) ?? 0) < laneLimit);
        if (key === undefined) continue;
        const entry = scheduled.get(key);
        scheduled.delete(key);
        const lane = laneOf(key);
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
      if (again !== undefined) due.push({ dueMs: again.dueMs, key });
    },

    nextDueMs: () => due.peek()?.dueMs,

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
  shift(admits: (lane: string) => boolean): Key | undefined {
    for (const [lane, keys] of this.#lanes) {
      const [key] = keys;
      if (key === undefined || !admits(lane)) continue;
      keys.delete(key);
      this.#lanes.delete(lane);
      if (keys.size > 0) this.#lanes.set(lane, keys);
      return key;
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

interface Due<Key> {
  readonly dueMs: number;
  readonly key: Key;
}

/** A binary heap by due time, then by arrival. Outdated elements are skipped by whoever pops them. */
class DueTimes<Key> {
  readonly #heap: (Due<Key> & { readonly order: number })[] = [];
  #arrivals = 0;

  peek(): Due<Key> | undefined {
    return this.#heap[0];
  }

  push(element: Due<Key>): void {
    this.#heap.push({ ...element, order: this.#arrivals++ });
    this.#rise(this.#heap.length - 1);
  }

  pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #before(left: number, right: number): boolean {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined || b === undefined) return false;
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
  }

  #swap(left: number, right: number): void {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined || b === undefined) return;
    this.#heap[left] = b;
    this.#heap[right] = a;
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ;) {
      const children = [2 * at + 1, 2 * at + 2];
      const first = children.reduce((least, child) => (this.#before(child, least) ? child : least), at);
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }
}
