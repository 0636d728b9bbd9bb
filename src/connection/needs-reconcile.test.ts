import { expect, test } from "vitest";
import { parseOntapConnection, type OntapConnection } from "../api/parse.ts";
import { needsReconcile } from "./needs-reconcile.ts";

function aConnection(metadata: object, status: object = {}): OntapConnection {
  const meta = { name: "prod", namespace: "storage", uid: "1", generation: 1, ...metadata };
  const parsed = parseOntapConnection({ metadata: meta, spec: {}, status });
  if (parsed === undefined) throw new Error("the connection does not parse");
  return parsed;
}

const ours = "ontap-iscsi.dev/connection-in-use";

test.each([
  { because: "the spec is another one", before: {}, after: { generation: 2 }, needed: true },
  { because: "it is deleted", before: {}, after: { deletionTimestamp: "2026-11-26T00:00:00Z" }, needed: true },
  {
    because: "a person asks",
    before: {},
    after: { annotations: { "ontap-iscsi.dev/reconcile-requested-at": "1" } },
    needed: true,
  },
  {
    because: "its owner acknowledges what was left behind",
    before: {},
    after: { annotations: { "ontap-iscsi.dev/left-behind-acknowledged": "2026-11-26T00:00:00Z" } },
    needed: true,
  },
  {
    because: "our finalizer was taken away",
    before: { finalizers: [ours, "other"] },
    after: { finalizers: ["other"] },
    needed: true,
  },
  { because: "we have put our finalizer on", before: {}, after: { finalizers: [ours] }, needed: false },
  { because: "a label concerns others", before: {}, after: { labels: { team: "a" } }, needed: false },
])("$needed, since $because", ({ before, after, needed }) => {
  expect(needsReconcile(aConnection(before), aConnection(after))).toBe(needed);
});

test("an object that comes or goes needs a pass, our own status does not", () => {
  const connection = aConnection({});
  expect(needsReconcile(undefined, connection)).toBe(true);
  expect(needsReconcile(connection, undefined)).toBe(true);
  expect(needsReconcile(connection, aConnection({}, { credentials: 7 }))).toBe(false);
});
