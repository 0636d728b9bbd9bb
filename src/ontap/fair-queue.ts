import type { Requester } from "../array/port.ts";

/** What waits for a place among the requests to one array. */
export interface FairQueue<Item> {
  /** Gives back how to leave the queue. */
  join(requester: Requester, item: Item): () => void;
  /** Takes the item whose turn it is; undefined if none waits. */
  next(): Item | undefined;
}

/** So many changes are served before one resync that waits: changes without end must not silence drift detection. */
const changesPerResync = 7;

/** Changes come before resyncs, and within each the namespaces take turns, so that one with many objects does not hold up the others. */
export function createFairQueue<Item>(): FairQueue<Item> {
  const waiting: Record<Requester["urgency"], Map<string, Set<Item>>> = { change: new Map(), resync: new Map() };
  let changesInARow = 0;

  function take(urgency: Requester["urgency"]): Item | undefined {
    const namespaces = waiting[urgency];
    for (const [namespace, items] of namespaces) {
      // A Map keeps the order of insertion: a namespace that was served goes to its end.
      namespaces.delete(namespace);
      const [item] = items;
      if (item === undefined) continue;
      items.delete(item);
      if (items.size > 0) namespaces.set(namespace, items);
      return item;
    }
    return undefined;
  }

  return {
    join({ namespace, urgency }, item) {
      const items = waiting[urgency].get(namespace) ?? new Set();
      waiting[urgency].set(namespace, items.add(item));
      return () => void items.delete(item);
    },
    next() {
      const order =
        changesInARow < changesPerResync ? (["change", "resync"] as const) : (["resync", "change"] as const);
      for (const urgency of order) {
        const item = take(urgency);
        if (item === undefined) continue;
        changesInARow = urgency === "change" ? changesInARow + 1 : 0;
        return item;
      }
      return undefined;
    },
  };
}
