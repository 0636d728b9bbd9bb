import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Simulator } from "../../src/simulator/start.ts";
import { operatorRequests, writesOf } from "../../tools/harness/audit.ts";
import type { Cluster } from "../../tools/harness/cluster.ts";
import { startOperatorProcess, startProduct } from "../../tools/harness/process.ts";
import { aPlace, chapFrom, conditionOf, connect, eventually, startArray, type Place } from "./harness.ts";

/** The built product as a process: killed, stopped, restarted, left alone. */

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

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `n${index}`);

async function createMany(place: Place, count: number): Promise<void> {
  for (const name of names(count)) {
    await place.createSecret(name, { username: name, password: `secret-of-${name}-1` });
    await place.createCredential(name, chapFrom(name));
  }
}

async function allReady(place: Place, count: number): Promise<void> {
  await eventually(
    async () => {
      const objects = await cluster.list("iscsicredentials", place.namespace);
      const ready = objects.filter((object) => conditionOf(object, "Ready")?.status === "True");
      return ready.length === count ? true : undefined;
    },
    `${count} credentials are ready`,
    40_000,
  );
}

async function arrayEqualsSecrets(place: Place, count: number): Promise<void> {
  const stored = await array.sideDoor.credentials();
  for (const name of names(count)) {
    const credential = stored.find(({ initiator }) => initiator === place.initiator(name));
    expect(credential?.inbound).toEqual({ user: name, password: `secret-of-${name}-1` });
  }
}

/** One after the other, the killed ones without giving back a Lease: the fail-over test is about that. */
const alone = ["--leader-elect=false"];

describe("the operator as a process", () => {
  test("killed in the middle of its work and started again, it ends where it would have ended", async () => {
    const place = await aPlace({ cluster, array });
    // The Lease of one that was killed would hold up the next.
    const first = await startOperatorProcess(inject("operatorPod"), alone);
    const creating = createMany(place, 30);
    await eventually(
      async () => ((await array.sideDoor.credentials()).length > 10 ? true : undefined),
      "some credentials are on the array",
    );
    await first.end("SIGKILL");
    await creating;
    const second = await startOperatorProcess(inject("operatorPod"), alone);
    await allReady(place, 30);
    await arrayEqualsSecrets(place, 30);
    expect(await second.end("SIGTERM")).toBe(0);
  });

  test("left alone, or started again, it writes nothing on either side", async () => {
    const place = await aPlace({ cluster, array }, { resyncInterval: "5s" });
    const operator = await startOperatorProcess(inject("operatorPod"), alone);
    await createMany(place, 10);
    await allReady(place, 10);
    await sleep(2500);

    const quiet = async (): Promise<{ api: number; array: number }> => ({
      api: writesOf(await operatorRequests(inject("auditLogPath"))).length,
      array: (await array.sideDoor.requests()).filter(({ method }) => method !== "GET").length,
    });
    const before = await quiet();
    await sleep(8000);
    expect(await quiet()).toEqual(before);

    await operator.end("SIGTERM");
    const again = await startOperatorProcess(inject("operatorPod"), alone);
    await sleep(8000);
    expect(await quiet()).toEqual(before);
    await again.end("SIGTERM");
  });

  test("a spec that was edited meanwhile to name another key of the same Secret is written", async () => {
    const place = await aPlace({ cluster, array });
    const first = await startOperatorProcess(inject("operatorPod"), alone);
    await place.createSecret("keys", { username: "node", password: "first-key-pass", other: "other-key-pass" });
    await place.createCredential("rekeyed", chapFrom("keys"));
    await place.untilReady("rekeyed");
    await first.end("SIGTERM");
    const chap = { inbound: { secretRef: { name: "keys", passwordKey: "other" } } };
    await cluster.patch("iscsicredentials", place.namespace, "rekeyed", { spec: { chap } });
    const second = await startOperatorProcess(inject("operatorPod"), alone);
    await eventually(
      async () => ((await place.stored("rekeyed"))?.inbound?.password === "other-key-pass" ? true : undefined),
      "the array has the password of the other key",
    );
    await second.end("SIGTERM");
  });

  test("it stops within ten seconds of SIGTERM, also while the array hangs", async () => {
    const place = await aPlace({ cluster, array });
    const operator = await startOperatorProcess(inject("operatorPod"), alone);
    await place.createCredential("first", {});
    await place.untilReady("first");
    await array.sideDoor.addFault({ effect: "hang", when: { method: "POST" } });
    await place.createCredential("hanging", {});
    await sleep(500);
    const startedMs = performance.now();
    expect(await operator.end("SIGTERM")).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    await array.sideDoor.clearFaults();
  });
});

describe("a bad start that only a person can mend is one line and exit code 2", () => {
  const ended = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number | null> => {
    const product = startProduct(args, env);
    await product.line(/never/).catch(() => undefined);
    return product.end("SIGTERM");
  };

  test.each([
    { because: "an unknown command", args: ["walk"], code: 2 },
    { because: "an unknown flag", args: ["run", "--fast"], code: 2 },
    { because: "a bad value", args: ["run", "--log-level", "loud"], code: 2 },
    { because: "a bad simulator flag", args: ["simulator", "--listen", "nowhere"], code: 2 },
    { because: "an unknown code", args: ["explain", "12"], code: 2 },
  ])("$because", async ({ args, code }) => {
    expect(await ended(args)).toBe(code);
  });

  test("a bad environment value", async () => {
    expect(await ended(["run"], { LOG_LEVEL: "loud" })).toBe(2);
  });

  test("a kubeconfig that is not there", async () => {
    expect(await ended(["run"], { KUBECONFIG: "/nowhere/kubeconfig" })).toBe(2);
  });

  test("a pod that mounts no token", async () => {
    const env = { ...inject("operatorPod"), ONTAP_ISCSI_SERVICE_ACCOUNT_FOLDER: "/nowhere" };
    expect(await ended(["run"], env)).toBe(2);
  });
});
