import type { ObjectKey } from "../api/key.ts";

/** What a store needs to know of the objects that it keeps. */
export interface Stored {
  readonly key: ObjectKey;
  readonly meta: { readonly uid: string; readonly resourceVersion: string };
}

/** One thing that happened to one object. An object that was deleted and created again under its name is two changes. */
export type Change<T> =
  | { readonly key: ObjectKey; readonly before: undefined; readonly after: T }
  | { readonly key: ObjectKey; readonly before: T; readonly after: T }
  | { readonly key: ObjectKey; readonly before: T; readonly after: undefined };

/** The newest known state of every object of one kind. Older never overwrites newer, whichever way it arrives. */
export interface Store<T extends Stored> {
  get(key: ObjectKey): T | undefined;
  values(): IterableIterator<T>;
  size(): number;
  put(object: T): void;
  remove(key: ObjectKey, uid: string): void;
  /** A full list has ended: what is not in it is gone. */
  replaceAll(objects: readonly T[]): void;
}

/** @param onChange is called after the store has changed; it must not throw, and only notes keys. */
export function createStore<T extends Stored>(onChange: (change: Change<T>) => void): Store<T> {
  const objects = new Map<ObjectKey, T>();

  function put(object: T): void {
    const { key } = object;
    const before = objects.get(key);
    if (before?.meta.uid === object.meta.uid) {
      if (!isNewer(object.meta.resourceVersion, before.meta.resourceVersion)) return;
      objects.set(key, object);
      onChange({ key, before, after: object });
      return;
    }
    if (before !== undefined) {
      if (!isNewer(object.meta.resourceVersion, before.meta.resourceVersion)) return;
      remove(key, before.meta.uid);
    }
    objects.set(key, object);
    onChange({ key, before: undefined, after: object });
  }

  function remove(key: ObjectKey, uid: string): void {
    const before = objects.get(key);
    if (before === undefined || before.meta.uid !== uid) return;
    objects.delete(key);
    onChange({ key, before, after: undefined });
  }

  return {
    get: (key) => objects.get(key),
    values: () => objects.values(),
    size: () => objects.size,
    put,
    remove,
    replaceAll(listed) {
      const listedKeys = new Set(listed.map(({ key }) => key));
      for (const { key, meta } of objects.values()) if (!listedKeys.has(key)) remove(key, meta.uid);
      for (const object of listed) put(object);
    },
  };
}

/**
 * Whether `a` is newer than `b`. Kubernetes' resourceVersions are comparable as decimal numbers of any length
 * (KEP-5504); anything else can only be compared for equality, and then the later arrival counts as the newer.
 */
export function isNewer(a: string, b: string): boolean {
  if (!/^[0-9]+$/.test(a) || !/^[0-9]+$/.test(b)) return a !== b;
  return a.length === b.length ? a > b : a.length > b.length;
}
