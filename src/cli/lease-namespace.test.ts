import { expect, test } from "vitest";
import { err, ok, type Result } from "../std/result.ts";
import type { KubeFailure } from "../api/failure.ts";
import { findLeaseNamespace } from "./lease-namespace.ts";

const forbidden: KubeFailure = {
  kind: "kube",
  problem: "forbidden",
  verb: "GET",
  path: "",
  httpStatus: 403,
  message: "no",
  retryAfterMs: undefined,
};
const nowMs = Date.parse("2026-11-25T12:00:00Z");
const lease = (namespace: string, holderIdentity: string | undefined, renewTime = "2026-11-25T11:59:50.123456Z") => ({
  metadata: { namespace },
  spec: { holderIdentity, renewTime },
});
const listed = (...items: readonly object[]): Result<unknown, KubeFailure> => ok({ items });

test.each<{ because: string; reply: Result<unknown, KubeFailure>; found: Result<string, unknown> }>([
  { because: "no operator runs", reply: listed(), found: ok("ontap-iscsi-operator") },
  { because: "one runs elsewhere", reply: listed(lease("storage", "pod-a")), found: ok("storage") },
  {
    because: "one that ran elsewhere gave its Lease back",
    reply: listed(lease("default", ""), lease("storage", "pod-a"), lease("old", undefined)),
    found: ok("storage"),
  },
  {
    because: "one that ran elsewhere was killed long ago",
    reply: listed(lease("default", "desk", "2026-11-25T11:00:00.000000Z"), lease("storage", "pod-a")),
    found: ok("storage"),
  },
  { because: "Leases may not be listed", reply: err(forbidden), found: ok("ontap-iscsi-operator") },
  {
    because: "two run",
    reply: listed(lease("storage", "pod-a"), lease("blocks", "pod-b")),
    found: err(expect.stringMatching(/^--lease-namespace: .* held in namespaces blocks, storage; name the one/)),
  },
])("$because", async ({ reply, found }) => {
  const asked: unknown[] = [];
  const transport = {
    send: (request: object) => {
      asked.push(request);
      return Promise.resolve(reply);
    },
    stream: () => Promise.reject(new Error("not used")),
    close: () => Promise.resolve(),
  };
  expect(await findLeaseNamespace(transport, "ontap-iscsi-operator-a", nowMs, new AbortController().signal)).toEqual(
    found,
  );
  expect(asked).toEqual([
    expect.objectContaining({ query: { fieldSelector: "metadata.name=ontap-iscsi-operator-a" } }),
  ]);
});
