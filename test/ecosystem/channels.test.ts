import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/std/clock.ts";
import { type Simulator, startSimulator } from "../../src/simulator/start.ts";
import { createProgress } from "../../tools/controlplane/progress.ts";
import { type ControlPlane, startControlPlane } from "../../tools/controlplane/start.ts";
import { findTool } from "../../tools/ecosystem/tools.ts";
import { type Cluster, connect, eventually, type KubeObject } from "../../tools/harness/cluster.ts";
import { type Kubelet, startKubelet } from "../../tools/harness/kubelet.ts";

/**
 * From nothing to the first credential on the array, by each way to install; pods are run by a stand-in for kubelet, so that
 * what waits for a Deployment waits for the product itself.
 */

const root = new URL("../../", import.meta.url).pathname;
const chart = join(root, "charts/ontap-iscsi-operator");
const product = "ontap-iscsi-operator";
const password = "array-login-password";
const execute = promisify(execFile);

let helmPath: string;
let home: string;
let controlPlane: ControlPlane;
let cluster: Cluster;
let kubelet: Kubelet;
let array: Simulator;

beforeAll(async () => {
  helmPath = await findTool("helm", { env: process.env, progress: createProgress(process.stderr) });
  home = await mkdtemp(join(tmpdir(), "helm-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

beforeEach(async () => {
  controlPlane = await startControlPlane({ workloads: true });
  cluster = await connect(controlPlane.adminKubeconfig);
  kubelet = startKubelet(controlPlane, cluster);
  array = await startSimulator(
    { svms: [{ name: "svm1" }], logins: [{ user: "admin", password }] },
    { clock: systemClock },
  );
});
afterEach(async () => {
  await kubelet.stop();
  await array.stop();
  await cluster.close();
  await controlPlane.stop();
});

async function helm(...args: readonly string[]): Promise<void> {
  const env = { PATH: process.env["PATH"], HOME: home, KUBECONFIG: controlPlane.adminKubeconfig };
  await execute(helmPath, [...args, "--namespace", product], { env });
}

async function kubectl(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await controlPlane.kubectl(args);
  expect({ args, exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ args, exitCode: 0, stderr: "" });
  return stdout;
}

const initiator = "iqn.1994-05.com.redhat:host";
const heldByArray = async (): Promise<object | undefined> =>
  (await array.sideDoor.credentials()).find((credential) => credential.initiator === initiator);

/** Declares an array and one credential on it, and waits until the array has it. */
async function firstCredential(labels: Readonly<Record<string, string>> = {}): Promise<void> {
  const namespace = "storage";
  await cluster.create({ kind: "Namespace", metadata: { name: namespace } });
  const stringData = { username: "admin", password };
  const objects: readonly KubeObject[] = [
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "login", namespace },
      type: "kubernetes.io/basic-auth",
      stringData,
    },
    {
      apiVersion: "ontap-iscsi.dev/v1alpha1",
      kind: "OntapConnection",
      metadata: { name: "array", namespace, labels },
      spec: { endpoint: array.url, auth: { basic: { secretRef: { name: "login" } } }, tls: { caBundle: array.caPem } },
    },
    {
      apiVersion: "ontap-iscsi.dev/v1alpha1",
      kind: "IscsiCredential",
      metadata: { name: "host", namespace },
      spec: {
        connectionRef: { name: "array" },
        svm: { name: "svm1" },
        initiator,
        authenticationType: "deny",
      },
    },
  ];
  for (const object of objects) {
    // A definition takes a moment until its kind is served.
    await eventually(() => cluster.create(object).catch(() => undefined), `${object.kind} is accepted`);
  }
  await kubectl("wait", "-n", namespace, "--for=condition=Ready", "iscsicredential/host", "--timeout=60s");
  expect(await heldByArray()).toMatchObject({ authenticationType: "deny" });
}

const within = 60_000;

/** Says how long an installation took from its first command to the first credential that is Ready; fails beyond a minute. */
function tell(channel: string, startMs: number): void {
  const tookMs = performance.now() - startMs;
  process.stdout.write(`${channel}: from the first command to the first Ready in ${(tookMs / 1000).toFixed(1)} s\n`);
  expect(tookMs).toBeLessThan(within);
}

test("by deploy/try, without an array: the simulator plays one, and a minute later at most its credential is there", async () => {
  const startMs = performance.now();
  await kubectl("apply", "-k", join(root, "crds"));
  await kubectl("apply", "-k", join(root, "deploy/try"));
  // What the Service and the cluster's DNS would do.
  const address = await eventually(
    () => Promise.resolve(kubelet.addressOf("ontap-simulator")),
    "the simulator listens",
  );
  await cluster.patch("ontapconnections", "ontap-try", "array", { spec: { endpoint: `https://${address}` } });
  await kubectl("wait", "-n", "ontap-try", "--for=condition=Ready", "iscsicredential/node-a", "--timeout=60s");
  tell("deploy/try", startMs);
  await kubectl("rollout", "status", "-n", "ontap-try", "deployment/ontap-simulator", "--timeout=60s");
});

test("by kubectl: apply, and a minute later at most the array has the first credential", async () => {
  const startMs = performance.now();
  await kubectl("apply", "-k", join(root, "crds"));
  await kubectl("apply", "-k", join(root, "deploy"));
  await firstCredential();
  tell("kubectl", startMs);
  await kubectl("rollout", "status", "-n", product, `deployment/${product}`, "--timeout=60s");
  const { stdout } = await controlPlane.kubectl([
    "get",
    "lease",
    "-n",
    product,
    product,
    "-o",
    "jsonpath={.spec.holderIdentity}",
  ]);
  expect(stdout).toMatch(new RegExp(`^${product}-`));
});

test("by Helm: --wait waits for pods that are ready, an upgrade replaces them one by one, an uninstall waits for the objects", async () => {
  const startMs = performance.now();
  await helm("install", product, chart, "--create-namespace", "--wait", "--timeout=90s");
  await firstCredential();
  tell("Helm", startMs);

  const pods = async (): Promise<readonly string[]> =>
    (await kubectl("get", "pods", "-n", product, "-o", "name")).trim().split("\n");
  const before = await pods();
  expect(before).toHaveLength(2);
  await helm(
    "upgrade",
    product,
    chart,
    "--reuse-values",
    "--set",
    "podAnnotations.rollout=again",
    "--wait",
    "--timeout=90s",
  );
  await eventually(async () => ((await pods()).length === 2 ? true : undefined), "the old pods are gone", within);
  expect((await pods()).filter((pod) => before.includes(pod))).toEqual([]);

  await expect(helm("uninstall", product, "--wait", "--timeout=60s")).rejects.toThrow(
    "uninstall-check not ready. status: Failed",
  );
  const check = `app.kubernetes.io/name=${product}-uninstall-check`;
  const message = "jsonpath={.items[*].status.containerStatuses[0].state.terminated.message}";
  expect(await kubectl("get", "pods", "-n", product, "-l", check, "-o", message)).toContain(
    "IscsiCredential storage/host has a finalizer of the operator",
  );
  await kubectl("delete", "iscsicredentials,ontapconnections", "-n", "storage", "--all");
  await helm("uninstall", product, "--wait", "--timeout=60s");
  await eventually(
    async () => ((await kubectl("get", "pods", "-n", product, "-o", "name")) === "" ? true : undefined),
    "no pod is left",
    within,
  );
});

test("by Helm with shards: the one that selects the connection serves it, and says so by its Lease", async () => {
  const shards = [
    { name: "a", connectionSelector: "site=a" },
    { name: "rest", connectionSelector: "!site" },
  ];
  await helm(
    "install",
    product,
    chart,
    "--create-namespace",
    "--wait",
    "--timeout=90s",
    "--set-json",
    `shards=${JSON.stringify(shards)}`,
    "--set",
    "replicas=1",
  );
  await firstCredential({ site: "a" });
  const leases = await kubectl("get", "lease", "-n", product, "-o", "jsonpath={.items[*].spec.holderIdentity}");
  expect(leases).toMatch(new RegExp(`^${product}-a-\\S+ ${product}-rest-\\S+$`));
  const write = (await array.sideDoor.requests()).find(({ method }) => method === "POST");
  expect(write?.userAgent).toContain(`${product}-a-`);
});

test("by Helm with metricsAuth: the token that Prometheus gets reads the metrics, and no other does", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const flags = ["--create-namespace", "--wait", "--timeout=90s", "--set=replicas=1", "--set=metricsAuth.enabled=true"];
  await helm("install", product, chart, ...flags, `--set-json=extraArgs=["--listen=${address}"]`);
  const statusFor = async (account: string): Promise<number> => {
    const token = (await kubectl("create", "token", "-n", product, account)).trim();
    return (await fetch(`http://${address}/metrics`, { headers: { authorization: `Bearer ${token}` } })).status;
  };
  expect(await statusFor(`${product}-metrics-reader`)).toBe(200);
  expect(await statusFor(product)).toBe(403);
  expect((await fetch(`http://${address}/metrics`)).status).toBe(401);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
