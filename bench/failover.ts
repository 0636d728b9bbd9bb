import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../tools/harness/cluster.ts";
import { startReplica, writersOf, type ProductProcess } from "../tools/harness/process.ts";
import { secondsText } from "./notes.ts";
import { medianOf } from "./percentile.ts";
import { onStage, type Stage } from "./stage.ts";

/**
 * Fail-over under load, twenty times: the leader is killed, told to end, or stopped for longer than its Lease and let go
 * on, while Secrets are edited all the time. Two replicas with the default times (15, 10 and 2 s). Counted: writes of a
 * deposed one after the first of its successor; measured: from the blow to the successor's first write to the array.
 */

const kinds = ["SIGKILL", "SIGTERM", "SIGSTOP"] as const;
type Kind = (typeof kinds)[number];
const rounds = 20;
const credentials = 20;
const namespace = "failover";

await onStage({ svms: ["svm1"], latencyMs: 0 }, run);

async function run(stage: Stage): Promise<void> {
  const { fleet, array } = stage;
  await fleet.createPlace(namespace);
  await fleet.createCredentials(namespace, credentials);
  const start = async (pod: string): Promise<ProductProcess> =>
    stage.track(await startReplica(stage.kubeconfig, pod, []));

  const times: Record<Kind, number[]> = { SIGKILL: [], SIGTERM: [], SIGSTOP: [] };
  let byDeposed = 0;
  let leader = await start("pod-0");
  await editOnce(stage, "bench-warm-up-1");
  await untilWriter(stage, "pod-0");
  for (let round = 1; round <= rounds; round += 1) {
    const kind = kinds[round % kinds.length] ?? "SIGKILL";
    const pod = `pod-${round}`;
    const successor = await start(pod);
    await array.sideDoor.forgetRequests();
    const enough = new AbortController();
    const editing = editAll(stage, enough.signal);
    await untilWriter(stage, `pod-${round - 1}`);
    const struckMs = performance.now();
    const ended = kind === "SIGSTOP" ? undefined : leader.end(kind);
    if (kind === "SIGSTOP") process.kill(leader.pid, "SIGSTOP");
    await untilWriter(stage, pod);
    times[kind].push(performance.now() - struckMs);
    if (kind === "SIGSTOP") process.kill(leader.pid, "SIGCONT");
    await (ended ?? leader.exit());
    enough.abort();
    const last = await editing;
    await eventually(
      async () => ((await storedPasswords(stage)).every((stored) => stored === last) ? true : undefined),
      "the array is equal to the Secrets",
      30_000,
    );
    const writers = writersOf(await array.sideDoor.requests());
    if (writers.lastIndexOf(`pod-${round - 1}`) > writers.indexOf(pod)) byDeposed += 1;
    leader = successor;
  }
  console.log(
    `${rounds} fail-overs with ${credentials} credentials edited in turn; the deposed one wrote after its successor in ${byDeposed}`,
  );
  for (const kind of kinds) {
    console.log(
      `${kind}: ${times[kind].length} times; to the successor's first write: median ${secondsText(medianOf(times[kind]))}, worst ${secondsText(Math.max(...times[kind]))}`,
    );
  }
  await leader.end("SIGTERM");
}

/** Waits for a write of that pod. */
async function untilWriter({ array }: Stage, pod: string): Promise<void> {
  const wrote = async (): Promise<true | undefined> =>
    writersOf(await array.sideDoor.requests()).includes(pod) ? true : undefined;
  await eventually(wrote, `${pod} writes`, 60_000);
}

async function storedPasswords({ array }: Stage): Promise<readonly (string | undefined)[]> {
  const stored = await array.sideDoor.credentials();
  return stored.filter(({ initiator }) => initiator !== "default").map(({ inbound }) => inbound?.password);
}

async function editOnce({ fleet }: Stage, value: string): Promise<void> {
  for (let index = 0; index < credentials; index += 1) await fleet.editSecret(namespace, `c${index}`, value);
}

/** Edits all Secrets in turn, and leaves all with the value that it gives back. */
async function editAll(stage: Stage, enough: AbortSignal): Promise<string> {
  for (let edit = 1; ; edit += 1) {
    const value = `bench-edit-number-${edit}`;
    await editOnce(stage, value);
    if (enough.aborted) return value;
    await sleep(50);
  }
}
