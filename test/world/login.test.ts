import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { OntapConnectionStatus } from "../../src/api/ontap-connection.ts";
import type { KubeTransport } from "../../src/kube/transport.ts";
import type { OpenTransport } from "../../src/ontap/send.ts";
import { err } from "../../src/std/result.ts";
import type { KubeObject } from "../../tools/harness/cluster.ts";
import { createSkippingClock } from "../../tools/harness/skipping-clock.ts";
import {
  aPlace,
  basicAuth,
  conditionOf,
  eventually,
  untilConnection,
  untilGone,
  useWorld,
  type Place,
} from "./harness.ts";

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
  await place.createSecret("login", { username: user, password: "the-right-one", ...secret }, basicAuth);
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

  test("is tried at once when its Secret changes or a person asks, but twice in 15 minutes at most", async () => {
    const place = await anAccount(wrong);
    await place.refusedTimes(1);
    await place.edit("secrets", "login", { stringData: { password: "wrong-as-well" } });
    await place.refusedTimes(2);
    expect((await place.connectionStatus()).login?.refusals).toBe(1);
    await askAgain(place, "unlocked");
    await eventually(
      async () => ((await place.connectionStatus()).lastHandledReconcileAt === "unlocked" ? true : undefined),
      "the request is answered",
    );
    await place.refusedTimes(2);
    const { nextAttemptTime } = await place.connectionStatus();
    expect(Date.parse(nextAttemptTime ?? "")).toBeGreaterThan(clock.now());
    const answered = await untilConnection(place, "LoginRefused");
    expect(conditionOf(answered, "Ready")?.message).toMatch(/It is tried again at \d\d:\d\d UTC: correct the Secret/);
    clock.skip(16 * minuteMs);
    await place.refusedTimes(3);
    await askAgain(place, "unlocked-really");
    await place.refusedTimes(4);
    expect(await place.connectionStatus()).toMatchObject({ login: { refusals: 3 } });
    await world.restartOperator();
    await place.refusedTimes(4);
    clock.skip(16 * minuteMs);
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
    await place.refusedTimes(1);
    expect((await place.connectionStatus()).login?.refusals).toBe(1);
    await letIn(place);
  });

  test("is the same in another version of its Secret, which was touched or made again, also after a restart", async () => {
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
    await place.change("changed-by-someone");
    const atFirst = await eventually(async () => (await place.connectionStatus()).login?.refusals, "it is refused");
    await sleep(aWhileMs);
    expect(atFirst).toBeGreaterThan(1);
    expect(await place.refusals()).toBe(atFirst);
    for (let hour = 0; hour < 48; hour += 8) {
      clock.skip(8 * hourMs);
      await sleep(aWhileMs);
    }
    expect(await place.refusals()).toBe(4);
    await place.edit("secrets", "login", { stringData: { password: "changed-by-someone" } });
    for (const name of names) await place.untilReady(name);
  });
});

/** So many connections, each in a namespace of its own with its own copy of the login. */
async function connectionsOf(count: number): Promise<{ readonly account: Account; readonly places: readonly Place[] }> {
  const account = await anAccount();
  const { data } = (await world.cluster.get("secrets", account.namespace, "login")) as KubeObject;
  const others = await Promise.all(
    Array.from({ length: count - 1 }, async () => {
      const place = await aPlace(world, { auth: { basic: { secretRef: { name: "login" } } } });
      const metadata = { name: "login", namespace: place.namespace };
      await world.cluster.create({ apiVersion: "v1", kind: "Secret", metadata, type: basicAuth, data });
      return place;
    }),
  );
  const places = [account, ...others];
  await Promise.all(places.map((place) => untilConnection(place, "Connected")));
  return { account, places };
}

describe("one account that many connections use", () => {
  test.each([5, 10])("is not locked by a change of its password, with %i connections that work", async (count) => {
    const { account, places } = await connectionsOf(count);
    onTestFinished(async () => void (await setLatency(0)));
    for (const [index, place] of places.entries()) {
      await place.createCredential(`busy-${index}`, { authenticationType: "deny" });
      await place.untilReady(`busy-${index}`);
    }
    await setLatency(300);
    await Promise.all(
      places.map((place, index) =>
        place.edit("iscsicredentials", `busy-${index}`, { spec: { authenticationType: "none" } }),
      ),
    );
    await account.change("changed-on-the-array");
    clock.skip(12 * minuteMs);
    await Promise.all(places.map((place) => untilConnection(place, "LoginRefused")));
    await setLatency(0);
    expect(await account.refusals()).toBeLessThan(5);
    for (const place of places) {
      await place.edit("secrets", "login", { stringData: { password: "changed-on-the-array" } });
    }
    await Promise.all(places.map((place) => untilConnection(place, "Connected")));
    for (const [index, place] of places.entries()) await place.untilReady(`busy-${index}`);
  });

  test("is neither guessed nor taken away by a tenant who knows its name", async () => {
    const owner = await anAccount();
    await untilConnection(owner, "Connected");
    const { data } = (await world.cluster.get("secrets", owner.namespace, "login")) as KubeObject;
    const username = Buffer.from((data as { readonly username: string }).username, "base64").toString();
    const tenant = await aPlace(world, { auth: { basic: { secretRef: { name: "login" } } } });
    await tenant.createSecret("login", { username, password: "guess-0" }, basicAuth);
    await untilConnection(tenant, "LoginRefused");
    for (let guess = 1; guess <= 8; guess += 1) {
      await tenant.edit("secrets", "login", { stringData: { password: `guess-${guess}` } });
      await askAgain(tenant, `guess-${guess}`);
      await sleep(aWhileMs);
    }
    expect(await owner.refusals()).toBe(2);
    const waiting = await untilConnection(tenant, "LoginWithheld");
    expect(conditionOf(waiting, "Ready")?.message).toMatch(
      /refused other logins .* twice within 15 minutes.* at \d\d:\d\d UTC/,
    );
    await owner.createCredential("of-the-owner", { authenticationType: "deny" });
    await owner.untilReady("of-the-owner");
    await untilConnection(owner, "Connected");
  });
});

describe("a login Secret that is deleted", () => {
  test("ends every request, and the connection says so", async () => {
    const place = await anAccount();
    await place.createCredential("before", { authenticationType: "deny" });
    await place.untilReady("before");
    await world.cluster.delete("secrets", place.namespace, "login");
    await untilConnection(place, "SecretNotFound");
    await world.array.sideDoor.forgetRequests();
    await place.edit("iscsicredentials", "before", { spec: { authenticationType: "none" } });
    await place.untilReady("before", "ConnectionNotReady");
    await place.createCredential("after", { authenticationType: "deny" });
    await place.untilReady("after", "ConnectionNotReady");
    clock.skip(hourMs);
    await sleep(aWhileMs);
    const sent = (await world.array.sideDoor.requests()).filter(({ user }) => user?.startsWith("account-") === true);
    expect(sent.filter(({ path }) => path.includes(place.namespace))).toEqual([]);
    expect(await place.stored("before")).toMatchObject({ authenticationType: "deny" });
  });

  test("serves the deletions of a connection that is deleted after it", async () => {
    const place = await anAccount();
    await place.createCredential("leaving", { authenticationType: "deny" });
    await place.untilReady("leaving");
    await world.cluster.delete("secrets", place.namespace, "login");
    await untilConnection(place, "SecretNotFound");
    await world.cluster.delete("ontapconnections", place.namespace, "array");
    await untilConnection(place, "InUse");
    await place.createCredential("too-late", { authenticationType: "deny" });
    await place.untilReady("too-late", "ConnectionNotReady");
    await world.cluster.delete("iscsicredentials", place.namespace, "leaving");
    await untilGone(place, "leaving");
    expect(await place.stored("leaving")).toBeUndefined();
  });
});

const setLatency = (ms: number): Promise<unknown> =>
  world.array.sideDoor.act({ do: "set-latency", latency: { shape: "fixed", ms } });

describe("a refusal that cannot be written to the status", () => {
  test("still holds, for the login as for anyone who asked; a process that ends before it is written costs one attempt", async () => {
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
