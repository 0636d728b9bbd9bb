import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { createKubectl } from "../../tools/controlplane/kubectl.ts";
import type { KubeObject } from "../../tools/harness/cluster.ts";

/** Overlays as a platform team writes them, built by kubectl and taken by the API server. */

const deploy = new URL("../../deploy", import.meta.url).pathname;
const kubectl = createKubectl(inject("kubectlPath"), inject("adminKubeconfig"));

/** Builds the overlay `main` of these kustomizations; `deploy/` in them stands for the folder of the product. */
async function build(files: Readonly<Record<string, object>>): Promise<readonly KubeObject[]> {
  const folder = await mkdtemp(join(tmpdir(), "overlay-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    // kustomize wants relative paths.
    await writeFile(path, stringify(content).replaceAll("deploy/", `${relative(dirname(path), deploy)}/`));
  }
  const { stdout, stderr } = await kubectl(["kustomize", join(folder, "main")]);
  expect(stderr).toBe("");
  return parseAllDocuments(stdout).map((document) => document.toJS() as KubeObject);
}

/** Creates each object as a dry run: the API server checks it as if it meant it. */
async function accepted(objects: readonly KubeObject[]): Promise<void> {
  const input = objects.map((object) => stringify(object)).join("---\n");
  const { stderr } = await kubectl(["apply", "--dry-run=server", "-f", "-"], { input });
  expect(stderr).toBe("");
}

const namesOf = (objects: readonly KubeObject[], kind: string): readonly string[] =>
  objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);

const shardOf = (name: string, connectionSelector: string): Readonly<Record<string, object>> => ({
  [`${name}/kustomization.yaml`]: {
    resources: ["shard.yaml", "deploy/workload"],
    components: ["deploy/components/shard"],
  },
  [`${name}/shard.yaml`]: {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `shard-${name}`, annotations: { "config.kubernetes.io/local-config": "true" } },
    data: { name, connectionSelector },
  },
});

test("each shard has a Deployment, pods and a Lease of its own", async () => {
  const objects = await build({
    "main/kustomization.yaml": { resources: ["deploy/common", "../a", "../rest"] },
    ...shardOf("a", "site=a,!test"),
    ...shardOf("rest", "!site"),
  });
  const names = ["ontap-iscsi-operator-a", "ontap-iscsi-operator-rest"];
  for (const kind of ["Deployment", "PodDisruptionBudget", "Role", "RoleBinding"]) {
    expect(namesOf(objects, kind)).toEqual(names);
  }
  expect(namesOf(objects, "ConfigMap")).toEqual([]);
  const deployments = objects.filter(({ kind }) => kind === "Deployment");
  expect(deployments.map(({ spec }) => (spec as Deployment).template.spec.containers[0]?.args)).toEqual([
    ["run", "--shard=a", "--connection-selector=site=a,!test"],
    ["run", "--shard=rest", "--connection-selector=!site"],
  ]);
  const selectors = deployments.map(
    ({ spec }) => (spec as Deployment).selector.matchLabels["app.kubernetes.io/component"],
  );
  expect(selectors).toEqual(["shard-a", "shard-rest"]);
  const roles = objects.filter(({ kind }) => kind === "Role") as unknown as readonly Role[];
  expect(roles.map(({ rules }) => rules[1]?.resourceNames)).toEqual(names.map((name) => [name]));
  await accepted(objects);
});

test("another namespace and another image need no edit of deploy/", async () => {
  const objects = await build({
    "main/kustomization.yaml": {
      namespace: "storage-system",
      resources: ["deploy/"],
      images: [{ name: "ontap-iscsi-operator", newName: "registry.example.com/ontap-iscsi-operator", newTag: "1.2.3" }],
    },
  });
  const text = JSON.stringify(objects);
  expect(text).toContain('"image":"registry.example.com/ontap-iscsi-operator:1.2.3"');
  expect(text).not.toContain('"namespace":"ontap-iscsi-operator"');
  expect(namesOf(objects, "Namespace")).toEqual(["storage-system"]);
});

test("a list of namespaces is served with a Role in each instead of the ClusterRole, by shards as well", async () => {
  const served = ["payroll", "web"];
  const objects = await build({
    "main/kustomization.yaml": {
      resources: ["namespaces.yaml", "deploy/common", "../a", "../rest", "../payroll", "../web"],
      components: ["deploy/components/namespaces"],
    },
    "main/namespaces.yaml": {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "served-namespaces", annotations: { "config.kubernetes.io/local-config": "true" } },
      data: { namespaces: served.join(",") },
    },
    ...shardOf("a", "site=a"),
    ...shardOf("rest", "!site"),
    ...Object.fromEntries(
      served.map((namespace) => [
        `${namespace}/kustomization.yaml`,
        { namespace, resources: ["deploy/served-namespace"] },
      ]),
    ),
  });
  const bindings = objects.filter(({ kind, metadata }) => kind === "RoleBinding" && metadata.name.endsWith(".served"));
  expect(bindings.map(({ metadata }) => metadata.namespace)).toEqual(served);
  for (const { subjects } of bindings) {
    expect(subjects).toEqual([
      { kind: "ServiceAccount", name: "ontap-iscsi-operator", namespace: "ontap-iscsi-operator" },
    ]);
  }
  expect(namesOf(objects, "ClusterRoleBinding")).toEqual([]);
  // Those for people remain.
  expect(namesOf(objects, "ClusterRole")).not.toContain("ontap-iscsi-operator");
  const containers = objects
    .filter(({ kind }) => kind === "Deployment")
    .map(({ spec }) => (spec as Deployment).template.spec.containers[0]);
  expect(containers).toHaveLength(2);
  for (const container of containers) {
    expect(container?.env).toContainEqual({ name: "ONTAP_ISCSI_NAMESPACES", value: "payroll,web" });
  }
});

test("the Role of a served namespace goes where kubectl is told", async () => {
  const args = ["apply", "-n", "default", "-k", join(deploy, "served-namespace"), "--dry-run=server", "-o", "name"];
  const { stdout, stderr } = await kubectl(args);
  expect(stderr).toBe("");
  expect(stdout.trim().split("\n")).toEqual([
    "role.rbac.authorization.k8s.io/ontap-iscsi-operator.served",
    "rolebinding.rbac.authorization.k8s.io/ontap-iscsi-operator.served",
  ]);
});

test("monitoring, its tokens and the network policy are components that one adds", async () => {
  const components = ["monitoring", "metrics-auth", "network-policy"].map((name) => `deploy/components/${name}`);
  const objects = await build({ "main/kustomization.yaml": { resources: ["deploy/"], components } });
  expect(namesOf(objects, "PodMonitor")).toEqual(["ontap-iscsi-operator"]);
  expect(namesOf(objects, "PrometheusRule")).toEqual(["ontap-iscsi-operator"]);
  const dashboard = objects.find(({ kind }) => kind === "ConfigMap") as unknown as { data: Record<string, string> };
  expect(JSON.parse(dashboard.data["ontap-iscsi-operator.json"] ?? "")).toMatchObject({ uid: "ontap-iscsi-operator" });
  const foreign = "monitoring.coreos.com/v1";
  await accepted(objects.filter(({ apiVersion }) => apiVersion !== foreign));
});

interface Deployment {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly template: {
    readonly spec: {
      readonly containers: readonly { readonly args: readonly string[]; readonly env: readonly object[] }[];
    };
  };
}

interface Role {
  readonly rules: readonly { readonly resourceNames?: readonly string[] }[];
}
