import { describe, expect, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import { createAuthority } from "../simulator/certificates.ts";
import { keyOf, type ObjectKey } from "../api/key.ts";
import type { DataKind, DataObject } from "../api/ports.ts";
import { ok } from "../std/result.ts";
import { createDataCache, type DataCache } from "./data-reader.ts";
import { inNamespace } from "./store.ts";
import type { RawObject } from "./watch-events.ts";

const key = keyOf({ namespace: "ns", name: "ours" });

/** A cache over an API server that holds one object; `changes` are the keys whose consumers were told. */
function aCache(kind: DataKind, referenced: ReadonlySet<ObjectKey>, held?: RawObject) {
  const changes: ObjectKey[] = [];
  const cache = createDataCache({
    kind,
    transport: {
      send: () => (held === undefined ? Promise.reject(new Error("nothing is read")) : Promise.resolve(ok(held))),
      stream: () => Promise.reject(new Error("nothing is watched here")),
      close: async () => undefined,
    },
    clock: createManualClock(),
    isReferenced: (key) => referenced.has(key),
    referenced: () => referenced,
    onChange: (key) => void changes.push(key),
  });
  return { cache, changes };
}

const metadataOf = (name: string, resourceVersion: number, rest: object = {}): RawObject => ({
  metadata: { namespace: "ns", name, uid: `uid-${name}`, resourceVersion: String(resourceVersion), ...rest },
});

function show(cache: DataCache, raw: RawObject): void {
  const known = cache.parse(raw);
  if (known !== undefined) cache.store.put(known);
}

test("a Secret that is deleted after the last object that referred to it is forgotten", () => {
  const referenced = new Set<ObjectKey>([key]);
  const { cache } = aCache("Secret", referenced);
  expect(cache.parse(metadataOf("foreign", 4))).toBeUndefined();
  show(cache, metadataOf("ours", 5));
  expect(cache.seen(key)).toMatchObject({ resourceVersion: "5" });

  referenced.clear();
  const deleted = cache.parse(metadataOf("ours", 6));
  if (deleted !== undefined) cache.store.remove(deleted.key, deleted.meta.uid);
  expect(cache.store.size()).toBe(0);
  expect(cache.seen(key)).toBe("unknown");
});

async function read(kind: DataKind, held: object, metadata: object = {}): Promise<DataObject> {
  const { cache } = aCache(kind, new Set([key]), { ...metadataOf("ours", 5, metadata), ...held });
  const reply = await cache.read(key, new AbortController().signal);
  if (!reply.ok || reply.value === undefined) throw new Error("it was not read");
  return reply.value;
}

const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString("base64");
const entriesOf = ({ entries }: DataObject): object =>
  Object.fromEntries([...entries].map(([name, value]) => [name, value.ok ? value.value.reveal() : value.error]));

describe("what a read finds", () => {
  test("the values of a Secret", async () => {
    const { certificatePem } = await createAuthority({ commonName: "a" });
    const der = Buffer.from(certificatePem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
    const data = {
      text: base64("größe"),
      empty: "",
      bytes: base64(new Uint8Array([0xff, 0xfe])),
      sequence: base64(new Uint8Array([0x30, 0x82, 0x01, 0x02, 0x03])),
      der: base64(der),
    };
    expect(entriesOf(await read("Secret", { type: "Opaque", data }))).toEqual({
      text: "größe",
      empty: "",
      bytes: "not-utf8",
      sequence: "not-utf8",
      der: "der-certificate",
    });
  });

  test("the values of a ConfigMap, binary ones included", async () => {
    const { certificatePem } = await createAuthority({ commonName: "a" });
    const der = Buffer.from(certificatePem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
    const found = await read("ConfigMap", {
      data: { text: "plain" },
      binaryData: { "ca.crt": base64(certificatePem), "ca.der": base64(der) },
    });
    expect(entriesOf(found)).toEqual({ text: "plain", "ca.crt": certificatePem, "ca.der": "der-certificate" });
  });

  test("nothing in an object without data", async () => {
    expect(entriesOf(await read("ConfigMap", {}))).toEqual({});
    expect(entriesOf(await read("Secret", { data: null }))).toEqual({});
  });

  test("labels and annotations of our group alone; one that is too long reads as empty", async () => {
    const found = await read(
      "Secret",
      {},
      {
        labels: { "ontap-iscsi.dev/use": "chap", app: "db" },
        annotations: {
          "ontap-iscsi.dev/user-keys": "user",
          "ontap-iscsi.dev/endpoints": "h,".repeat(5000),
          "ontap-iscsi.dev.example.com/use": "login",
          "kubectl.kubernetes.io/last-applied-configuration": "{}",
        },
      },
    );
    expect(found.labels).toEqual({ "ontap-iscsi.dev/use": "chap" });
    expect(found.annotations).toEqual({ "ontap-iscsi.dev/user-keys": "user", "ontap-iscsi.dev/endpoints": "" });
  });
});

test("a changed label reaches consumers as any change: by a new version", () => {
  const { cache, changes } = aCache("Secret", new Set([key]));
  show(cache, metadataOf("ours", 5));
  show(cache, metadataOf("ours", 6, { labels: { "ontap-iscsi.dev/use": "login" } }));
  expect(cache.seen(key)).toMatchObject({ resourceVersion: "6" });
  expect(changes).toEqual([key, key]);
});

test("the list of one namespace says nothing about the Secrets of another", () => {
  const elsewhere = keyOf({ namespace: "ns-2", name: "theirs" });
  const { cache } = aCache("Secret", new Set([key, elsewhere]));
  inNamespace(cache.store, "ns").replaceAll([], "5");
  expect([cache.seen(key), cache.seen(elsewhere)]).toEqual(["absent", "unknown"]);
  inNamespace(cache.store, "ns-2").resetTo([]);
  expect([cache.seen(key), cache.seen(elsewhere)]).toEqual(["absent", "absent"]);
});
