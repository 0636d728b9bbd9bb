import { placeOf, withMetadata, type KubeObject } from "./object.ts";

/** One write, as the watches hear of it. */
export interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** Plural. */
  readonly resource: string;
  readonly revision: number;
  /** As it is from then on, or as it was last, in either case with the revision of this write as its resourceVersion. */
  readonly object: KubeObject;
  /** As it was before. */
  readonly before: KubeObject | undefined;
}

/**
 * What is stored, and every write since the last compaction. One counter numbers the writes of all resources; an object's
 * resourceVersion is the number of its last one.
 */
export interface Etcd {
  readonly revision: () => number;
  /** Writes up to here are forgotten as events. */
  compactedTo(): number;
  get(resource: string, place: string): KubeObject | undefined;
  /** In the order of places, as of a revision that is not compacted; without one, as of now. */
  list(resource: string, revision?: number): readonly KubeObject[];
  /** Gives the object with its new resourceVersion. */
  put(resource: string, object: KubeObject): KubeObject;
  remove(resource: string, place: string): KubeObject | undefined;
  /** Writes to a resource after a revision, in order. */
  since(resource: string, revision: number): readonly Change[];
  readonly compact: () => void;
  /** Is told of each write when it is done. */
  onChange(listener: (change: Change) => void): void;
  readonly snapshot: () => Snapshot;
  /** All is as it was, the revision too: numbers that were given out since are given out again, for other things. */
  readonly restore: (snapshot: Snapshot) => void;
}

export interface Snapshot {
  readonly revision: number;
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, KubeObject>>;
}

/** A cluster has a past when a test begins. */
const firstRevision = 1000;

export function createEtcd(): Etcd {
  const listeners: ((change: Change) => void)[] = [];
  let objects = new Map<string, Map<string, KubeObject>>();
  let changes: Change[] = [];
  let revision = firstRevision;
  let compactedTo = firstRevision;

  function objectsOf(resource: string): Map<string, KubeObject> {
    const known = objects.get(resource);
    if (known !== undefined) return known;
    const created = new Map<string, KubeObject>();
    objects.set(resource, created);
    return created;
  }

  function happened(change: Change): void {
    changes.push(change);
    for (const listener of listeners) listener(change);
  }

  /** Undoes what was written since. */
  function asOf(resource: string, past: number): Map<string, KubeObject> {
    const then = new Map(objectsOf(resource));
    for (const { resource: other, revision, object, before } of changes.toReversed()) {
      if (revision <= past) break;
      if (other !== resource) continue;
      if (before === undefined) then.delete(placeOf(object.metadata));
      else then.set(placeOf(object.metadata), before);
    }
    return then;
  }

  return {
    revision: () => revision,
    compactedTo: () => compactedTo,
    get: (resource, place) => objectsOf(resource).get(place),
    list(resource, past = revision) {
      const then = past >= revision ? objectsOf(resource) : asOf(resource, past);
      return [...then].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    },
    put(resource, object) {
      const place = placeOf(object.metadata);
      const before = objectsOf(resource).get(place);
      revision += 1;
      const stored = withMetadata(object, { resourceVersion: String(revision) });
      objectsOf(resource).set(place, stored);
      happened({ type: before === undefined ? "ADDED" : "MODIFIED", resource, revision, object: stored, before });
      return stored;
    },
    remove(resource, place) {
      const before = objectsOf(resource).get(place);
      if (before === undefined) return undefined;
      revision += 1;
      objectsOf(resource).delete(place);
      const object = withMetadata(before, { resourceVersion: String(revision) });
      happened({ type: "DELETED", resource, revision, object, before });
      return object;
    },
    since: (resource, past) => changes.filter((change) => change.revision > past && change.resource === resource),
    compact() {
      compactedTo = revision;
      changes = [];
    },
    onChange: (listener) => void listeners.push(listener),
    snapshot: () => ({ revision, objects: new Map([...objects].map(([name, each]) => [name, new Map(each)])) }),
    restore(snapshot) {
      objects = new Map([...snapshot.objects].map(([name, each]) => [name, new Map(each)]));
      ({ revision } = snapshot);
      compactedTo = revision;
      changes = [];
    },
  };
}
