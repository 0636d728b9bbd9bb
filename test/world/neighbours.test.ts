import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import type { OpenTransport } from "../../src/ontap/send.ts";
import { operatorRequests } from "../../tools/harness/audit.ts";
import { aPlace, chapFrom, cutOff, eventually, startArray, untilConnection, useWorld, type Place } from "./harness.ts";

/** What is wrong with one array, or too big in one object, is no one else's trouble. */

const sent: { endpoint: string; verb: string }[] = [];
/** Endpoints of the ways to arrays that are open, one entry each. */
const ways = new Set<{ readonly endpoint: string }>();
const telling =
  (open: OpenTransport): OpenTransport =>
  (access) => {
    const { send, close } = open(access);
    const way = { endpoint: access.endpoint };
    ways.add(way);
    return {
      send(request, signal) {
        sent.push({ endpoint: access.endpoint, verb: request.verb });
        return send(request, signal);
      },
      close() {
        ways.delete(way);
        return close();
      },
    };
  };

const world = useWorld({ openTransport: telling });

async function anotherArray(): Promise<typeof world.array> {
  const array = await startArray();
  onTestFinished(() => array.stop());
  return array;
}

/** How long it takes from an edit until the array has it. */
async function editTakesMs(place: Place, name: string, authenticationType: string): Promise<number> {
  const startedMs = performance.now();
  await place.edit("iscsicredentials", name, { spec: { authenticationType } });
  await eventually(
    async () => ((await place.stored(name))?.authenticationType === authenticationType ? true : undefined),
    `the array has the edit of ${name}`,
    25_000,
  );
  return performance.now() - startedMs;
}

describe("arrays that hang", () => {
  test("more of them than there are workers delay no edit on one that answers", async () => {
    const hanging = await anotherArray();
    const dead = await Promise.all(Array.from({ length: 6 }, () => aPlace({ cluster: world.cluster, array: hanging })));
    const well = await aPlace(world);
    await well.createCredential("edited", { authenticationType: "deny" });
    await well.untilReady("edited");
    for (const place of dead) await untilConnection(place, "Connected");
    await hanging.sideDoor.addFault({ effect: "hang" });
    await Promise.all(
      dead.flatMap((place) => Array.from({ length: 12 }, (_, index) => place.createCredential(`stuck-${index}`, {}))),
    );
    await eventually(
      async () => (sent.filter(({ endpoint }) => endpoint === hanging.url).length > 6 ? true : undefined),
      "the dead hang",
    );
    for (const authenticationType of ["none", "deny", "none"]) {
      expect(await editTakesMs(well, "edited", authenticationType)).toBeLessThan(1000);
    }
  });
});

describe("connections that hang", () => {
  test("as many as there are workers, for minutes: another one is Connected in seconds, before and after a restart", async () => {
    const hanging = await anotherArray();
    await hanging.sideDoor.addFault({ effect: "hang" });
    const slow = { limits: { requestTimeout: "5m" } };
    const dead = await Promise.all(
      Array.from({ length: 20 }, () => aPlace({ cluster: world.cluster, array: hanging }, slow)),
    );
    await eventually(
      async () => (sent.filter(({ endpoint }) => endpoint === hanging.url).length >= 1 ? true : undefined),
      "the dead are asked",
    );
    const startedMs = performance.now();
    await untilConnection(await aPlace(world), "Connected");
    expect(performance.now() - startedMs).toBeLessThan(5000);
    await world.operator.abandon();
    await world.restartOperator();
    const restartedMs = performance.now();
    const after = await aPlace(world);
    await untilConnection(after, "Connected");
    await after.createCredential("honest", { authenticationType: "deny" });
    await after.untilReady("honest");
    expect(performance.now() - restartedMs).toBeLessThan(10_000);
    const deletedMs = performance.now();
    await Promise.all(dead.map(({ namespace }) => world.cluster.delete("ontapconnections", namespace, "array")));
    // A process that stops lets its probes end: those of connections that are gone are cut when it hears that they are.
    await eventually(
      async () => ([...ways].some(({ endpoint }) => endpoint === hanging.url) ? undefined : true),
      "the operator has heard of the deletions",
    );
    await world.operator.stop();
    expect(performance.now() - deletedMs).toBeLessThan(10_000);
    await world.restartOperator();
  });
});

const requestsTo = (array: typeof world.array): number => sent.filter(({ endpoint }) => endpoint === array.url).length;

const named = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

describe("an array that is asked by many", () => {
  test("is left alone by all of them for as long as it asks one to wait", async () => {
    const array = await anotherArray();
    const place = await aPlace({ cluster: world.cluster, array });
    await untilConnection(place, "Connected");
    await array.sideDoor.addFault({
      effect: "error",
      code: "8",
      status: 503,
      retryAfterSeconds: 4,
      times: 1,
      when: { method: "POST" },
    });
    await place.createCredential("first", { authenticationType: "deny" });
    const paused = await eventually(
      async () => (await array.sideDoor.requests()).find(({ status }) => status === 503),
      "the array asks for a pause",
    );
    const before = requestsTo(array);
    const names = named("crowd", 30);
    await Promise.all(names.map((name) => place.createCredential(name, { authenticationType: "deny" })));
    await sleep(Math.max(0, paused.atMs + 3500 - Date.now()));
    expect(requestsTo(array)).toBe(before);
    for (const name of ["first", ...names]) await place.untilReady(name);
  });

  test("is asked by one probe for all of them while it is away", async () => {
    const array = await anotherArray();
    const place = await aPlace({ cluster: world.cluster, array });
    const names = named("crowd", 30);
    for (const name of names) await place.createCredential(name, { authenticationType: "deny" });
    for (const name of names) await place.untilReady(name);
    await cutOff(place);
    await Promise.all(
      names.map((name) => place.edit("iscsicredentials", name, { spec: { authenticationType: "none" } })),
    );
    for (const name of names) await place.untilReady(name, "ConnectionNotReady");
    const before = requestsTo(array);
    await sleep(5000);
    // Every second at first, then more rarely.
    expect(requestsTo(array) - before).toBeLessThanOrEqual(6);
    expect(requestsTo(array) - before).toBeGreaterThanOrEqual(1);
    await array.sideDoor.act({ do: "accept-connections" });
    const startedMs = performance.now();
    for (const name of names) await place.untilReady(name);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});

describe("Secrets as big as the API server takes", () => {
  const ballast = "x".repeat(1_000_000);

  test("serve like any other, and those of others are never read", async () => {
    const place = await aPlace(world);
    await world.operator.stop();
    await place.createSecret("foreign", { ballast }, "Opaque");
    await place.createSecret("big", { ballast, username: "node", password: "big-secret-value" });
    await place.createSecret("too-long", { username: "node", password: ballast });
    await world.restartOperator();
    await place.createCredential("served", chapFrom("big"));
    await place.createCredential("refused", chapFrom("too-long"));
    await place.createCredential("neighbour", { authenticationType: "deny" });
    for (const name of ["served", "neighbour"]) await place.untilReady(name);
    const refused = await place.untilReady("refused", "SecretValueTooLong");
    expect(JSON.stringify(refused).length).toBeLessThan(20_000);

    await place.edit("secrets", "foreign", { stringData: { more: "y" } });
    await place.edit("secrets", "big", { stringData: { password: "big-secret-edited" } });
    await eventually(
      async () => ((await place.stored("served"))?.inbound?.password === "big-secret-edited" ? true : undefined),
      "the edit arrives",
    );
    const reads = (await operatorRequests(inject("auditLogPath"))).filter(
      ({ verb, resource, namespace }) => verb === "get" && resource === "secrets" && namespace === place.namespace,
    );
    const read = new Set(reads.map(({ name }) => name));
    expect(read).toEqual(new Set(["big", "ontap-login", "too-long"]));
    const complaints = world.operator.logLines.filter((line) => /^(warn|error)/.test(line));
    expect(complaints.filter((line) => line.includes(place.namespace) || line.includes('"kind"'))).toEqual([]);
  });
});
