import { describe, expect, test } from "vitest";
import type { ObjectKey } from "../api/key.ts";
import { createStore, inNamespace, type Change, type Store } from "./store.ts";

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

describe("a store of several namespaces, of which each has a reflector of its own", () => {
  interface Row {
    readonly because: string;
    readonly list: (part: Store<Thing>) => void;
    readonly left: readonly string[];
    readonly changes: readonly string[];
  }
  const rows: readonly Row[] = [
    {
      because: "a list takes away what it lacks of its own namespace",
      list: (part) => part.replaceAll([aThing("6", "u2", "ns/b")], "8"),
      left: ["ns/b@6", "ns-2/a@7", "other/a@3"],
      changes: ["u1@5 → -@-"],
    },
    {
      because: "of a namespace that is empty, too",
      list: (part) => part.replaceAll([], "8"),
      left: ["ns-2/a@7", "other/a@3"],
      changes: ["u1@5 → -@-", "u2@6 → -@-"],
    },
    {
      because: "what is newer than the list stays",
      list: (part) => part.replaceAll([], "5"),
      left: ["ns/b@6", "ns-2/a@7", "other/a@3"],
      changes: ["u1@5 → -@-"],
    },
    {
      because: "a reset goes back in its own namespace only",
      list: (part) => part.resetTo([aThing("2", "u1", "ns/a")]),
      left: ["ns/a@2", "ns-2/a@7", "other/a@3"],
      changes: ["u2@6 → -@-", "u1@5 → u1@2"],
    },
  ];

  test.each(rows)("$because", ({ list, left, changes: expected }) => {
    const { store, changes } = aStore();
    for (const thing of [
      aThing("5", "u1", "ns/a"),
      aThing("6", "u2", "ns/b"),
      aThing("7", "u3", "ns-2/a"),
      aThing("3", "u4", "other/a"),
    ]) {
      store.put(thing);
    }
    list(inNamespace(store, "ns"));
    expect([...store.values()].map(({ key, meta }) => `${key}@${meta.resourceVersion}`)).toEqual(left);
    expect(changes.slice(4)).toEqual(expected);
  });

  test("a part shows and counts what is its own, and what it is given is in the whole", () => {
    const { store } = aStore();
    const part = inNamespace(store, "ns");
    store.put(aThing("7", "u3", "ns-2/a"));
    part.put(aThing("5", "u1", "ns/a"));
    expect([...part.values()].map(({ key }) => key)).toEqual(["ns/a"]);
    expect([part.size(), store.size()]).toEqual([1, 2]);
    part.remove("ns/a" as ObjectKey, "u1");
    expect([part.size(), store.size()]).toEqual([0, 1]);
  });
});
