import { describe, expect, test } from "vitest";
import type { ObjectKey } from "../api/key.ts";
import {
  parseIscsiCredential,
  parseOntapConnection,
  type IscsiCredential,
  type OntapConnection,
} from "../api/parse.ts";
import type { Change } from "../kube/store.ts";
import { triggersOf, type ObservedChange, type Lookups } from "./triggers.ts";

/** Which change enqueues what, row by row. */

const finalizer = "ontap-iscsi.dev/iscsi-credential";
const applied = {
  applied: {
    svm: { name: "svm1", uuid: "11111111-2222-3333-4444-555555555555" },
    uid: "1",
    authenticationType: "deny",
    generation: 1,
    time: "2026-01-01T00:00:00Z",
  },
};

function credential({
  metadata = {},
  connection = "array",
  deletionPolicy = "Delete",
  ...rest
}: Record<string, unknown> = {}): IscsiCredential {
  const parsed = parseIscsiCredential({
    metadata: { name: "mine", namespace: "team", uid: "1", generation: 1, ...(metadata as object) },
    spec: {
      connectionRef: { name: connection },
      svm: { name: "svm1" },
      initiator: "iqn.2020-01.com.example:a",
      authenticationType: "deny",
      deletionPolicy,
    },
    ...rest,
  });
  if (parsed === undefined) throw new Error("not a credential");
  return parsed;
}

function connection({ metadata = {}, ...rest }: Record<string, unknown> = {}): OntapConnection {
  const parsed = parseOntapConnection({
    metadata: { name: "array", namespace: "team", uid: "2", generation: 1, ...(metadata as object) },
    spec: { endpoint: "https://array.example.com", auth: { basic: { secretRef: { name: "login" } } } },
    ...rest,
  });
  if (parsed === undefined) throw new Error("not a connection");
  return parsed;
}

const keys = (...names: readonly string[]): readonly ObjectKey[] => names as readonly ObjectKey[];

const lookups: Lookups = {
  credentialsOfSecret: (secret) => (secret === "team/chap" ? keys("team/mine", "team/other") : []),
  connectionsOf: (kind, source) => (`${kind} ${source}` === "Secret team/login" ? keys("team/array") : []),
  credentialsOfConnection: () => keys("team/mine", "guest/theirs"),
  credentialsOfInitiator: () => keys("team/mine", "team/rival"),
  credentialsOfNamespace: (namespace) => keys(`${namespace}/mine`),
  allCredentials: () => keys("team/mine", "guest/theirs"),
  allConnections: () => keys("team/array"),
  connectionsOfNamespace: () => [],
  isInUse: (key) => key !== "team/unused",
  shard: ({ shard }) => shard !== "other",
  synced: () => true,
};

/** As one word each: which controller, which keys, how. */
function enqueued(change: ObservedChange, known: Partial<Lookups> = {}): readonly string[] {
  return triggersOf(change, { ...lookups, ...known }).flatMap(({ controller, keys: affected, options }) =>
    affected.map((key) => `${controller} ${key} ${options.urgency ?? "change"}`),
  );
}

const ofCredential = (before: IscsiCredential | undefined, after: IscsiCredential | undefined): ObservedChange => ({
  of: "credential",
  change: { key: "team/mine", before, after } as Change<IscsiCredential>,
});
const ofConnection = (before: OntapConnection | undefined, after: OntapConnection | undefined): ObservedChange => ({
  of: "connection",
  change: { key: "team/array", before, after } as Change<OntapConnection>,
});

const itself = "credentials team/mine change";
const rival = "credentials team/rival change";
const counted = "connections team/array resync";

describe("an IscsiCredential", () => {
  const ready = (reason: string) => ({
    conditions: [{ type: "Ready", status: "False", reason, message: "", lastTransitionTime: "2026-01-01T00:00:00Z" }],
  });
  test.each<{ what: string; before?: IscsiCredential; after?: IscsiCredential; gets: readonly string[] }>([
    { what: "that appears", after: credential(), gets: [itself, rival, counted] },
    { what: "that goes", before: credential(), gets: [itself, rival, counted] },
    {
      what: "whose spec is edited",
      before: credential(),
      after: credential({ metadata: { generation: 2 } }),
      gets: [itself],
    },
    {
      what: "that is being deleted",
      before: credential(),
      after: credential({ metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }),
      gets: [itself, rival],
    },
    {
      what: "whose owner asks",
      before: credential(),
      after: credential({ metadata: { annotations: { "ontap-iscsi.dev/reconcile-requested-at": "now" } } }),
      gets: [itself],
    },
    {
      what: "whose finalizer was taken away",
      before: credential({ metadata: { finalizers: [finalizer] }, status: applied }),
      after: credential({ status: applied }),
      gets: [itself, counted],
    },
    {
      what: "that will leave on the array what its deletion would have removed",
      before: credential({ metadata: { finalizers: [finalizer] }, status: applied }),
      after: credential({
        metadata: { finalizers: [finalizer], generation: 2 },
        deletionPolicy: "Retain",
        status: applied,
      }),
      gets: [itself, counted],
    },
    {
      what: "whose label is edited",
      before: credential(),
      after: credential({ metadata: { labels: { a: "b" } } }),
      gets: [],
    },
    {
      what: "that got its finalizer",
      before: credential(),
      after: credential({ metadata: { finalizers: [finalizer] } }),
      gets: [],
    },
    {
      what: "whose status shows the same claim",
      before: credential({ status: ready("Applied") }),
      after: credential({ status: { ...ready("Applied"), consecutiveFailures: 1 } }),
      gets: [],
    },
    {
      what: "whose verdict changed",
      before: credential({ status: ready("Pending") }),
      after: credential({ status: ready("NotGranted") }),
      gets: [rival, counted],
    },
  ])("$what enqueues $gets", ({ before, after, gets }) => {
    expect(enqueued(ofCredential(before, after))).toEqual(gets);
  });

  test("that is the first of its connection is counted at once, so that the connection outlives it", () => {
    const first = credential({ connection: "unused" });
    expect(enqueued(ofCredential(undefined, first))).toContain("connections team/unused change");
  });

  test("that was there before this process is less urgent than an edit of now", () => {
    expect(enqueued(ofCredential(undefined, credential()), { synced: () => false })[0]).toBe(
      "credentials team/mine resync",
    );
  });
});

describe("an OntapConnection", () => {
  const all = ["credentials team/mine change", "credentials guest/theirs change"];
  test.each<{ what: string; before?: OntapConnection; after?: OntapConnection; gets: readonly string[] }>([
    { what: "that appears", after: connection(), gets: ["connections team/array change", ...all] },
    {
      what: "whose spec is edited",
      before: connection(),
      after: connection({ metadata: { generation: 2 } }),
      gets: ["connections team/array change", ...all],
    },
    {
      what: "that moves to another shard",
      before: connection(),
      after: connection({ metadata: { labels: { shard: "other" } } }),
      gets: ["connections team/array change", ...all],
    },
    {
      what: "that lets its credentials adopt for a time",
      before: connection(),
      after: connection({ metadata: { annotations: { "ontap-iscsi.dev/adopt-until": "2026-01-01T00:00:00Z" } } }),
      gets: all,
    },
    {
      what: "whose label is edited",
      before: connection(),
      after: connection({ metadata: { labels: { a: "b" } } }),
      gets: [],
    },
  ])("$what enqueues $gets", ({ before, after, gets }) => {
    expect(enqueued(ofConnection(before, after))).toEqual(gets);
  });
});

describe("a Secret that becomes the login of a connection, or stops being it", () => {
  const loggingInWith = (name: string): OntapConnection =>
    connection({
      spec: { endpoint: "https://array.example.com", auth: { basic: { secretRef: { name } } } },
    });
  const named = ["credentials team/mine change", "credentials team/other change"];
  test.each<{ what: string; before?: OntapConnection; after?: OntapConnection; gets: readonly string[] }>([
    { what: "a new connection", after: loggingInWith("chap"), gets: named },
    { what: "a connection that goes", before: loggingInWith("chap"), gets: named },
    { what: "another login", before: loggingInWith("chap"), after: loggingInWith("login"), gets: named },
    { what: "the same login", before: loggingInWith("chap"), after: loggingInWith("chap"), gets: [] },
  ])("$what: $gets", ({ before, after, gets }) => {
    expect(enqueued(ofConnection(before, after), { credentialsOfConnection: () => [] })).toEqual([
      ...(before === undefined || after === undefined ? ["connections team/array change"] : []),
      ...gets,
    ]);
  });
});

describe("what they mention", () => {
  test.each<{ what: string; change: ObservedChange; gets: readonly string[] }>([
    {
      what: "a Secret that credentials name",
      change: { of: "Secret", key: "team/chap" as ObjectKey },
      gets: ["credentials team/mine change", "credentials team/other change"],
    },
    {
      what: "a Secret that a connection logs in with",
      change: { of: "Secret", key: "team/login" as ObjectKey },
      gets: ["connections team/array change"],
    },
    { what: "a ConfigMap that nothing names", change: { of: "ConfigMap", key: "team/ca" as ObjectKey }, gets: [] },
    {
      what: "a session, whose credentials may be thousands",
      change: { of: "session", connection: "team/array" as ObjectKey },
      gets: ["credentials team/mine retry", "credentials guest/theirs retry"],
    },
    {
      what: "a restore of the API server's data",
      change: { of: "rewound" },
      gets: ["connections team/array resync", "credentials team/mine resync", "credentials guest/theirs resync"],
    },
  ])("$what: $gets", ({ change, gets }) => {
    expect(enqueued(change)).toEqual(gets);
  });

  test.each([
    { what: "other labels", labels: { team: "b" }, gets: ["credentials guest/mine change"] },
    { what: "the same labels", labels: { team: "a" }, gets: [] },
  ])("a Namespace with $what enqueues $gets", ({ labels, gets }) => {
    const key = "/guest" as ObjectKey;
    const meta = { uid: "3", resourceVersion: "1" };
    const terminating = false;
    const change = {
      key,
      before: { key, meta, terminating, labels: { team: "a" } },
      after: { key, meta, terminating, labels },
    };
    expect(enqueued({ of: "namespace", change })).toEqual(gets);
  });
});
