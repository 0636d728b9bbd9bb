import { describe, expect, test } from "vitest";
import type { ObjectKey } from "../api/key.ts";
import { createStore, type Change, type Store } from "./store.ts";

interface Thing {
  readonly key: ObjectKey;
  readonly meta: { readonly uid: string; readonly resourceVersion: string };
}

const aThing = (resourceVersion: string, uid = "u1", key = "ns/a"): Thing => ({
  key: key as ObjectKey,
  meta: { uid, resourceVersion },
});

function aStore(): { store: Store<Thing>; changes: string[] } {
  const changes: string[] = [];
  const describeChange = ({ before, after }: Change<Thing>): string =>
    `${before?.meta.uid ?? "-"}@${before?.meta.resourceVersion ?? "-"} → ${after?.meta.uid ?? "-"}@${after?.meta.resourceVersion ?? "-"}`;
  return { store: createStore<Thing>((change) => changes.push(describeChange(change))), changes };
}

describe("store", () => {
  test("an older state never overwrites a newer one, also where text would sort otherwise", () => {
    const { store, changes } = aStore();
    store.put(aThing("100"));
    store.put(aThing("99"));
    expect(store.get("ns/a" as ObjectKey)?.meta.resourceVersion).toBe("100");
    expect(changes).toEqual(["-@- → u1@100"]);
  });

  test("the same state twice is not a change", () => {
    const { store, changes } = aStore();
    store.put(aThing("5"));
    store.put(aThing("5"));
    expect(changes).toHaveLength(1);
  });

  test("an object created again under the same name is two changes", () => {
    const { store, changes } = aStore();
    store.put(aThing("5", "u1"));
    store.put(aThing("9", "u2"));
    expect(changes).toEqual(["-@- → u1@5", "u1@5 → -@-", "-@- → u2@9"]);
  });

  test("a late deletion of the object before does not remove its successor", () => {
    const { store } = aStore();
    store.put(aThing("9", "u2"));
    store.remove("ns/a" as ObjectKey, "u1");
    expect(store.get("ns/a" as ObjectKey)?.meta.uid).toBe("u2");
  });

  test("what a full list lacks is gone", () => {
    const { store, changes } = aStore();
    store.put(aThing("5", "u1", "ns/a"));
    store.put(aThing("6", "u2", "ns/b"));
    store.replaceAll([aThing("6", "u2", "ns/b"), aThing("7", "u3", "ns/c")], "8");
    expect([...store.values()].map(({ key }) => key)).toEqual(["ns/b", "ns/c"]);
    expect(changes.slice(2)).toEqual(["u1@5 → -@-", "-@- → u3@7"]);
  });

  test("what is newer than a full list stays: the list cannot know it", () => {
    const { store, changes } = aStore();
    store.put(aThing("12", "u1", "ns/a"));
    store.put(aThing("11", "u2", "ns/b"));
    store.replaceAll([aThing("5", "u1", "ns/a")], "10");
    expect([...store.values()].map(({ meta }) => meta.resourceVersion)).toEqual(["12", "11"]);
    expect(changes).toHaveLength(2);
  });

  test("a reset takes whatever the list shows: older states, equal numbers, other uids, and nothing else", () => {
    const { store, changes } = aStore();
    store.put(aThing("12", "u1", "ns/a"));
    store.put(aThing("5", "u2", "ns/b"));
    store.put(aThing("9", "u3", "ns/c"));
    store.put(aThing("9", "u4", "ns/d"));
    store.resetTo([aThing("3", "u1", "ns/a"), aThing("5", "u2", "ns/b"), aThing("2", "u0", "ns/c")]);
    expect(changes.slice(4)).toEqual(["u4@9 → -@-", "u1@12 → u1@3", "u2@5 → u2@5", "u3@9 → -@-", "-@- → u0@2"]);
  });
});
