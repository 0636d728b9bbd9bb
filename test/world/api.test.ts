import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { accepted, leastSpec, refused, type Example } from "../harness/api-examples.ts";
import { connect, type Cluster, type KubeObject } from "../../tools/harness/cluster.ts";
import { deleteAll } from "./harness.ts";

const namespace = "api-examples";
let cluster: Cluster;

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
  await cluster.create({ kind: "Namespace", metadata: { name: namespace } });
});
afterAll(async () => {
  await deleteAll(cluster, "iscsicredentials", namespace);
  await deleteAll(cluster, "ontapconnections", namespace);
  await cluster.close();
});

const anObject = (kind: keyof typeof leastSpec, name: string, spec: object): KubeObject => ({
  apiVersion: "ontap-iscsi.dev/v1alpha1",
  kind,
  metadata: { name, namespace },
  spec: { ...leastSpec[kind], ...spec },
});

let serial = 0;
const creationOf = ({ kind, spec }: Example): Promise<KubeObject> =>
  cluster.create(anObject(kind, `example-${serial++}`, spec));

describe("what the API server accepts and refuses", () => {
  test.each([...accepted, ...refused.filter(({ foundBy }) => foundBy === "operator")])(
    "accepts $kind: $because",
    async (example) => {
      await expect(creationOf(example)).resolves.toMatchObject({ kind: example.kind });
    },
  );
  test.each(refused.filter(({ foundBy }) => foundBy === undefined))("refuses $kind: $because", async (example) => {
    await expect(creationOf(example)).rejects.toThrow(example.says);
  });
});

describe("what cannot be changed", () => {
  test.each([
    ["initiator", { initiator: "iqn.1994-05.com.redhat:b" }],
    ["svm", { svm: { name: "svm2" } }],
  ])("%s", async (field, spec) => {
    await cluster.create(anObject("IscsiCredential", `fixed-${field}`, {}));
    const change = cluster.patch("iscsicredentials", namespace, `fixed-${field}`, { spec });
    await expect(change).rejects.toThrow(`${field} cannot be changed; delete this object and create one for the other`);
  });

  test.each([
    ["name", { name: "prod-b" }],
    ["namespace", { namespace: "storage" }],
    ["its own namespace, which CEL cannot tell from another one", { namespace }],
  ])("connectionRef: %s", async (what, connectionRef) => {
    const name = `bound-${what.slice(0, 3)}${what.length}`;
    await cluster.create(anObject("IscsiCredential", name, {}));
    const change = cluster.patch("iscsicredentials", namespace, name, { spec: { connectionRef } });
    await expect(change).rejects.toThrow(
      "connectionRef cannot be changed; set deletionPolicy to Retain, delete this object, and create it again for the other connection with adoptionPolicy Adopt",
    );
  });
});

test("an object that no controller has seen is not ready, and every waiting tool waits", async () => {
  const { status } = await cluster.create(anObject("IscsiCredential", "unseen", {}));
  expect(status).toEqual({
    observedGeneration: -1,
    conditions: [
      {
        type: "Ready",
        status: "Unknown",
        reason: "Pending",
        message: "Waiting for controller",
        lastTransitionTime: "1970-01-01T00:00:00Z",
      },
    ],
  });
});

test("defaults are filled in by the API server", async () => {
  const { spec } = await cluster.create(anObject("IscsiCredential", "defaults", { initiatorAddress: {} }));
  expect(spec).toMatchObject({
    mode: "Enforce",
    adoptionPolicy: "Adopt",
    deletionPolicy: "Delete",
    suspend: false,
    initiatorAddress: { merge: "Replace" },
  });
  const connection = await cluster.create(anObject("OntapConnection", "defaults", {}));
  expect(connection["spec"]).toMatchObject({
    tls: { insecureSkipVerify: false },
    limits: { maxConcurrentRequests: 4, requestTimeout: "30s" },
    resyncInterval: "10m",
  });
});
