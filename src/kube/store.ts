import { namespacedNameOf, type ObjectKey } from "../api/key.ts";

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

/**
 * The newest known state of every object of one kind. A single object that is older never overwrites a newer one, whichever
 * way it arrives; only a whole list may take the store back to an earlier state.
 */
export interface Store<T extends Stored> {
  get(key: ObjectKey): T | undefined;
  values(): IteratorObject<T>;
  size(): number;
  put(object: T): void;
  remove(key: ObjectKey, uid: string): void;
  /**
   * A full list has ended, and shows all objects as of `asOf`: what is not in it is gone. What is newer than the list (the
   * answer to a write or a read that came while it was on its way) stays, and so does what is beyond the reach of the list.
   */
  replaceAll(objects: readonly T[], asOf: string, reach?: Reach): void;
  /** The same, when the API server itself went back to an earlier state: nothing that was known before counts. */
  resetTo(objects: readonly T[], reach?: Reach): void;
}

/** Whether a list would show an object of this key if it existed: always, or only if it is in the namespace that was listed. */
export type Reach = (key: ObjectKey) => boolean;

export const everywhere: Reach = () => true;

/**
 * @param onChange is called after the store has changed; it must not throw, and only notes keys.
 * @param compact gives an equal object that takes less memory.
 */
export function createStore<T extends Stored>(
  onChange: (change: Change<T>) => void,
  compact: (object: T) => T = (object) => object,
): Store<T> {
  const objects = new Map<ObjectKey, T>();

  function put(object: T): void {
    const before = objects.get(object.key);
    if (before === undefined || isNewer(object.meta.resourceVersion, before.meta.resourceVersion)) set(object);
  }

  function set(given: T): void {
    const object = compact(given);
    const { key } = object;
    const before = objects.get(key);
    const isSame = before?.meta.uid === object.meta.uid;
    if (before !== undefined && !isSame) remove(key, before.meta.uid);
    objects.set(key, object);
    onChange(isSame ? { key, before, after: object } : { key, before: undefined, after: object });
  }

  function remove(key: ObjectKey, uid: string): void {
    const before = objects.get(key);
    if (before === undefined || before.meta.uid !== uid) return;
    objects.delete(key);
    onChange({ key, before, after: undefined });
  }

  function removeUnlisted(listed: readonly T[], reach: Reach, mayGo: (known: T) => boolean): void {
    const keys = new Set(listed.map(({ key }) => key));
    for (const known of objects.values()) {
      if (!keys.has(known.key) && reach(known.key) && mayGo(known)) remove(known.key, known.meta.uid);
    }
  }

  return {
    get: (key) => objects.get(key),
    values: () => objects.values(),
    size: () => objects.size,
    put,
    remove,
    replaceAll(listed, asOf, reach = everywhere) {
      removeUnlisted(listed, reach, (known) => !isNewer(known.meta.resourceVersion, asOf));
      for (const object of listed) put(object);
    },
    resetTo(listed, reach = everywhere) {
      removeUnlisted(listed, reach, () => true);
      // Also what has an equal resourceVersion: after a restore, numbers are given out a second time.
      for (const object of listed) set(object);
    },
  };
}

/**
 * What of a store is in one namespace, for the reflector of that namespace: its lists say nothing of what others have
 * brought. Keys that are put and removed must be of that namespace.
 */
export function inNamespace<T extends Stored>(store: Store<T>, namespace: string): Store<T> {
  const reach: Reach = (key) => namespacedNameOf(key).namespace === namespace;
  const own = (): IteratorObject<T> => store.values().filter(({ key }) => reach(key));
  return {
    ...store,
    values: own,
    size: () => [...own()].length,
    replaceAll: (listed, asOf) => store.replaceAll(listed, asOf, reach),
    resetTo: (listed) => store.resetTo(listed, reach),
  };
}

/**
 * Whether `a` is newer than `b`. Kubernetes' resourceVersions are comparable as decimal numbers of any length
 * (KEP-5504); anything else can only be compared for equality, and then the later arrival counts as the newer.
 */
export const isNewer = (a: string, b: string): boolean => (areNumbers(a, b) ? exceeds(a, b) : a !== b);

/** Whether `a` is older than `b` beyond doubt. */
export const isOlder = (a: string, b: string): boolean => areNumbers(a, b) && exceeds(b, a);

const areNumbers = (...versions: readonly string[]): boolean => versions.every((version) => /^[0-9]+$/.test(version));
const exceeds = (a: string, b: string): boolean => (a.length === b.length ? a > b : a.length > b.length);
