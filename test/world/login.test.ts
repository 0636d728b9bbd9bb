import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { OntapConnectionStatus } from "../../src/api/ontap-connection.ts";
import type { KubeTransport } from "../../src/kube/transport.ts";
import type { OpenTransport } from "../../src/ontap/send.ts";
import { err } from "../../src/std/result.ts";
import type { KubeObject } from "../../tools/harness/cluster.ts";
import { createSkippingClock } from "../../tools/harness/skipping-clock.ts";
import { basicAuth, aPlace, conditionOf, eventually, untilConnection, useWorld, type Place } from "./harness.ts";

/** Behaviour 8: ONTAP locks an account at the fifth refused login, and nothing unlocks it. Hours pass at once. */

const clock = createSkippingClock();
const faults = { statusIsLost: false };
let requestsSent = 0;

const losingStatus = (real: KubeTransport): KubeTransport => ({
  ...real,
  async send(request, signal) {
    const { method: verb, path } = request;
    if (!faults.statusIsLost || !/\/ontapconnections\/.*\/status$/.test(path)) return real.send(request, signal);
    const lost = { problem: "unavailable", httpStatus: 503, message: "etcd is away", retryAfterMs: undefined } as const;
    return err({ kind: "kube", verb, path, ...lost });
  },
});
const countingRequests =
  (open: OpenTransport): OpenTransport =>
  (access) => {
    const { send, close } = open(access);
    return {
      send(request, signal) {
        requestsSent += 1;
        return send(request, signal);
      },
      close,
    };
  };

const world = useWorld({ clock, kube: losingStatus, openTransport: countingRequests });

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** For what must not happen: whatever the operator would do at once, it has done by then. */
const aWhileMs = 700;
const grantOf = (svm: string): object => ({ namespaces: { from: "All" }, svms: [svm], initiators: [] });

interface Account extends Place {
  /** How often the array has refused this account. */
  refusals(): Promise<number>;
  /** Waits for so many refusals, and for any more that may follow. */
  refusedTimes(times: number): Promise<void>;
  connectionStatus(): Promise<OntapConnectionStatus>;
  /** Changes the account's password on the array. */
  change(password: string): Promise<unknown>;
}

let accounts = 0;

/** A place whose connection logs in as an account of its own, with the right password unless another is given. */
async function anAccount(secret: object = {}): Promise<Account> {
  const user = `account-${++accounts}`;
  await world.array.sideDoor.act({ do: "put-login", user, password: "the-right-one" });
  const place = await aPlace(world, { auth: { basic: { secretRef: { name: "login" } } } });
  await place.createSecret("login", { username: user, password: "the-right-one", ...secret });
  const refusals = async (): Promise<number> =>
    (await world.array.sideDoor.requests()).filter((request) => request.user === user && request.status === 401).length;
  return {
    ...place,
    refusals,
    async refusedTimes(times) {
      await eventually(async () => ((await refusals()) >= times ? true : undefined), `refused ${times} times`);
      await eventually(async () => {
        const { login } = await connectionStatus(place);
        return login !== undefined || faults.statusIsLost ? true : undefined;
      }, "the connection says it");
      await sleep(aWhileMs);
      expect(await refusals()).toBe(times);
    },
    connectionStatus: () => connectionStatus(place),
    change: (password) => world.array.sideDoor.act({ do: "change-password", user, password }),
  };
}

const wrong = { password: "the-wrong-one" };

async function connectionStatus({ cluster, namespace }: Place): Promise<OntapConnectionStatus> {
  return (await cluster.get("ontapconnections", namespace, "array"))?.["status"] as OntapConnectionStatus;
}

/** Only an account that is not locked gets in with the right password. */
async function letIn(place: Place): Promise<void> {
  await place.edit("secrets", "login", { stringData: { password: "the-right-one" } });
  await untilConnection(place, "Connected");
}

const askAgain = (place: Place, value: string): Promise<KubeObject> =>
  place.edit("ontapconnections", "array", {
    metadata: { annotations: { "ontap-iscsi.dev/reconcile-requested-at": value } },
  });

describe("a login that is refused", () => {
  test("is tried four times in 48 hours for fifty credentials, whatever is created, edited and restarted", async () => {
    const place = await anAccount(wrong);
    await place.refusedTimes(1);
    await world.restartOperator();
    const names = Array.from({ length: 50 }, (_, index) => `waiting-${index}`);
    await Promise.all(names.map((name) => place.createCredential(name, { authenticationType: "deny" })));
    for (const name of names) {
      const waiting = await place.untilReady(name, "ConnectionNotReady");
      expect(conditionOf(waiting, "Reconciling")?.message).toContain("LoginRefused");
    }
    await Promise.all(
      names.map((name) => place.edit("iscsicredentials", name, { spec: { authenticationType: "none" } })),
    );
    await world.restartOperator();
    await place.refusedTimes(1);

    for (const [index, waitMs] of [15 * minuteMs, hourMs, 6 * hourMs].entries()) {
      clock.skip(waitMs - minuteMs);
      await place.refusedTimes(index + 1);
      await world.restartOperator();
      await place.refusedTimes(index + 1);
      clock.skip(2 * minuteMs);
      await place.refusedTimes(index + 2);
      await world.restartOperator();
      await place.refusedTimes(index + 2);
    }

    for (let hour = 0; hour < 48; hour += 8) {
      clock.skip(8 * hourMs);
      await place.refusedTimes(4);
    }
    await world.restartOperator();
    await place.refusedTimes(4);
    const stalled = await untilConnection(place, "LoginRefused");
    expect(conditionOf(stalled, "Stalled")?.message).toContain("correct the Secret, or unlock the account");
    expect(await place.connectionStatus()).not.toHaveProperty("nextAttemptTime");

    await letIn(place);
    for (const name of names) await place.untilReady(name);
  }, 180_000);

  test("is tried at once when its Secret changes, or somebody asks, and once for that", async () => {
    const place = await anAccount(wrong);
    await place.refusedTimes(1);
    await place.edit("secrets", "login", { stringData: { password: "wrong-as-well" } });
    await place.refusedTimes(2);
    expect((await place.connectionStatus()).login?.refusals).toBe(1);
    await askAgain(place, "unlocked");
    await place.refusedTimes(3);
    expect(await place.connectionStatus()).toMatchObject({
      login: { refusals: 2 },
      lastHandledReconcileAt: "unlocked",
    });
    await world.restartOperator();
    await place.refusedTimes(3);
    await letIn(place);
  });

  test("is not tried since the connection changed in what does not concern it", async () => {
    const place = await anAccount(wrong);
    await place.refusedTimes(1);
    await place.edit("ontapconnections", "array", { spec: { grants: [grantOf("svm1")] } });
    await place.refusedTimes(1);
    await world.restartOperator();
    await place.refusedTimes(1);
    await place.edit("ontapconnections", "array", { spec: { grants: [grantOf("svm1"), grantOf("svm2")] } });
    await place.refusedTimes(1);
    await place.edit("ontapconnections", "array", { spec: { limits: { requestTimeout: "20s" } } });
    await place.refusedTimes(2);
    expect((await place.connectionStatus()).login?.refusals).toBe(2);
    await letIn(place);
  });

  test("is the same in another version of its Secret, which was touched or made anew, also after a restart", async () => {
    const place = await anAccount(wrong);
    await place.refusedTimes(1);
    await place.edit("secrets", "login", { metadata: { labels: { touched: "yes" } } });
    await place.refusedTimes(1);
    const { data } = (await world.cluster.get("secrets", place.namespace, "login")) as KubeObject;
    await world.cluster.delete("secrets", place.namespace, "login");
    await untilConnection(place, "SecretNotFound");
    const named = { name: "login", namespace: place.namespace };
    const { metadata } = await world.cluster.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: named,
      type: basicAuth,
      data,
    });
    await untilConnection(place, "LoginRefused");
    await place.refusedTimes(1);
    expect((await place.connectionStatus()).login).toMatchObject({ uid: metadata.uid, refusals: 1 });
    await world.restartOperator();
    await place.refusedTimes(1);
    clock.skip(16 * minuteMs);
    await place.refusedTimes(2);
    await letIn(place);
  });

  test("is not tried more often because the array cannot be reached when it is due", async () => {
    const place = await anAccount(wrong);
    await place.refusedTimes(1);
    onTestFinished(async () => void (await world.array.sideDoor.act({ do: "accept-connections" })));
    await world.array.sideDoor.act({ do: "refuse-connections" });
    clock.skip(16 * minuteMs);
    await untilConnection(place, "ConnectionRefused");
    requestsSent = 0;
    await sleep(2000);
    // One every second or more, and those of connections that other tests have left.
    expect(requestsSent).toBeLessThan(20);
    await world.array.sideDoor.act({ do: "accept-connections" });
    await place.refusedTimes(2);
    await letIn(place);
  });
});

describe("a password that is changed on the array while it works", () => {
  test("counts every request that it cut off, and stays below the fifth", async () => {
    const place = await anAccount();
    await untilConnection(place, "Connected");
    const names = Array.from({ length: 12 }, (_, index) => `busy-${index}`);
    for (const name of names) await place.createCredential(name, { authenticationType: "deny" });
    for (const name of names) await place.untilReady(name);
    onTestFinished(async () => void (await setLatency(0)));
    await setLatency(400);
    await Promise.all(
      names.map((name) => place.edit("iscsicredentials", name, { spec: { authenticationType: "none" } })),
    );
    await place.change("changed-by-somebody");
    const atFirst = await eventually(async () => (await place.connectionStatus()).login?.refusals, "it is refused");
    await sleep(aWhileMs);
    expect(atFirst).toBeGreaterThan(1);
    expect(await place.refusals()).toBe(atFirst);
    for (let hour = 0; hour < 48; hour += 8) {
      clock.skip(8 * hourMs);
      await sleep(aWhileMs);
    }
    expect(await place.refusals()).toBe(4);
    await place.edit("secrets", "login", { stringData: { password: "changed-by-somebody" } });
    for (const name of names) await place.untilReady(name);
  });
});

const setLatency = (ms: number): Promise<unknown> =>
  world.array.sideDoor.act({ do: "set-latency", latency: { shape: "fixed", ms } });

describe("a refusal that cannot be written to the status", () => {
  test("still holds, for the login as for whoever asked; a process that ends before it is written costs one attempt", async () => {
    onTestFinished(() => void (faults.statusIsLost = false));
    faults.statusIsLost = true;
    const place = await anAccount(wrong);
    await place.refusedTimes(1);
    await askAgain(place, "once");
    await place.refusedTimes(2);
    for (let retry = 0; retry < 4; retry += 1) {
      clock.skip(1100);
      await place.refusedTimes(2);
    }
    await world.restartOperator();
    await place.refusedTimes(3);
    faults.statusIsLost = false;
    clock.skip(1100);
    await untilConnection(place, "LoginRefused");
    await world.restartOperator();
    await place.refusedTimes(3);
    expect((await place.connectionStatus()).lastHandledReconcileAt).toBe("once");
    await letIn(place);
  });
});
