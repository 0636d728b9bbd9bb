import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import type { Simulator } from "../../src/simulator/start.ts";
import type { Cluster } from "../../tools/harness/cluster.ts";
import { startReplica, type OperatorProcess } from "../../tools/harness/process.ts";
import { scrape } from "../../tools/harness/scrape.ts";
import { aPlace, connect, eventually, startArray, untilConnection } from "./harness.ts";

/** What Prometheus sees of two replicas: as `deploy/` runs the product. */

let cluster: Cluster;
let array: Simulator;

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
  array = await startArray();
});
afterAll(async () => {
  await array.stop();
  await cluster.close();
});

/** Short enough for a test; the proportions are those of the defaults. */
const shortLease = ["--lease-duration=4s", "--renew-deadline=3s", "--retry-period=1s"];

async function replica(pod: string): Promise<OperatorProcess> {
  const started = await startReplica(inject("operatorPod"), pod, shortLease);
  onTestFinished(async () => void (await started.end("SIGKILL")));
  return started;
}

test("count everything once, and a standby's time does not count as waiting", async () => {
  const place = await aPlace({ cluster, array });
  const connection = `${place.namespace}/array`;
  const leader = await replica("metrics-a");
  const standby = await replica("metrics-b");
  for (const name of ["one", "two"]) {
    await place.createCredential(name, {});
    await place.untilReady(name);
  }
  // What falls due for a standby: it sees every change, and does nothing about it.
  await sleep(4000);
  const both = await Promise.all([scrape(leader.url), scrape(standby.url)]);
  const sum = (name: string, labels: Readonly<Record<string, string>> = {}): number =>
    both.reduce((total, seen) => total + seen.sum(name, labels), 0);
  expect(both.map((seen) => seen.sum("ontap_iscsi_leader"))).toEqual([1, 0]);
  expect(sum("ontap_iscsi_credentials", { connection, ready: "True" })).toBe(2);
  expect(sum("ontap_iscsi_connection_session", { connection, state: "open" })).toBe(1);
  expect(sum("ontap_iscsi_connection_ready", { connection })).toBe(1);
  expect(sum("ontap_iscsi_queue_depth")).toBe(0);
  expect(sum("ontap_iscsi_queue_oldest_wait_seconds")).toBeLessThan(1);

  const killedMs = performance.now();
  await leader.end("SIGKILL");
  const after = await eventually(async () => {
    const seen = await scrape(standby.url);
    const told = seen.sum("ontap_iscsi_connection_ready", { connection }) === 1;
    return told && seen.sum("ontap_iscsi_queue_wait_seconds_count") > 0 ? seen : undefined;
  }, "the standby leads and has worked");
  // The keys were due before it led; that was not its time, nor the leader's.
  expect(performance.now() - killedMs).toBeGreaterThan(1000);
  expect(after.sum("ontap_iscsi_queue_wait_seconds_sum", { urgency: "change" })).toBeLessThan(1);
  expect(after.sum("ontap_iscsi_credentials", { connection, ready: "True" })).toBe(2);
});

test("a leader that takes over tells of an array what it found, not what the status said", async () => {
  const place = await aPlace({ cluster, array });
  const connection = `${place.namespace}/array`;
  const before = await replica("metrics-c");
  await place.createCredential("one", {});
  await place.untilReady("one");
  await untilConnection(place, "Connected");
  await before.end("SIGTERM");
  // The array refuses connections while no operator runs: the status goes on saying Connected.
  onTestFinished(async () => void (await array.sideDoor.act({ do: "accept-connections" })));
  await array.sideDoor.act({ do: "refuse-connections" });
  const after = await replica("metrics-d");
  const shown: string[] = [];
  await eventually(async () => {
    const lines = (await scrape(after.url)).linesOf("ontap_iscsi_connection_ready");
    shown.push(...lines.filter((line) => line.includes(`connection="${connection}"`)));
    return shown.length > 0 ? true : undefined;
  }, "the new leader has asked the array");
  expect(new Set(shown)).toEqual(
    new Set([`ontap_iscsi_connection_ready{connection="${connection}",reason="ConnectionRefused"} 0`]),
  );
});
