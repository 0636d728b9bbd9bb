import { expect, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import { keyOf, type ObjectKey } from "../api/key.ts";
import { createDataCache } from "./data-reader.ts";
import type { RawObject } from "./watch-events.ts";

const aSecret = (name: string, resourceVersion: number): RawObject => ({
  metadata: { namespace: "ns", name, uid: `uid-${name}`, resourceVersion: String(resourceVersion) },
});

test("a Secret that is deleted after the last object that referred to it is forgotten", () => {
  const key = keyOf({ namespace: "ns", name: "ours" });
  const referenced = new Set<ObjectKey>([key]);
  const cache = createDataCache({
    kind: "Secret",
    transport: {
      send: () => Promise.reject(new Error("nothing is read")),
      stream: () => Promise.reject(new Error("nothing is watched here")),
      close: async () => undefined,
    },
    clock: createManualClock(),
    isReferenced: (key) => referenced.has(key),
    referenced: () => referenced,
    onChange: () => undefined,
  });
  expect(cache.parse(aSecret("foreign", 4))).toBeUndefined();
  const known = cache.parse(aSecret("ours", 5));
  if (known !== undefined) cache.store.put(known);
  expect(cache.seen(key)).toMatchObject({ resourceVersion: "5" });

  referenced.clear();
  const deleted = cache.parse(aSecret("ours", 6));
  if (deleted !== undefined) cache.store.remove(deleted.key, deleted.meta.uid);
  expect(cache.store.size()).toBe(0);
  expect(cache.seen(key)).toBe("unknown");
});
