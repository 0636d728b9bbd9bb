import { DueTimes } from "./due-times.ts";

/** Why a key is due, most urgent first: something changed; a failure is retried; it is time to compare again. */
export const urgencies = ["change", "retry", "resync"] as const;
export type Urgency = (typeof urgencies)[number];

export interface Taken<Key> {
  readonly key: Key;
  readonly urgency: Urgency;
  /** How long the key had been due when it was taken. */
  readonly waitedMs: number;
}

/**
 * Which key gets a pass next, and when. Plain state: it neither reads a clock nor starts a timer.
 *
 * Guarantees:
 * - one entry per key: of two due times the earlier counts, of two urgencies the greater;
 * - a key that was taken is not given out again before `done`; what was added meanwhile waits for that;
 * - of the keys that are due, the more urgent come first, and within one urgency the lanes take turns, so that one
 *   lane with a thousand keys does not hold up another with one; within a lane its tenants take turns likewise;
 * - a lane never has more than `laneLimit` keys under way, so that a lane whose passes hang leaves workers to others; only
 *   a tenant with none under way may have one beyond, so that the keys of another tenant do not hold up its first.
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
  /** Keys of one lane that were due when the queue was last asked, and are not taken. */
  waitingIn(lane: string): number;
  /** How long the longest due of these has waited; 0 when there is none. Costs a walk over them. */
  oldestWaitMs(nowMs: number): number;
}

interface Entry {
  dueMs: number;
  urgency: Urgency;
  /** Where it stands in line; undefined until it is due. */
  place: Place | undefined;
}

/** A lane is a fairness key, here an array; a tenant is one within it, here a namespace. */
interface Place {
  readonly lane: string;
  readonly tenant: string;
}

export interface QueueOptions<Key> {
  /**
   * Keys of one lane share its turn and its limit; here a lane is an array. A key that is added again goes to the lane
   * where it belongs now; its pass under way counts for the one in which it was taken.
   */
  readonly laneOf: (key: Key) => string;
  /** Tenants share a lane fairly; without this a lane has one. */
  readonly tenantOf?: (key: Key) => string;
  readonly laneLimit: number;
}

export function createQueue<Key extends string>(options: QueueOptions<Key>): Queue<Key> {
  const { laneOf, tenantOf = () => "", laneLimit } = options;
  const scheduled = new Map<Key, Entry>();
  const underway = new Map<Key, Place>();
  const load = new Load();
  const due = new DueTimes<Key>();
  const ready = { change: new Lanes<Key>(), retry: new Lanes<Key>(), resync: new Lanes<Key>() };

  /** Lets what is due by now stand in line. */
  function promote(nowMs: number): void {
    for (let first = due.first(); first !== undefined && first.dueMs <= nowMs; first = due.first()) {
      const { key } = first;
      due.remove(key);
      const entry = scheduled.get(key);
      if (entry === undefined) continue;
      entry.place = { lane: laneOf(key), tenant: tenantOf(key) };
      ready[entry.urgency].push(entry.place, key);
    }
  }

  return {
    add(key, dueMs, urgency) {
      const entry = scheduled.get(key) ?? { dueMs, urgency, place: undefined };
      scheduled.set(key, entry);
      const moreUrgent = urgencies.indexOf(urgency) < urgencies.indexOf(entry.urgency);
      if (entry.place !== undefined && (moreUrgent || entry.place.lane !== laneOf(key))) {
        ready[entry.urgency].remove(entry.place, key);
        entry.place = undefined;
      }
      entry.dueMs = Math.min(dueMs, entry.dueMs);
      if (moreUrgent) entry.urgency = urgency;
      if (entry.place === undefined && !underway.has(key)) due.set(key, entry.dueMs);
    },

    take(nowMs, mostOfLane = laneLimit) {
      const most = Math.min(mostOfLane, laneLimit);
      promote(nowMs);
      for (const urgency of urgencies) {
        const first = ready[urgency].shift((place) => load.admits(place, most, laneLimit));
        if (first === undefined) continue;
        const { place, key } = first;
        const entry = scheduled.get(key);
        scheduled.delete(key);
        underway.set(key, place);
        load.add(place, 1);
        return { key, urgency, waitedMs: nowMs - (entry?.dueMs ?? nowMs) };
      }
      return undefined;
    },

    done(key) {
      const place = underway.get(key);
      if (place === undefined) return;
      underway.delete(key);
      load.add(place, -1);
      const again = scheduled.get(key);
      if (again !== undefined) due.set(key, again.dueMs);
    },

    nextDueMs: () => due.first()?.dueMs,

    depth(nowMs) {
      promote(nowMs);
      return urgencies.reduce((sum, urgency) => sum + ready[urgency].size(), 0);
    },

    waitingIn: (lane) => urgencies.reduce((sum, urgency) => sum + ready[urgency].sizeOf(lane), 0),

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

/** How many keys of each lane, and of each tenant in it, are under way. */
class Load {
  readonly #counts = new Map<string, number>();

  add({ lane, tenant }: Place, change: 1 | -1): void {
    for (const name of [lane, `${lane}\n${tenant}`]) {
      const count = this.#of(name) + change;
      if (count === 0) this.#counts.delete(name);
      else this.#counts.set(name, count);
    }
  }

  /** Beyond the limit as many tenants may have one each as the limit itself allows. */
  admits({ lane, tenant }: Place, most: number, beyond: number): boolean {
    const ofLane = this.#of(lane);
    return ofLane < most || (ofLane < most + beyond && this.#of(`${lane}\n${tenant}`) === 0);
  }

  #of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
}

/** First in, first out per tenant of a lane; the lanes take turns, and so do the tenants of one. */
class Lanes<Key> {
  readonly #lanes = new Map<string, Map<string, Set<Key>>>();

  push({ lane, tenant }: Place, key: Key): void {
    const tenants = this.#lanes.get(lane) ?? new Map<string, Set<Key>>();
    this.#lanes.set(lane, tenants);
    const keys = tenants.get(tenant);
    if (keys === undefined) tenants.set(tenant, new Set([key]));
    else keys.add(key);
  }

  remove({ lane, tenant }: Place, key: Key): void {
    const tenants = this.#lanes.get(lane);
    const keys = tenants?.get(tenant);
    if (keys?.delete(key) !== true || keys.size > 0) return;
    tenants?.delete(tenant);
    if (tenants?.size === 0) this.#lanes.delete(lane);
  }

  /** The first key of the first place that `admits`; its lane and its tenant then go to the end of the line. */
  shift(admits: (place: Place) => boolean): { readonly place: Place; readonly key: Key } | undefined {
    for (const [lane, tenants] of this.#lanes) {
      for (const [tenant, keys] of tenants) {
        const [key] = keys;
        const place = { lane, tenant };
        if (key === undefined || !admits(place)) continue;
        keys.delete(key);
        moveToEnd(tenants, tenant, keys);
        moveToEnd(this.#lanes, lane, tenants);
        return { place, key };
      }
    }
    return undefined;
  }

  *keys(): IterableIterator<Key> {
    for (const tenants of this.#lanes.values()) for (const keys of tenants.values()) yield* keys;
  }

  sizeOf(lane: string): number {
    return sizeOf(this.#lanes.get(lane));
  }

  size(): number {
    let size = 0;
    for (const tenants of this.#lanes.values()) size += sizeOf(tenants);
    return size;
  }
}

/** A map keeps the order in which its keys were set; what is empty leaves it. */
function moveToEnd<Content extends { readonly size: number }>(
  line: Map<string, Content>,
  name: string,
  content: Content,
): void {
  line.delete(name);
  if (content.size > 0) line.set(name, content);
}

function sizeOf(tenants: ReadonlyMap<string, ReadonlySet<unknown>> | undefined): number {
  let size = 0;
  for (const keys of tenants?.values() ?? []) size += keys.size;
  return size;
}
