import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { startSimulator } from "../src/simulator/start.ts";
import { systemClock } from "../src/std/clock.ts";
import { startControlPlane } from "../tools/controlplane/start.ts";
import { operatorRequests, writesOf } from "../tools/harness/audit.ts";
import { connect, eventually, type Cluster } from "../tools/harness/cluster.ts";
import { startOperatorProcess, type ProductProcess } from "../tools/harness/process.ts";

/**
 * What the built operator costs on a real API server and the simulator: propagation of a Secret edit, requests on both
 * sides, silence when settled, recovery from kill -9, memory and start. Nothing here fails on a slow machine.
 */

const edits = 50;
const idleSeconds = 100;
const settled = 20;
const killed = 50;
const password = "bench-array-login";
const namespace = "bench";

/** Prints one figure. */
const report = (figure: string, value: string): void => console.log(`${figure.padEnd(88)} ${value}`);

const controlPlane = await startControlPlane({ auditLog: true });
const array = await startSimulator(
  { svms: [{ name: "svm1" }], logins: [{ user: "admin", password }] },
  { clock: systemClock },
);
let operator: ProductProcess | undefined;
try {
  await run();
} finally {
  await operator?.end("SIGTERM");
  await array.stop();
  await controlPlane.stop();
}

async function run(): Promise<void> {
  await controlPlane.kubectl(["apply", "-k", "deploy"]);
  const kubeconfig = await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator");
  const cluster = await connect(controlPlane.adminKubeconfig);
  await cluster.create({ kind: "Namespace", metadata: { name: namespace } });
  await cluster.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "login", namespace },
    stringData: { username: "admin", password },
  });
  await cluster.create({
    apiVersion: "ontap-iscsi.dev/v1alpha1",
    kind: "OntapConnection",
    metadata: { name: "array", namespace },
    spec: { endpoint: array.url, auth: { basic: { secretRef: { name: "login" } } }, tls: { caBundle: array.caPem } },
  });

  const startedMs = performance.now();
  operator = await startOperatorProcess(kubeconfig);
  report("start → caches complete, reconciling", `${Math.round(performance.now() - startedMs)} ms`);
  await sleep(3000);
  report("RSS idle / anonymous", await memoryOf(operator.pid));

  const before = (await operatorRequests(controlPlane.auditLogPath ?? "")).length;
  await array.sideDoor.forgetRequests();
  await createCredentials(cluster, "s", settled);
  await allReady(cluster, settled);
  await sleep(2500);
  const requests = (await operatorRequests(controlPlane.auditLogPath ?? ""))
    .slice(before)
    .filter(({ verb, resource }) => verb !== "watch" && !["events", "leases"].includes(resource));
  const ofCredentials = requests.filter(({ resource }) => resource !== "ontapconnections");
  report(
    `API-server requests per new credential, Events apart (${settled})`,
    (ofCredentials.length / settled).toFixed(2),
  );
  report("array requests per new credential", ((await array.sideDoor.requests()).length / settled).toFixed(2));

  const delays = await propagation(cluster);
  report(
    `Secret edit → array, ${edits} edits: median / worst`,
    `${delays[edits / 2]?.toFixed(1)} / ${delays.at(-1)?.toFixed(1)} ms`,
  );
  await sleep(2000);

  const apiBefore = writesOf(await operatorRequests(controlPlane.auditLogPath ?? "")).length;
  await array.sideDoor.forgetRequests();
  await sleep(idleSeconds * 1000);
  const apiWrites = writesOf(await operatorRequests(controlPlane.auditLogPath ?? "")).length - apiBefore;
  const arrayWrites = (await array.sideDoor.requests()).filter(({ method }) => method !== "GET").length;
  report(
    `${idleSeconds} idle seconds with ${settled} settled: writes to array / API server`,
    `${arrayWrites} / ${apiWrites}`,
  );
  report(`RSS with ${settled} settled / anonymous`, await memoryOf(operator.pid));

  const creating = createCredentials(cluster, "k", killed);
  await eventually(
    async () => ((await array.sideDoor.credentials()).length > settled + killed / 3 ? true : undefined),
    "a third applied",
    30_000,
  );
  await operator.end("SIGKILL");
  await creating;
  operator = await startOperatorProcess(kubeconfig);
  await allReady(cluster, settled + killed);
  const stored = await array.sideDoor.credentials();
  const differing = Array.from({ length: killed }, (_, index) => `k${index}`).filter(
    (name) => stored.find(({ initiator }) => initiator.endsWith(`:${name}`))?.inbound?.password !== `bench-${name}-0`,
  );
  report(
    `kill -9 while ${killed} were applied, restarted: ready / differing from their Secrets`,
    `${killed} / ${differing.length}`,
  );
  await cluster.close();
}

async function createCredentials(cluster: Cluster, prefix: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const name = `${prefix}${index}`;
    const metadata = { name, namespace };
    await cluster.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      stringData: { username: name, password: `bench-${name}-0` },
    });
    await cluster.create({
      apiVersion: "ontap-iscsi.dev/v1alpha1",
      kind: "IscsiCredential",
      metadata,
      spec: {
        connectionRef: { name: "array" },
        svm: { name: "svm1" },
        initiator: `iqn.2026-11.bench:${name}`,
        authenticationType: "chap",
        chap: { inbound: { secretRef: { name } } },
      },
    });
  }
}

async function allReady(cluster: Cluster, count: number): Promise<void> {
  await eventually(
    async () => {
      const objects = await cluster.list("iscsicredentials", namespace);
      const ready = objects.filter(({ status }) => JSON.stringify(status).includes('"reason":"Applied"'));
      return ready.length === count ? true : undefined;
    },
    `${count} credentials are ready`,
    60_000,
  );
}

/** From the API server's answer to an edit until the array has accepted it, sorted. */
async function propagation(cluster: Cluster): Promise<readonly number[]> {
  const delays: number[] = [];
  for (let edit = 1; edit <= edits; edit += 1) {
    const name = `s${edit % settled}`;
    const wanted = `bench-${name}-${edit}`;
    await cluster.patch("secrets", namespace, name, { stringData: { password: wanted } });
    const editedMs = performance.now();
    for (;;) {
      const stored = await array.sideDoor.credentials();
      if (stored.find(({ initiator }) => initiator.endsWith(`:${name}`))?.inbound?.password === wanted) break;
      if (performance.now() - editedMs > 10_000) throw new Error("an edit did not reach the array");
      await new Promise((resolve) => setImmediate(resolve));
    }
    delays.push(performance.now() - editedMs);
    await sleep(50);
  }
  return delays.toSorted((a, b) => a - b);
}

async function memoryOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  const megabytes = (field: string): string =>
    (Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1000).toFixed(0);
  return `${megabytes("Rss")} / ${megabytes("Anonymous")} MB`;
}
