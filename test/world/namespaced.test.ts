import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import type { Simulator } from "../../src/simulator/start.ts";
import { createKubectl } from "../../tools/controlplane/kubectl.ts";
import { operatorRequests } from "../../tools/harness/audit.ts";
import { startOperatorProcess, startProduct, type OperatorProcess } from "../../tools/harness/process.ts";
import { aPlace, chapFrom, conditionOf, connect, eventually, startArray, untilGone, type Place } from "./harness.ts";
import type { Cluster, KubeObject } from "../../tools/harness/cluster.ts";

/** `--namespaces`: the product as a process, with the generated Roles of the namespaces that it serves and no ClusterRole. */

const root = new URL("../../", import.meta.url).pathname;
const product = "ontap-iscsi-operator";
const operatorNamespace = `scoped-${process.pid}`;
const operatorUser = `system:serviceaccount:${operatorNamespace}:${product}`;
const kubectl = createKubectl(inject("kubectlPath"), inject("adminKubeconfig"));
let cluster: Cluster;
let array: Simulator;
let pod: Readonly<Record<string, string>>;

async function apply(file: string, namespace: string): Promise<void> {
  const text = await readFile(join(root, "deploy", file), "utf8");
  const input = text.replaceAll(`namespace: ${product}`, `namespace: ${operatorNamespace}`);
  const { exitCode, stderr } = await kubectl(["apply", "-n", namespace, "-f", "-"], { input });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
}

/** What an administrator applies for each namespace of the list. */
const serve = (namespace: string): Promise<void> => apply("served-namespace/rbac.yaml", namespace);

/** The environment of a pod of the operator in its own namespace, whose ServiceAccount has no right anywhere else yet. */
async function podIn(namespace: string): Promise<Readonly<Record<string, string>>> {
  const installed = inject("operatorPod");
  const mount = await mkdtemp(join(tmpdir(), "scoped-pod-"));
  const { stdout } = await kubectl(["create", "token", product, "-n", namespace, "--duration=1h"]);
  const ca = await readFile(join(installed["ONTAP_ISCSI_SERVICE_ACCOUNT_FOLDER"] ?? "", "ca.crt"));
  await Promise.all([
    writeFile(join(mount, "token"), stdout.trim()),
    writeFile(join(mount, "namespace"), namespace),
    writeFile(join(mount, "ca.crt"), ca),
  ]);
  return { ...installed, ONTAP_ISCSI_SERVICE_ACCOUNT_FOLDER: mount };
}

/** A kubeconfig of a person who may do everything in this namespace, and nothing elsewhere. */
async function personIn(namespace: string): Promise<string> {
  await kubectl(["create", "serviceaccount", "person", "-n", namespace]);
  const subject = `--serviceaccount=${namespace}:person`;
  await kubectl(["create", "rolebinding", "person", "-n", namespace, "--clusterrole=cluster-admin", subject]);
  const { stdout: token } = await kubectl(["create", "token", "person", "-n", namespace]);
  const installed = JSON.parse(await readFile(inject("operatorKubeconfig"), "utf8")) as { users: object[] };
  const folder = await mkdtemp(join(tmpdir(), "person-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "kubeconfig");
  const [user] = installed.users;
  await writeFile(path, JSON.stringify({ ...installed, users: [{ ...user, user: { token: token.trim() } }] }));
  return path;
}

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
  array = await startArray();
  await cluster.create({ kind: "Namespace", metadata: { name: operatorNamespace } });
  await kubectl(["create", "serviceaccount", product, "-n", operatorNamespace]);
  await apply("workload/lease.yaml", operatorNamespace);
  pod = await podIn(operatorNamespace);
});
afterAll(async () => {
  await rm(pod["ONTAP_ISCSI_SERVICE_ACCOUNT_FOLDER"] ?? "", { recursive: true, force: true });
  await array.stop();
  await cluster.close();
});

const flagFor = (...places: readonly Place[]): string =>
  `--namespaces=${places.map(({ namespace }) => namespace).join(",")}`;

/** The operator for these places, until the test ends. */
async function operatorFor(...places: readonly Place[]): Promise<OperatorProcess> {
  for (const { namespace } of places) await serve(namespace);
  const operator = await startOperatorProcess(pod, [flagFor(...places)]);
  onTestFinished(async () => void (await operator.end("SIGTERM")));
  return operator;
}

/** A grant that lets the other place do everything, if it is one of these namespaces. */
const grantTo = (namespaces: object): object => ({ grants: [{ namespaces, svms: ["*"], initiators: ["*"] }] });

/** A credential that goes through the connection of another place. */
async function through(place: Place, owner: Place, name: string): Promise<KubeObject> {
  await place.createSecret(name, { username: name, password: `password-of-${name}-1` }, "kubernetes.io/basic-auth");
  return place.createCredential(name, {
    ...chapFrom(name),
    connectionRef: { name: "array", namespace: owner.namespace },
  });
}

describe("with the generated Roles of two namespaces", () => {
  test("both reach the array, a third is untouched, and nothing is asked of the whole cluster", async () => {
    const owner = await aPlace({ cluster, array });
    const tenant = await aPlace({ cluster, array });
    const outside = await aPlace({ cluster, array });
    await owner.edit("ontapconnections", "array", { spec: grantTo({ names: [tenant.namespace] }) });
    const operator = await operatorFor(owner, tenant);
    await through(owner, owner, "own");
    await through(tenant, owner, "granted");
    const unseen = await through(outside, outside, "unseen");

    await owner.untilReady("own");
    await tenant.untilReady("granted");
    expect((await owner.stored("own"))?.inbound).toEqual({ user: "own", password: "password-of-own-1" });
    expect((await tenant.stored("granted"))?.inbound?.user).toBe("granted");

    await tenant.edit("secrets", "granted", { stringData: { password: "password-of-granted-2" } });
    await eventually(
      async () => ((await tenant.stored("granted"))?.inbound?.password === "password-of-granted-2" ? true : undefined),
      "the array has the rotated password",
    );

    await cluster.delete("iscsicredentials", owner.namespace, "own");
    await untilGone(owner, "own");
    expect(await owner.stored("own")).toBeUndefined();

    expect(await outside.credential("unseen")).toEqual(unseen);
    expect(await outside.stored("unseen")).toBeUndefined();

    const events = await eventually(async () => {
      const seen = await cluster.list("events", tenant.namespace);
      return seen.length > 0 ? seen : undefined;
    }, "Events are written beside their objects");
    expect(events.map(({ metadata }) => metadata.namespace)).toContain(tenant.namespace);

    expect(await (await fetch(`${operator.url}/livez?verbose`)).text()).toContain(
      `[+]watch-${tenant.namespace}/secrets ok`,
    );
    const requests = await operatorRequests(inject("auditLogPath"), operatorUser);
    const served = new Set([operatorNamespace, owner.namespace, tenant.namespace]);
    // What is no resource, such as /openapi, every client may read.
    const ofResources = requests.filter(({ resource }) => resource !== "");
    const beyond = [
      ...ofResources.filter(({ namespace }) => !served.has(namespace ?? "")),
      ...requests.filter(({ status }) => status === 403),
    ];
    expect(requests.length).toBeGreaterThan(20);
    expect(beyond).toEqual([]);
    expect(operator.lines.filter((line) => line.includes("may not"))).toEqual([]);
  });

  test("a grant by a selector is NotGranted, and says why in the words for a connection that is not there", async () => {
    const owner = await aPlace({ cluster, array }, grantTo({ selector: { matchLabels: { team: "tenant" } } }));
    const tenant = await aPlace({ cluster, array });
    const outside = await aPlace({ cluster, array }, grantTo({ names: [tenant.namespace] }));
    await kubectl(["label", "namespace", tenant.namespace, "team=tenant"]);
    await operatorFor(owner, tenant);
    await through(tenant, owner, "by-label");
    await through(tenant, outside, "beyond");

    for (const [name, { namespace }] of [
      ["by-label", owner],
      ["beyond", outside],
    ] as const) {
      const denied = await tenant.untilReady(name, "NotGranted");
      expect(conditionOf(denied, "Ready")?.message).toBe(
        `OntapConnection ${namespace}/array is not in a namespace that this operator serves (--namespaces), or does not grant to this one by names; it reads no labels for a selector. Ask the owner of the connection to change its spec.grants.`,
      );
      expect(await tenant.stored(name)).toBeUndefined();
    }

    await owner.edit("ontapconnections", "array", {
      spec: grantTo({ selector: { matchLabels: { "kubernetes.io/metadata.name": tenant.namespace } } }),
    });
    await tenant.untilReady("by-label");
  });

  test("a namespace that is deleted and made again goes on, and the others never stop", async () => {
    const owner = await aPlace({ cluster, array });
    const tenant = await aPlace({ cluster, array });
    await owner.edit("ontapconnections", "array", { spec: grantTo({ names: [tenant.namespace] }) });
    const operator = await operatorFor(owner, tenant);
    await through(tenant, owner, "before");
    await tenant.untilReady("before");

    await cluster.delete("iscsicredentials", tenant.namespace, "before");
    await untilGone(tenant, "before");
    const path = `/api/v1/namespaces/${tenant.namespace}`;
    await cluster.delete("ontapconnections", tenant.namespace, "array");
    await cluster.send({ method: "DELETE", path });
    await eventually(async () => {
      const { exitCode } = await kubectl(["get", "namespace", tenant.namespace]);
      return exitCode === 0 ? undefined : true;
    }, "the namespace is gone");
    await through(owner, owner, "meanwhile");
    await owner.untilReady("meanwhile");

    await cluster.create({ kind: "Namespace", metadata: { name: tenant.namespace } });
    await serve(tenant.namespace);
    await through(tenant, owner, "after");
    await tenant.untilReady("after");
    expect((await tenant.stored("after"))?.inbound?.password).toBe("password-of-after-1");
    expect(operator.running()).toBe(true);
    expect((await fetch(`${operator.url}/livez`)).status).toBe(200);
  });

  test("a namespace whose deletion takes the Role before the objects waits for a person; the others go on", async () => {
    const owner = await aPlace({ cluster, array });
    const tenant = await aPlace({ cluster, array });
    await owner.edit("ontapconnections", "array", { spec: grantTo({ names: [tenant.namespace] }) });
    const operator = await operatorFor(owner, tenant);
    await through(tenant, owner, "stuck");
    await tenant.untilReady("stuck");

    // The namespace controller deletes in an order of its own.
    await kubectl(["delete", "rolebinding", `${product}.served`, "-n", tenant.namespace]);
    await kubectl(["delete", "namespace", tenant.namespace, "--wait=false"]);
    await operator.line(/"verb":"patch","resource":"iscsicredentials".*apply the Role of deploy/);
    await through(owner, owner, "beside");
    await owner.untilReady("beside");

    // As docs/install.md says.
    const release = ["uninstall", "--retain", "--release", `--namespaces=${tenant.namespace}`];
    expect(await startProduct(release, { KUBECONFIG: inject("adminKubeconfig") }).exit()).toBe(0);
    await eventually(async () => {
      const { exitCode } = await kubectl(["get", "namespace", tenant.namespace]);
      return exitCode === 0 ? undefined : true;
    }, "the namespace is gone");
    expect(await tenant.stored("stuck")).toBeDefined();
  });
});

test("a namespace without its Role keeps the operator from work, and the probe and the log say which", async () => {
  const owner = await aPlace({ cluster, array });
  await serve(owner.namespace);
  const operator = startProduct(["run", `${flagFor(owner)},without-role`], pod);
  onTestFinished(async () => void (await operator.end("SIGTERM")));
  const [, address = ""] = await operator.line(/"address":"([^"]+)"/);
  await operator.line(/"kind":"without-role\/iscsicredentials".*apply the Role of deploy/);
  const ready = await fetch(`http://${address}/readyz`);
  expect(ready.status).toBe(500);
  expect(await ready.text()).toContain(
    "[-]caches failed: not complete yet: without-role/iscsicredentials, without-role/ontapconnections",
  );

  await cluster.create({ kind: "Namespace", metadata: { name: "without-role" } });
  await serve("without-role");
  await eventually(
    async () => ((await fetch(`http://${address}/readyz`)).status === 200 ? true : undefined),
    "the operator goes on when the Role is there",
    50_000,
  );
});

test("a person with rights in one namespace asks doctor, and uninstall takes what is there and no more", async () => {
  const owner = await aPlace({ cluster, array });
  const outside = await aPlace({ cluster, array });
  await operatorFor(owner);
  await through(owner, owner, "settled");
  await owner.untilReady("settled");
  await outside.createCredential("elsewhere", {});
  const KUBECONFIG = await personIn(owner.namespace);
  const command = async (...args: readonly string[]) => {
    const started = startProduct(args, { KUBECONFIG });
    const code = await started.exit();
    return { code, out: started.lines.join("\n"), errors: started.errors.join("\n") };
  };
  const there = `--namespaces=${owner.namespace}`;

  const examined = await command("doctor", there, `--lease-namespace=${owner.namespace}`);
  expect(examined).toMatchObject({ code: 1, errors: "" });
  expect(examined.out).toContain("[+] the definitions are installed");
  expect(examined.out).toContain("[-] no operator leads");
  expect(examined.out).toContain("[+] IscsiCredentials: 1 Applied");
  expect(await command("doctor")).toMatchObject({ code: 2, out: "" });

  const removed = await command("uninstall", "--delete", there);
  expect(removed).toMatchObject({ code: 0, errors: "" });
  expect(removed.out).toContain("All are gone. Now take the namespaces out of the operator's --namespaces");
  expect(await owner.stored("settled")).toBeUndefined();
  expect(await outside.credential("elsewhere")).toBeDefined();
  expect(await command("uninstall", "--delete", "--namespaces=A")).toMatchObject({
    code: 2,
    errors:
      'ontap-iscsi-operator uninstall: --namespaces: "A" is not the name of a namespace; write names separated by commas; see ontap-iscsi-operator uninstall --help',
  });
});

test("outside a pod the Lease's namespace must be named, since looking for it takes a cluster-wide list", async () => {
  const operator = startProduct(["run", "--namespaces=a"], { KUBECONFIG: inject("operatorKubeconfig") });
  expect(await operator.exit()).toBe(2);
  expect(operator.errors.join("\n")).toContain("--lease-namespace: needed with --namespaces outside a pod");
});
