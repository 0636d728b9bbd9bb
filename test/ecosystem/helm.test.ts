import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { isDeepStrictEqual, promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { parse, parseAllDocuments, stringify } from "yaml";
import { findBinaries } from "../../tools/controlplane/binaries.ts";
import { createProgress } from "../../tools/controlplane/progress.ts";
import { type ControlPlane, startControlPlane } from "../../tools/controlplane/start.ts";
import { findTool } from "../../tools/ecosystem/tools.ts";
import { type Cluster, connect, eventually, type KubeObject } from "../../tools/harness/cluster.ts";
import { install } from "../../tools/harness/install.ts";

/** The chart, by the real Helm, against a real API server. There is no kubelet: nothing here waits for a pod. */

const root = new URL("../../", import.meta.url).pathname;
const chart = join(root, "charts/ontap-iscsi-operator");
const product = "ontap-iscsi-operator";

let helmPath: string;
let home: string;

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs helm, untouched by the user's own configuration; with a cluster if there is one. */
function helm(args: readonly string[], kubeconfig = join(home, "none")): Promise<Said> {
  const env = { PATH: process.env["PATH"], HOME: home, KUBECONFIG: kubeconfig };
  const { promise, resolve } = Promise.withResolvers<Said>();
  execFile(helmPath, args, { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
  });
  return promise;
}

beforeAll(async () => {
  helmPath = await findTool("helm", { env: process.env, progress: createProgress(process.stderr) });
  home = await mkdtemp(join(tmpdir(), "helm-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const settings = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([path, value]) => ["--set-json", `${path}=${value}`]);

async function rendered(
  values: Readonly<Record<string, string>> = {},
  release = product,
): Promise<readonly KubeObject[]> {
  const args = ["template", release, chart, "--namespace", product, ...settings(values)];
  const { code, stdout, stderr } = await helm(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
}

/** What kubectl builds of deploy/ and these components in it. */
async function kustomized(...components: readonly string[]): Promise<readonly KubeObject[]> {
  const folder = await mkdtemp(join(home, "overlay-"));
  // kustomize wants relative paths.
  const deploy = relative(folder, join(root, "deploy"));
  const overlay = { resources: [deploy], components: components.map((name) => join(deploy, name)) };
  await writeFile(join(folder, "kustomization.yaml"), stringify(overlay));
  return built(folder);
}

/** What `kubectl apply -k` applies. */
async function built(folder: string): Promise<readonly KubeObject[]> {
  const { kubectl } = await findBinaries({ env: process.env, progress: createProgress(process.stderr) });
  const { stdout } = await promisify(execFile)(kubectl, ["kustomize", folder], { maxBuffer: 2 ** 26 });
  return parseAllDocuments(stdout).map((document) => document.toJS() as KubeObject);
}

/** The objects that were not there before, or not like this. */
const differences = (before: readonly KubeObject[], after: readonly KubeObject[]): readonly KubeObject[] =>
  after
    .filter((object) => !before.some((old) => isDeepStrictEqual(old, object)))
    .toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1));

const idOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.name}`;
const find = (objects: readonly KubeObject[], id: string): KubeObject => {
  const found = objects.find((object) => idOf(object) === id);
  if (found === undefined) throw new Error(`no ${id} among ${objects.map(idOf).join(", ")}`);
  return found;
};

interface Workload {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly serviceAccountName: string;
      readonly securityContext: object;
      readonly containers: readonly {
        readonly image: string;
        readonly args: readonly string[];
        readonly env: readonly object[];
      }[];
    };
  };
}
const workloadIn = (objects: readonly KubeObject[], name: string): Workload =>
  find(objects, `Deployment ${name}`)["spec"] as Workload;

describe("the chart", () => {
  test.each([
    ["operator", chart],
    ["definitions", join(chart, "charts", `${product}-crds`)],
  ])("of the %s passes helm lint", async (_, folder) => {
    const { code, stdout } = await helm(["lint", "--strict", folder]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
  });

  test("with its defaults is what kubectl applies, object by object", async () => {
    const applied = await kustomized();
    const fromChart = await rendered();
    for (const object of applied) {
      // The namespace is made by `helm install --create-namespace`.
      if (object.kind === "Namespace") continue;
      expect(find(fromChart, idOf(object))).toEqual(object);
    }
    for (const file of ["iscsicredentials.yaml", "ontapconnections.yaml"]) {
      const definition = parse(await readFile(join(root, "crds", file), "utf8")) as KubeObject;
      const { annotations, ...metadata } = definition.metadata;
      const kept = { ...annotations, "helm.sh/resource-policy": "keep" };
      expect(find(fromChart, idOf(definition))).toEqual({
        ...definition,
        metadata: { ...metadata, annotations: kept },
      });
    }
    const more = fromChart.map(idOf).filter((id) => !applied.some((object) => idOf(object) === id));
    expect(more.toSorted()).toEqual([
      "CustomResourceDefinition iscsicredentials.ontap-iscsi.dev",
      "CustomResourceDefinition ontapconnections.ontap-iscsi.dev",
      `Job ${product}-uninstall-check`,
      `Pod ${product}-test`,
    ]);
  });

  test.each([
    {
      value: "metricsAuth.enabled",
      folder: "components/metrics-auth",
      values: { "monitoring.podMonitor.enabled": "true" },
      beside: ["components/monitoring"],
    },
    { value: "policies.enabled", folder: "policies" },
    { value: "policies.evidence", folder: "policies/evidence" },
  ])("with $value changes as much as kubectl's manifests do with $folder", async (component) => {
    const { value, folder, values = {}, beside = [] } = component;
    const [chartBefore, chartAfter] = [await rendered(values), await rendered({ ...values, [value]: "true" })];
    const [plainBefore, plainAfter] = [await kustomized(...beside), await kustomized(...beside, folder)];
    const change = differences(plainBefore, plainAfter);
    expect(change.length).toBeGreaterThan(1);
    expect(differences(chartBefore, chartAfter)).toEqual(change);
  });

  test("has policies for the ServiceAccount of its own release", async () => {
    const values = { "policies.enabled": "true", "policies.evidence": "true", "serviceAccount.name": '"mine"' };
    const policies = (await rendered(values)).filter(({ kind }) => kind === "ValidatingAdmissionPolicy");
    expect(policies).toHaveLength(5);
    for (const { spec } of policies) {
      expect(JSON.stringify((spec as { readonly matchConditions: object }).matchConditions)).toContain(
        `'system:serviceaccount:${product}:mine'`,
      );
    }
  });

  test("keeps the definitions at an uninstall unless told otherwise", async () => {
    const name = "CustomResourceDefinition iscsicredentials.ontap-iscsi.dev";
    const policy = "helm.sh/resource-policy";
    expect(find(await rendered(), name).metadata.annotations).toMatchObject({ [policy]: "keep" });
    const dropped = find(await rendered({ "crds.keep": "false" }), name).metadata.annotations;
    expect(dropped).not.toHaveProperty([policy]);
    const without = await rendered({ "crds.enabled": "false" });
    expect(without.filter(({ kind }) => kind === "CustomResourceDefinition")).toEqual([]);
  });

  test("has a Deployment and a Lease for each shard", async () => {
    const shards = [
      { name: "a", connectionSelector: "site=a,!test" },
      { name: "rest", connectionSelector: "!site" },
    ];
    const objects = await rendered({ shards: JSON.stringify(shards) });
    expect(objects.filter(({ kind }) => kind === "Deployment").map(idOf)).toEqual([
      `Deployment ${product}-a`,
      `Deployment ${product}-rest`,
    ]);
    expect(workloadIn(objects, `${product}-a`).template.spec.containers[0]?.args).toEqual([
      "run",
      "--shard=a",
      "--connection-selector=site=a,!test",
    ]);
    expect(find(objects, `Role ${product}-rest`)["rules"]).toMatchObject([{}, { resourceNames: [`${product}-rest`] }]);
    expect(workloadIn(objects, `${product}-rest`).selector.matchLabels["app.kubernetes.io/component"]).toBe(
      "shard-rest",
    );
  });

  test("serves a list of namespaces with a Role in each, and has nothing for the whole cluster", async () => {
    const objects = await rendered({ watchNamespaces: '["payroll", "web"]', "rbac.forPeople": "false" });
    expect(workloadIn(objects, product).template.spec.containers[0]?.args).toEqual(["run", "--namespaces=payroll,web"]);
    for (const kind of ["ClusterRole", "ClusterRoleBinding"]) {
      expect(objects.filter((object) => object.kind === kind)).toEqual([]);
    }
    for (const object of await built(join(root, "deploy/served-namespace"))) {
      for (const namespace of ["payroll", "web"]) {
        expect(objects).toContainEqual({ ...object, metadata: { ...object.metadata, namespace } });
      }
    }
  });

  test("takes an image by digest, a registry's login, and everything that a scheduler looks at", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const objects = await rendered({
      "image.repository": '"registry.example.com/operator"',
      "image.digest": JSON.stringify(digest),
      imagePullSecrets: '[{"name": "login"}]',
      nodeSelector: '{"kubernetes.io/os": "linux"}',
      tolerations: '[{"key": "dedicated", "operator": "Exists"}]',
      priorityClassName: '"system-cluster-critical"',
      extraArgs: '["--log-level=debug"]',
      extraEnv: '[{"name": "TZ", "value": "UTC"}]',
      podAnnotations: '{"note": "yes"}',
      podLabels: '{"team": "storage"}',
      commonLabels: '{"cost-centre": "42"}',
      "serviceAccount.annotations": '{"note": "1"}',
    });
    const { template, selector } = workloadIn(objects, product);
    expect(template.metadata).toMatchObject({
      annotations: { note: "yes" },
      labels: { team: "storage", "cost-centre": "42" },
    });
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    expect(template.spec).toMatchObject({
      imagePullSecrets: [{ name: "login" }],
      nodeSelector: { "kubernetes.io/os": "linux" },
      tolerations: [{ key: "dedicated", operator: "Exists" }],
      priorityClassName: "system-cluster-critical",
    });
    expect(template.spec.securityContext).not.toHaveProperty("runAsUser");
    expect(template.spec.containers[0]).toMatchObject({
      image: `registry.example.com/operator@${digest}`,
      args: ["run", "--log-level=debug"],
      env: [{ name: "POD_NAME" }, { name: "TZ", value: "UTC" }],
    });
    expect(find(objects, `ServiceAccount ${product}`).metadata.annotations).toEqual({ note: "1" });
  });

  test("leaves ServiceAccount and Roles to others if told so", async () => {
    const values = {
      "serviceAccount.create": "false",
      "serviceAccount.name": '"mine"',
      "rbac.create": "false",
      "rbac.forPeople": "false",
    };
    const objects = await rendered(values);
    const kinds = new Set(objects.map(({ kind }) => kind));
    for (const kind of ["ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"]) {
      expect(kinds).not.toContain(kind);
    }
    expect(workloadIn(objects, product).template.spec.serviceAccountName).toBe("mine");
  });

  test.each([
    { status: 200, exitCode: 0 },
    { status: 503, exitCode: 1 },
  ])(
    "has a test pod whose program ends with $exitCode when the operator answers $status",
    async ({ status, exitCode }) => {
      const server = createServer((request, response) => response.writeHead(status).end(request.url)).listen(
        0,
        "127.0.0.1",
      );
      onTestFinished(() => void server.close());
      await once(server, "listening");
      const { containers } = find(await rendered(), `Pod ${product}-test`)["spec"] as {
        readonly containers: readonly { readonly command: readonly string[] }[];
      };
      const [, ...args] = containers[0]?.command ?? [];
      const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const local = args.map((arg) => arg.replace(`${product}-metrics:8080`, address));
      const child = spawn(process.execPath, local, { stdio: ["ignore", "pipe", "inherit"] });
      expect(await text(child.stdout)).toBe("/readyz?verbose\n");
      expect(child.exitCode ?? ((await once(child, "exit")) as [number])[0]).toBe(exitCode);
    },
  );

  test("names its objects by the release", async () => {
    const names = (await rendered({}, "blue")).filter(({ kind }) => kind === "Deployment").map(idOf);
    expect(names).toEqual([`Deployment blue-${product}`]);
  });

  test.each([
    { because: "a name that does not exist", values: { replica: "3" }, says: "replica" },
    { because: "a wrong type", values: { replicas: '"two"' }, says: "/replicas" },
    { because: "a digest that is none", values: { "image.digest": '"latest"' }, says: "/image/digest" },
    { because: "a shard without a selector", values: { shards: '[{"name": "a"}]' }, says: "connectionSelector" },
    { because: "what is not a namespace", values: { watchNamespaces: '["A"]' }, says: "/watchNamespaces/0" },
    { because: "a value of the definitions' chart", values: { "crds.keeep": "true" }, says: "keeep" },
  ])("refuses $because", async ({ values, says }) => {
    const { code, stderr } = await helm(["template", product, chart, ...settings(values)]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(says);
  });
});

describe("a cluster", () => {
  let controlPlane: ControlPlane;
  let cluster: Cluster;
  beforeAll(async () => {
    controlPlane = await startControlPlane({ controllerManager: true });
    cluster = await connect(controlPlane.adminKubeconfig);
  });
  afterAll(async () => {
    await cluster.close();
    await controlPlane.stop();
  });

  const inCluster = (...args: readonly string[]): Promise<Said> => helm(args, controlPlane.adminKubeconfig);
  async function succeeds(...args: readonly string[]): Promise<Said> {
    const said = await inCluster(...args);
    expect({ args, code: said.code, stderr: said.code === 0 ? "" : said.stderr }).toEqual({
      args,
      code: 0,
      stderr: "",
    });
    return said;
  }
  const at = ["--namespace", product, "--create-namespace"] as const;
  const connection = {
    apiVersion: "ontap-iscsi.dev/v1alpha1",
    kind: "OntapConnection",
    metadata: { name: "array", namespace: "default" },
    spec: { endpoint: "https://array.example.com", auth: { basic: { secretRef: { name: "login" } } } },
  };

  /** Leaves the cluster as it was. */
  async function clean(): Promise<void> {
    await inCluster("uninstall", product, "--namespace", product, "--ignore-not-found", "--no-hooks");
    await controlPlane.kubectl(["delete", "--ignore-not-found", "-k", join(root, "deploy")]);
    await controlPlane.kubectl(["delete", "--ignore-not-found", "-k", join(root, "crds")]);
    await eventually(async () => {
      const { exitCode } = await controlPlane.kubectl(["get", "namespace", product]);
      return exitCode === 0 ? undefined : true;
    }, "the namespace is gone");
  }

  test("gets all of it, is told the next step, upgrades, and keeps objects at an uninstall", async () => {
    onTestFinished(clean);
    const { stdout } = await succeeds("install", product, chart, ...at);
    expect(stdout).toContain(`kubectl rollout status -n ${product} deployment/${product}`);
    await eventually(() => cluster.create(connection).catch(() => undefined), "an OntapConnection is accepted");

    await succeeds(
      "upgrade",
      product,
      chart,
      "--namespace",
      product,
      "--wait=hookOnly",
      "--set",
      "replicas=3",
      "--set",
      "networkPolicy.enabled=true",
    );
    const { stdout: replicas } = await controlPlane.kubectl([
      "get",
      "-n",
      product,
      `deploy/${product}`,
      "-o",
      "jsonpath={.spec.replicas}",
    ]);
    expect(replicas).toBe("3");

    // Without a kubelet no Job ends.
    await succeeds("uninstall", product, "--namespace", product, "--no-hooks");
    expect(await cluster.get("ontapconnections", "default", "array")).toBeDefined();
    expect((await controlPlane.kubectl(["get", "-n", product, `deploy/${product}`])).stderr).toContain("not found");

    // What was kept belongs to the release of this name, which may come again.
    await succeeds("install", product, chart, ...at);
    await cluster.delete("ontapconnections", "default", "array");
  });

  test("has one installation: Helm refuses a second one and names the first", async () => {
    onTestFinished(clean);
    await succeeds("install", product, chart, ...at);
    const { code, stderr } = await inCluster(
      "install",
      "second",
      chart,
      "--namespace",
      "elsewhere",
      "--create-namespace",
      "--wait=hookOnly",
      "--set",
      "crds.enabled=false",
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain(`ClusterRoleBinding "${product}" in namespace "" exists and cannot be imported`);
    expect(stderr).toContain(`current value is "${product}"`);
  });

  test("goes from kubectl to Helm without a gap: the Deployment stays the same object", async () => {
    onTestFinished(clean);
    await install(controlPlane.kubectl);
    const uid = async (): Promise<string> =>
      (await controlPlane.kubectl(["get", "-n", product, `deploy/${product}`, "-o", "jsonpath={.metadata.uid}"]))
        .stdout;
    const before = await uid();
    expect(before).not.toBe("");
    const refused = await inCluster("install", product, chart, "--namespace", product);
    expect(refused.stderr).toContain("invalid ownership metadata");
    await succeeds(
      "install",
      product,
      chart,
      "--namespace",
      product,
      "--wait=hookOnly",
      "--take-ownership",
      "--force-conflicts",
    );
    expect(await uid()).toBe(before);
  });
});
