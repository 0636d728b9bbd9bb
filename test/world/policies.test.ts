import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createKubectl, type Kubectl } from "../../tools/controlplane/kubectl.ts";
import { connect, eventually, type Cluster, type KubeObject } from "../../tools/harness/cluster.ts";
import { leastSpec } from "../harness/api-examples.ts";

/** deploy/policies, applied as an administrator applies it: each rule lets the honest through and stops the other. */

const root = new URL("../../", import.meta.url).pathname;
const folder = join(root, "build/policies-test");
const storage = "policies-storage";
const tenant = "policies-tenant";
const trusted = "policies-trusted";
let cluster: Cluster;
let operator: Cluster;
let kubectl: Kubectl;

const named = (name: string, namespace: string, rest: object = {}): KubeObject["metadata"] => ({
  name,
  namespace,
  ...rest,
});
const connection = (metadata: KubeObject["metadata"], spec: object = {}): KubeObject => ({
  apiVersion: "ontap-iscsi.dev/v1alpha1",
  kind: "OntapConnection",
  metadata,
  spec: { ...leastSpec.OntapConnection, ...spec },
});
const credential = (metadata: KubeObject["metadata"], spec: object = {}): KubeObject => ({
  apiVersion: "ontap-iscsi.dev/v1alpha1",
  kind: "IscsiCredential",
  metadata,
  spec: { ...leastSpec.IscsiCredential, authenticationType: "deny", ...spec },
});
const throughStorage = { connectionRef: { name: "prod-a", namespace: storage } };

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
  operator = await connect(inject("operatorKubeconfig"));
  kubectl = createKubectl(inject("kubectlPath"), inject("adminKubeconfig"));
  for (const [name, labels] of [
    [storage, { "ontap-iscsi.dev/connections": "" }],
    [tenant, {}],
    [trusted, { "ontap-iscsi.dev/trusted": "" }],
  ] as const) {
    await cluster.create({ kind: "Namespace", metadata: { name, labels } });
  }
  // What was there before the policies.
  await cluster.create(connection(named("elder", tenant), { tls: { insecureSkipVerify: true } }));
  await cluster.create(credential(named("elder", tenant), { ...throughStorage, authenticationType: "none" }));

  await mkdir(folder, { recursive: true });
  const components = "components: [../../deploy/policies, ../../deploy/policies/evidence]\n";
  await writeFile(join(folder, "kustomization.yaml"), components);
  const applied = await kubectl(["apply", "-k", folder]);
  if (applied.exitCode !== 0) throw new Error(`deploy/policies cannot be applied: ${applied.stderr}`);
  await eventually(async () => ((await isStopped()) ? true : undefined), "the policies are in force", 30_000);
});

/** Whether a tenant's own connection is refused. */
function isStopped(): Promise<boolean> {
  const body = connection(named("attempt", tenant));
  const path = `/apis/ontap-iscsi.dev/v1alpha1/namespaces/${tenant}/ontapconnections`;
  return cluster.send({ method: "POST", path, query: { dryRun: "All" }, body }).then(
    () => false,
    () => true,
  );
}

afterAll(async () => {
  await kubectl(["delete", "-k", folder]);
  // The API server goes on with a policy for a moment after its deletion, and the next file's tenants have no labels.
  await eventually(async () => ((await isStopped()) ? undefined : true), "the policies are gone", 30_000);
  await rm(folder, { recursive: true, force: true });
  for (const namespace of [storage, tenant, trusted]) {
    await cluster.send({ method: "DELETE", path: `/api/v1/namespaces/${namespace}` });
  }
  await operator.close();
  await cluster.close();
});

test("each policy is one that the API server has type-checked without a warning", async () => {
  const { stdout } = await kubectl(["get", "validatingadmissionpolicies", "-o", "json"]);
  const { items } = JSON.parse(stdout) as { readonly items: readonly KubeObject[] };
  const ours = items.filter(({ metadata }) => metadata.name.endsWith("ontap-iscsi.dev"));
  expect(ours.map(({ metadata }) => metadata.name.split(".")[0])).toEqual([
    "finalizers",
    "operator",
    "owners",
    "status",
    "tenants",
  ]);
  for (const { status } of ours) {
    expect(
      (status as { typeChecking?: { expressionWarnings?: unknown } } | undefined)?.typeChecking?.expressionWarnings,
    ).toBeUndefined();
  }
});

describe("tenants", () => {
  test.each([
    ["deny through another namespace's connection", tenant, throughStorage],
    ["none through the own connection", tenant, { authenticationType: "none" }],
    ["default through the own connection", tenant, { initiator: "default", deletionPolicy: "Retain" }],
    ["none in a trusted namespace", trusted, { ...throughStorage, authenticationType: "none" }],
    ["default in a trusted namespace", trusted, { ...throughStorage, initiator: "default", deletionPolicy: "Retain" }],
    ["the own namespace spelled out", storage, { ...throughStorage, authenticationType: "none" }],
  ])("may declare %s", async (what, namespace, spec) => {
    const creation = cluster.create(credential(named(`may-${what.replaceAll(/[^a-z]+/g, "-")}`, namespace), spec));
    await expect(creation).resolves.toMatchObject({ kind: "IscsiCredential" });
  });

  test.each([
    ["none", { ...throughStorage, authenticationType: "none" }, "spec.authenticationType none"],
    ["default", { ...throughStorage, initiator: "default", deletionPolicy: "Retain" }, "spec.initiator default"],
  ])("may not declare %s through another namespace's connection", async (what, spec, says) => {
    const creation = cluster.create(credential(named(`not-${what}`, tenant), spec));
    await expect(creation).rejects.toThrow(`${says} through a connection of another namespace needs label`);
  });

  test("may not open what was closed, but may edit and delete what was open before the policy", async () => {
    await cluster.create(credential(named("closed", tenant), throughStorage));
    const opened = cluster.patch("iscsicredentials", tenant, "closed", { spec: { authenticationType: "none" } });
    await expect(opened).rejects.toThrow("spec.authenticationType none");
    await cluster.patch("iscsicredentials", tenant, "elder", { spec: { deletionPolicy: "Retain" } });
  });
});

describe("owners", () => {
  test("may declare a connection in a namespace with the label, and verify its certificate", async () => {
    await cluster.create(connection(named("prod-a", storage)));
    const edit = cluster.patch("ontapconnections", storage, "prod-a", { spec: { resyncInterval: "5m" } });
    await expect(edit).resolves.toMatchObject({ spec: { resyncInterval: "5m" } });
  });

  test("may not in another namespace, nor move there to another array", async () => {
    const says = "OntapConnections need label ontap-iscsi.dev/connections on their namespace";
    await expect(cluster.create(connection(named("prod-b", tenant)))).rejects.toThrow(says);
    const moved = cluster.patch("ontapconnections", tenant, "elder", { spec: { endpoint: "https://elsewhere" } });
    await expect(moved).rejects.toThrow(says);
    await cluster.patch("ontapconnections", tenant, "elder", { metadata: { labels: { team: "a" } } });
  });

  test("may not skip verification", async () => {
    const insecure = connection(named("insecure", storage), { tls: { insecureSkipVerify: true } });
    await expect(cluster.create(insecure)).rejects.toThrow("spec.tls.insecureSkipVerify is forbidden in this cluster");
  });
});

describe("the operator", () => {
  test("adds and removes finalizers and writes status, with all policies on", async () => {
    await cluster.create(credential(named("worked-on", storage), throughStorage));
    const finalizers = ["ontap-iscsi.dev/iscsi-credential"];
    await operator.patch("iscsicredentials", storage, "worked-on", { metadata: { finalizers } });
    await cluster.patch("iscsicredentials", storage, "worked-on", { spec: { suspend: true } });
    const path = `/apis/ontap-iscsi.dev/v1alpha1/namespaces/${storage}/iscsicredentials/worked-on/status`;
    const body = { status: { observedGeneration: 2 } };
    await operator.send({ method: "PATCH", path, contentType: "application/merge-patch+json", body });
    await expect(
      cluster.send({ method: "PATCH", path, contentType: "application/merge-patch+json", body }),
    ).rejects.toThrow("status is written by the operator alone");
    await operator.patch("iscsicredentials", storage, "worked-on", { metadata: { finalizers: null } });
  });

  test.each([
    ["iscsicredentials", credential(named("theirs", storage), throughStorage), { suspend: true }],
    ["ontapconnections", connection(named("theirs", storage)), { endpoint: "https://stolen.example.com" }],
  ])("never changes a spec of %s, also for one that has its token", async (resource, object, spec) => {
    await cluster.create(object);
    await expect(operator.patch(resource, storage, "theirs", { spec })).rejects.toThrow("never changes a spec");
  });
});

test("a user presets no finalizer of ours, but keeps what is there and removes it", async () => {
  const finalizers = ["ontap-iscsi.dev/iscsi-credential"];
  const says = "metadata.finalizers: only the operator adds finalizers of ontap-iscsi.dev";
  await expect(cluster.create(credential(named("preset", storage, { finalizers })))).rejects.toThrow(says);
  await cluster.create(credential(named("late", storage, { finalizers: ["example.com/other"] })));
  await expect(cluster.patch("iscsicredentials", storage, "late", { metadata: { finalizers } })).rejects.toThrow(says);
  await operator.patch("iscsicredentials", storage, "late", { metadata: { finalizers } });
  await cluster.patch("iscsicredentials", storage, "late", { spec: { suspend: true } });
  await cluster.patch("iscsicredentials", storage, "late", { metadata: { finalizers: null } });
});
