import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Simulator } from "../../src/simulator/start.ts";
import { startControlPlane, type ControlPlane } from "../../tools/controlplane/start.ts";
import { connect, type Cluster } from "../../tools/harness/cluster.ts";
import { install } from "../../tools/harness/install.ts";
import { startReplica, writersOf, type ProductProcess } from "../../tools/harness/process.ts";
import { aPlace, eventually, startArray, untilStatus, type Place } from "./harness.ts";

/** A cluster whose etcd is put back to a snapshot, so that resourceVersions go back, under processes that go on running. */

let controlPlane: ControlPlane;
let cluster: Cluster;
let array: Simulator;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  await install(controlPlane.kubectl);
  cluster = await connect(controlPlane.adminKubeconfig);
  array = await startArray();
});
afterAll(async () => {
  await array.stop();
  await cluster.close();
  await controlPlane.stop();
});

/** Long enough to outlast the API server's absence. */
const lease = ["--lease-duration=30s", "--renew-deadline=20s", "--retry-period=2s"];

async function replica(pod: string): Promise<ProductProcess> {
  const account = await controlPlane.podEnvironment("ontap-iscsi-operator", "ontap-iscsi-operator");
  const started = await startReplica(account, pod, lease);
  onTestFinished(async () => void (await started.end("SIGKILL")));
  return started;
}

/** Moves resourceVersions on, beyond what the cluster reaches again by itself. */
async function writeMuch(place: Place): Promise<void> {
  await cluster.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "busy", namespace: place.namespace },
  });
  for (let edit = 0; edit < 500; edit += 1) {
    await cluster.patch("configmaps", place.namespace, "busy", { data: { edit: String(edit) } });
  }
}

const untilStored = (place: Place, name: string, type: string, withinMs = 30_000): Promise<true> =>
  eventually(
    async () => ((await place.stored(name))?.authenticationType === type ? true : undefined),
    `the array holds ${name} with type ${type}`,
    withinMs,
  );

test("what is restored, edited and created then is seen, and the standby still takes over", async () => {
  const leader = await replica("pod-a");
  await leader.line(/"msg":"reconciling"/);
  const standby = await replica("pod-b");
  const place = await aPlace({ cluster, array });
  for (const name of ["edited", "restored"]) {
    await place.createCredential(name, { authenticationType: "deny" });
    await place.untilReady(name);
  }
  await controlPlane.takeSnapshot();

  await place.edit("iscsicredentials", "restored", { spec: { authenticationType: "none" } });
  await untilStored(place, "restored", "none");
  await place.edit("iscsicredentials", "edited", { spec: { resyncInterval: "1h" } });
  await untilStatus(place, "edited", ({ observedGeneration }) => observedGeneration === 2);
  await writeMuch(place);
  await controlPlane.restoreSnapshot();

  await untilStored(place, "restored", "deny");
  await place.edit("iscsicredentials", "edited", { spec: { authenticationType: "none" } });
  await untilStored(place, "edited", "none");
  await place.createCredential("new", { authenticationType: "deny" });
  await place.untilReady("new");
  expect(leader.lines.filter((line) => line.includes("the API server shows an earlier state"))).not.toEqual([]);
  expect([leader.running(), standby.running()]).toEqual([true, true]);

  await leader.end("SIGKILL");
  await place.createCredential("newest", { authenticationType: "deny" });
  await untilStored(place, "newest", "deny", 45_000);
  expect(writersOf(await array.sideDoor.requests())).toEqual(["pod-a", "pod-b"]);
}, 240_000);
