import { expect, test } from "vitest";
import { iscsiCredentialKind } from "../api/kinds.ts";
import { parseIscsiCredential, type IscsiCredential } from "../api/parse.ts";
import { err, ok } from "../std/result.ts";
import { createStore, type Change } from "./store.ts";
import type { KubeRequest, KubeTransport } from "./transport.ts";
import { createWriter } from "./writer.ts";

/** What a write leaves in the store, given that the API server answers with metadata alone. */

const signal = new AbortController().signal;
const ours = "ontap-iscsi.dev/iscsi-credential";

const raw = (resourceVersion: string, metadata: object = {}, status?: object): object => ({
  metadata: { name: "a", namespace: "ns", uid: "u", resourceVersion, generation: 2, ...metadata },
  spec: {
    connectionRef: { name: "array" },
    svm: { name: "svm1" },
    initiator: "iqn.1994-05.com.redhat:a",
    authenticationType: "deny",
  },
  ...(status === undefined ? {} : { status }),
});

function parsed(object: object): IscsiCredential {
  const credential = parseIscsiCredential(object);
  if (credential === undefined) throw new Error("it does not parse");
  return credential;
}

/** A writer over a store that holds `before`, and an API server that answers as it is told to. */
function aWriter(before: IscsiCredential, ...answers: readonly object[]) {
  const asked: KubeRequest[] = [];
  const changes: Change<IscsiCredential>[] = [];
  const store = createStore<IscsiCredential>((change) => void changes.push(change));
  store.put(before);
  const left = [...answers];
  const transport: KubeTransport = {
    async send(request) {
      asked.push(request);
      return ok(left.shift() ?? {});
    },
    stream: () => Promise.reject(new Error("nothing is watched here")),
    close: () => Promise.resolve(),
  };
  return { writer: createWriter(iscsiCredentialKind, store, transport), store, asked, transport };
}

test("a status that was written is in the store with the new version, as it would be read", async () => {
  const before = parsed(raw("5"));
  const { writer, store, asked } = aWriter(before, { metadata: { ...(raw("6") as { metadata: object }).metadata } });
  const status = { observedGeneration: 2, consecutiveFailures: undefined };
  expect(await writer.setStatus(before, status, signal)).toEqual({ status: "written" });
  expect(asked[0]?.accept).toContain("as=PartialObjectMetadata;");
  const after = store.get(before.key);
  expect(after).toEqual(parsed(raw("6", {}, { observedGeneration: 2 })));
  expect(after?.spec).toBe(before.spec);
  expect(await writer.setStatus(after ?? before, { observedGeneration: 2 }, signal)).toEqual({ status: "unchanged" });
  expect(asked).toHaveLength(1);
});

test("a status beyond its bounds is written cut, and then unchanged", async () => {
  const before = parsed(raw("5"));
  const { writer, store, asked } = aWriter(before, raw("6"));
  const status = { observedGeneration: 2, lastHandledReconcileAt: "x".repeat(300) };
  await writer.setStatus(before, status, signal);
  const after = store.get(before.key) ?? before;
  expect(after.status?.lastHandledReconcileAt).toHaveLength(256);
  expect(await writer.setStatus(after, status, signal)).toEqual({ status: "unchanged" });
  expect(asked).toHaveLength(1);
});

test("a finalizer that was written is in the store; the last one takes the object out of it", async () => {
  const before = parsed(raw("5"));
  const deleted = { finalizers: [ours], deletionTimestamp: "2026-01-01T00:00:00Z" };
  const { writer, store } = aWriter(before, raw("6", { finalizers: [ours] }), raw("8", { ...deleted, finalizers: [] }));
  expect(await writer.setFinalizers(before, [ours], signal)).toMatchObject({ value: { meta: { finalizers: [ours] } } });
  expect(store.get(before.key)?.meta.resourceVersion).toBe("6");
  expect(await writer.setFinalizers(parsed(raw("7", deleted)), [], signal)).toEqual(ok(undefined));
  expect(store.size()).toBe(0);
});

test("of an object with more finalizers than are kept, those of others are read and written back", async () => {
  const others = Array.from({ length: 100 }, (_, index) => `example.com/${index}`);
  const before = parsed(raw("5", { finalizers: [...others, ours] }));
  expect(before.meta.finalizers.length).toBeLessThan(5);
  expect(before.meta.finalizers).toContain(ours);
  const { writer, asked } = aWriter(
    before,
    { items: [raw("5", { finalizers: [...others, ours] })] },
    raw("6", { finalizers: others }),
  );
  const without = before.meta.finalizers.filter((name) => name !== ours);
  await writer.setFinalizers(before, without, signal);
  expect(asked[1]?.body).toEqual({ metadata: { uid: "u", resourceVersion: "5", finalizers: others } });
});

test("what the API server does not take is to be written again, unless the object is gone", async () => {
  const before = parsed(raw("5"));
  const { writer, transport } = aWriter(before);
  const failure = { kind: "kube", verb: "PATCH", path: "/", httpStatus: 1, message: "", retryAfterMs: 3000 } as const;
  transport.send = () => Promise.resolve(err({ ...failure, problem: "throttled" }));
  expect(await writer.setStatus(before, { observedGeneration: 2 }, signal)).toEqual({
    status: "retry",
    failure: { ...failure, problem: "throttled" },
  });
  transport.send = () => Promise.resolve(err({ ...failure, problem: "not-found" }));
  expect(await writer.setStatus(before, { observedGeneration: 2 }, signal)).toEqual({ status: "gone" });
});
