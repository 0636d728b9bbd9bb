import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import type { Simulator } from "../../src/simulator/start.ts";
import { operatorRequests } from "../../tools/harness/audit.ts";
import { createKubectl } from "../../tools/controlplane/kubectl.ts";
import type { Cluster } from "../../tools/harness/cluster.ts";
import { startReplica, writersOf, type OperatorProcess, type ProductProcess } from "../../tools/harness/process.ts";
import { scrape } from "../../tools/harness/scrape.ts";
import {
  aPlace,
  chapFrom,
  conditionOf,
  connect,
  eventually,
  startArray,
  startOperator,
  type Place,
} from "./harness.ts";

/** Several processes of the product on one control plane: who writes, and when the next one takes over. */

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

async function replica(name: string, flags: readonly string[] = shortLease): Promise<OperatorProcess> {
  const started = await startReplica(inject("operatorPod"), name, flags);
  onTestFinished(async () => void (await started.end("SIGKILL")));
  return started;
}

/** The leader of each of these processes, as their metrics tell. */
const leaders = async (...processes: readonly OperatorProcess[]): Promise<readonly number[]> =>
  Promise.all(processes.map(async ({ url }) => (await scrape(url)).sum("ontap_iscsi_leader")));

describe("from a desk, beside an operator that is installed", () => {
  test("a process waits for the same Lease instead of becoming a second writer", async () => {
    const installed = await startReplica(inject("operatorPod"), "installed", shortLease);
    onTestFinished(async () => void (await installed.end("SIGTERM")));
    const desk = await startReplica(inject("adminKubeconfig"), "desk", shortLease);
    onTestFinished(async () => void (await desk.end("SIGTERM")));
    expect(await leaders(installed, desk)).toEqual([1, 0]);
    await sleep(5000);
    expect(await leaders(installed, desk)).toEqual([1, 0]);
  });

  test("also if that is installed in another namespace", async () => {
    await cluster.create({ kind: "Namespace", metadata: { name: "storage-system" } });
    const flags = [...shortLease, "--lease-namespace=storage-system"];
    const installed = await startReplica(inject("adminKubeconfig"), "installed", flags);
    onTestFinished(async () => void (await installed.end("SIGTERM")));
    expect(await leaders(installed)).toEqual([1]);
    const desk = await startReplica(inject("adminKubeconfig"), "desk", shortLease);
    onTestFinished(async () => void (await desk.end("SIGTERM")));
    expect(await leaders(installed, desk)).toEqual([1, 0]);
  });
});

/** Edits the Secret of a credential again and again, as fast as the API server takes it, until it is told to stop. */
function editing(place: Place, name: string): { stop(): Promise<string> } {
  const enough = new AbortController();
  let edit = 0;
  const done = (async () => {
    while (!enough.signal.aborted) {
      edit += 1;
      await cluster.patch("secrets", place.namespace, name, { stringData: { password: `secret-number-${edit}` } });
      await sleep(20);
    }
    return `secret-number-${edit}`;
  })();
  return {
    stop() {
      enough.abort();
      return done;
    },
  };
}

const untilStored = (place: Place, name: string, password: string): Promise<true> =>
  eventually(
    async () => ((await place.stored(name))?.inbound?.password === password ? true : undefined),
    `the array has ${password}`,
    30_000,
  );

/** Who wrote to the array since the requests were last forgotten, in order, each change of writer once. */
const writers = async (): Promise<readonly string[]> => writersOf(await array.sideDoor.requests());

/** How often a pod asked for all objects of a kind, by list or by watch. */
async function looksBy(pod: string): Promise<number> {
  const requests = await operatorRequests(inject("auditLogPath"));
  return requests.filter(({ verb, userAgent }) => ["list", "watch"].includes(verb) && userAgent.endsWith(`(${pod})`))
    .length;
}

describe("two replicas under a stream of edits: one writes, and the other takes over once", () => {
  const rows: readonly { how: string; strike: (leader: ProductProcess) => Promise<void> }[] = [
    { how: "the leader is killed", strike: async (leader) => void (await leader.end("SIGKILL")) },
    { how: "the leader is told to end", strike: async (leader) => expect(await leader.end("SIGTERM")).toBe(0) },
    {
      how: "the leader is stopped for longer than its Lease, and goes on",
      strike: async (leader) => {
        process.kill(leader.pid, "SIGSTOP");
        await eventually(async () => ((await writers()).length > 1 ? true : undefined), "take-over", 30_000);
        process.kill(leader.pid, "SIGCONT");
        expect(await leader.exit()).toBe(1);
      },
    },
  ];
  test.each(rows)("$how", async ({ strike }) => {
    const place = await aPlace({ cluster, array });
    await place.createSecret("rotating", { username: "node", password: "secret-number-0" });
    await place.createCredential("rotating", chapFrom("rotating"));
    const [firstPod, secondPod] = [`first-${place.namespace}`, `second-${place.namespace}`];
    const first = await replica(firstPod);
    await untilStored(place, "rotating", "secret-number-0");
    const second = await replica(secondPod);
    expect(second.lines.join("\n")).toContain("waiting to lead");
    await array.sideDoor.forgetRequests();
    const edits = editing(place, "rotating");
    await eventually(async () => ((await writers()).includes(firstPod) ? true : undefined), "the first writes");
    const warmLooks = await looksBy(secondPod);
    expect(warmLooks).toBeGreaterThan(0);
    await strike(first);
    await second.line(/"msg":"reconciling"/);
    await eventually(async () => ((await writers()).includes(secondPod) ? true : undefined), "the second writes");
    await untilStored(place, "rotating", await edits.stop());
    expect(await writers()).toEqual([firstPod, secondPod]);
    expect(await looksBy(secondPod), "its caches were warm").toBe(warmLooks);
    await second.end("SIGTERM");
  });
});

/** As docs/sharding.md says. */
async function allowLeases(...names: readonly string[]): Promise<void> {
  const kubectl = createKubectl(inject("kubectlPath"), inject("adminKubeconfig"));
  const create = ["--namespace=ontap-iscsi-operator", "create"];
  const resources = ["--resource=leases", ...names.map((name) => `--resource-name=${name}`)];
  await kubectl([...create, "role", "shards", "--verb=get,list,watch,update", ...resources]);
  const account = "--serviceaccount=ontap-iscsi-operator:ontap-iscsi-operator";
  await kubectl([...create, "rolebinding", "shards", "--role=shards", account]);
}

describe("shards", () => {
  test("each serves the connections with its labels and touches no others; a label moves a connection", async () => {
    await allowLeases("ontap-iscsi-operator-a", "ontap-iscsi-operator-rest");
    const place = await aPlace({ cluster, array });
    await place.createSecret("chap", { username: "node", password: "sharded-secret-1" });
    const relabel = (site: string | null): Promise<unknown> =>
      cluster.patch("ontapconnections", place.namespace, "array", { metadata: { labels: { site } } });
    const shardA = await replica("shard-a", ["--connection-selector=site=a", "--shard=a", ...shortLease]);
    await array.sideDoor.forgetRequests();
    await place.createCredential("sharded", chapFrom("chap"));
    await place.createCredential("lost", { connectionRef: { name: "nowhere" } });
    await sleep(1500);
    expect((await place.credential("sharded"))?.metadata.finalizers).toBeUndefined();
    expect(conditionOf(await place.credential("lost"), "Ready")?.reason).toBe("Pending");
    expect(await array.sideDoor.requests()).toEqual([]);

    await relabel("a");
    await place.untilReady("sharded");
    expect(await writers()).toEqual(["shard-a"]);

    const rest = await replica("rest", ["--connection-selector=!site", "--shard=rest", ...shortLease]);
    await place.untilReady("lost", "ConnectionNotFound");
    await relabel(null);
    await cluster.patch("secrets", place.namespace, "chap", { stringData: { password: "sharded-secret-2" } });
    await untilStored(place, "sharded", "sharded-secret-2");
    await eventually(async () => ((await writers()).includes("rest") ? true : undefined), "the rest writes");
    expect(await writers()).toEqual(["shard-a", "rest"]);
    await shardA.end("SIGTERM");
    await rest.end("SIGTERM");
  });

  test("of two credentials for one initiator in two shards the older one wins, and the younger takes over", async () => {
    const place = await aPlace({ cluster, array });
    await place.createSecret("old", { username: "old", password: "older-credential" });
    await place.createSecret("young", { username: "young", password: "younger-credential" });
    const connection = await cluster.get("ontapconnections", place.namespace, "array");
    await cluster.create({
      apiVersion: "ontap-iscsi.dev/v1alpha1",
      kind: "OntapConnection",
      metadata: { name: "other-way", namespace: place.namespace, labels: { site: "a" } },
      spec: connection?.["spec"],
    });
    const ofSiteA = await startOperator({ shard: ({ site }) => site === "a" });
    const ofTheRest = await startOperator({ shard: ({ site }) => site === undefined });
    const claim = { initiator: place.initiator("claimed") };
    await place.createCredential("older", { ...chapFrom("old"), ...claim });
    await place.untilReady("older");
    await sleep(1000); // creationTimestamp counts seconds
    await place.createCredential("younger", {
      ...chapFrom("young"),
      ...claim,
      connectionRef: { name: "other-way" },
    });
    await place.untilReady("younger", "Conflicted");
    expect((await place.stored("claimed"))?.inbound?.user).toBe("old");
    await cluster.delete("iscsicredentials", place.namespace, "older");
    await place.untilReady("younger");
    expect((await place.stored("claimed"))?.inbound?.user).toBe("young");
    await ofSiteA.stop();
    await ofTheRest.stop();
  });
});
