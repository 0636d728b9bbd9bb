import { expect, test } from "vitest";
import { err, ok, type Result } from "../std/result.ts";
import type { KubeFailure } from "../api/failure.ts";
import type { KubeRequest, KubeTransport } from "../kube/transport.ts";
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
  metadata: { namespace, name: "ontap-iscsi-operator-a" },
  spec: { holderIdentity, renewTime },
});
const listed = (...items: readonly object[]): Result<unknown, KubeFailure> => ok({ items });

interface Case {
  readonly because: string;
  readonly reply: Result<unknown, KubeFailure>;
  readonly installed?: boolean;
  readonly found: Result<string, unknown>;
}

test.each<Case>([
  { because: "no operator runs", reply: listed(), found: ok("ontap-iscsi-operator") },
  { because: "no operator is installed", reply: listed(), installed: false, found: ok("mine") },
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
])("$because", async ({ reply, installed = true, found }) => {
  const asked: KubeRequest[] = [];
  const transport: KubeTransport = {
    send(request) {
      asked.push(request);
      if (request.path.endsWith("/leases")) return Promise.resolve(reply);
      return Promise.resolve(installed ? ok({}) : err({ ...forbidden, problem: "not-found" as const }));
    },
    stream: () => Promise.reject(new Error("not used")),
    close: () => Promise.resolve(),
  };
  const search = { name: "ontap-iscsi-operator-a", ownNamespace: "mine", nowMs };
  expect(await findLeaseNamespace(transport, search, new AbortController().signal)).toEqual(found);
  expect(asked[0]?.query).toEqual({ fieldSelector: "metadata.name=ontap-iscsi-operator-a" });
});
