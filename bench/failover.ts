import { setTimeout as sleep } from "node:timers/promises";
import { startSimulator } from "../src/simulator/start.ts";
import { systemClock } from "../src/std/clock.ts";
import { startControlPlane } from "../tools/controlplane/start.ts";
import { connect, eventually, type Cluster } from "../tools/harness/cluster.ts";
import { startReplica, writersOf, type ProductProcess } from "../tools/harness/process.ts";
import { createFleet } from "./fleet.ts";

/**
 * Fail-over under load, twenty times: the leader is killed, told to end, or stopped for longer than its Lease and let go
 * on, while Secrets are edited all the time. Two replicas with the default times (15, 10 and 2 s). Counted: writes of a
 * deposed one after the first of its successor; measured: from the blow to the successor's first write to the array.
 */

const kinds = ["SIGKILL", "SIGTERM", "SIGSTOP"] as const;
type Kind = (typeof kinds)[number];
const rounds = 20;
const credentials = 20;
const password = "bench-array-login";
const namespace = "failover";

const controlPlane = await startControlPlane();
const array = await startSimulator(
  { svms: [{ name: "svm1" }], logins: [{ user: "admin", password }] },
  { clock: systemClock },
);
const running = new Set<ProductProcess>();
try {
  await run();
} finally {
  await Promise.all([...running].map((replica) => replica.end("SIGKILL")));
  await array.stop();
  await controlPlane.stop();
}

async function run(): Promise<void> {
  await controlPlane.kubectl(["apply", "-k", "deploy"]);
  const kubeconfig = await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator");
  const cluster = await connect(controlPlane.adminKubeconfig);
  const fleet = createFleet(cluster, { url: array.url, caPem: array.caPem, password });
  await fleet.createPlace(namespace);
  await fleet.createCredentials(namespace, credentials);
  const start = async (pod: string): Promise<ProductProcess> => {
    const replica = await startReplica(kubeconfig, pod);
    running.add(replica);
    return replica;
  };

  const times: Record<Kind, number[]> = { SIGKILL: [], SIGTERM: [], SIGSTOP: [] };
  let byDeposed = 0;
  let leader = await start("pod-0");
  await untilWriter("pod-0", cluster);
  for (let round = 1; round <= rounds; round += 1) {
    const kind = kinds[round % kinds.length] ?? "SIGKILL";
    const pod = `pod-${round}`;
    const successor = await start(pod);
    await array.sideDoor.forgetRequests();
    const enough = new AbortController();
    const editing = editAll(cluster, enough.signal);
    await untilWriter(`pod-${round - 1}`);
    const struckMs = performance.now();
    const ended = kind === "SIGSTOP" ? undefined : leader.end(kind);
    if (kind === "SIGSTOP") process.kill(leader.pid, "SIGSTOP");
    await untilWriter(pod);
    times[kind].push(performance.now() - struckMs);
    if (kind === "SIGSTOP") process.kill(leader.pid, "SIGCONT");
    await (ended ?? leader.exit());
    enough.abort();
    const last = await editing;
    await eventually(
      async () => ((await storedPasswords()).every((stored) => stored === last) ? true : undefined),
      "the array is equal to the Secrets",
      30_000,
    );
    const after = (await array.sideDoor.requests()).slice(await firstWriteOf(pod));
    byDeposed += after.filter(({ method, userAgent }) => method !== "GET" && !userAgent?.endsWith(`(${pod})`)).length;
    running.delete(leader);
    leader = successor;
  }
  console.log(
    `${rounds} fail-overs with ${credentials} credentials edited in turn; writes by a deposed one: ${byDeposed}`,
  );
  for (const kind of kinds) {
    const sorted = times[kind].toSorted((a, b) => a - b);
    const seconds = (ms: number | undefined): string => `${((ms ?? Number.NaN) / 1000).toFixed(2)} s`;
    const median = sorted[Math.floor(sorted.length / 2)];
    console.log(
      `${kind}: ${sorted.length} times; to the successor's first write: median ${seconds(median)}, worst ${seconds(sorted.at(-1))}`,
    );
  }
  await leader.end("SIGTERM");
  await cluster.close();
}

async function firstWriteOf(pod: string): Promise<number> {
  const requests = await array.sideDoor.requests();
  return requests.findIndex(({ method, userAgent }) => method !== "GET" && userAgent?.endsWith(`(${pod})`) === true);
}

/** Waits for a write of that pod; with a cluster, makes an edit to be written. */
async function untilWriter(pod: string, cluster?: Cluster): Promise<void> {
  if (cluster !== undefined) await editOnce(cluster, "bench-warm-up-1");
  await eventually(
    async () => (writersOf(await array.sideDoor.requests()).includes(pod) ? true : undefined),
    `${pod} writes`,
    60_000,
  );
}

async function storedPasswords(): Promise<readonly (string | undefined)[]> {
  const stored = await array.sideDoor.credentials();
  return stored.filter(({ initiator }) => initiator !== "default").map(({ inbound }) => inbound?.password);
}

async function editOnce(cluster: Cluster, value: string): Promise<void> {
  for (let index = 0; index < credentials; index += 1) {
    await cluster.patch("secrets", namespace, `c${index}`, { stringData: { password: value } });
  }
}

/** Edits all Secrets in turn, and leaves all with the value that it gives back. */
async function editAll(cluster: Cluster, enough: AbortSignal): Promise<string> {
  for (let edit = 1; ; edit += 1) {
    const value = `bench-edit-number-${edit}`;
    await editOnce(cluster, value);
    if (enough.aborted) return value;
    await sleep(50);
  }
}
