import { describe, expect, onTestFinished, test } from "vitest";
import { createSkippingClock } from "../../tools/harness/skipping-clock.ts";
import {
  aPlace,
  conditionOf,
  eventually,
  statusOf,
  untilAsTimePasses,
  untilConnection,
  untilFailures,
  useWorld,
  writesTo,
  type Place,
} from "./harness.ts";

/** Behaviour 10: what the array answers decides when, and whether, it is asked again. Hours pass at once. */

const clock = createSkippingClock();
const world = useWorld({ clock, random: () => 1 });

const hourMs = 60 * 60_000;

/** Waits until nothing that was due is left to do: an object made now is done with. */
async function settled(place: Place, name: string): Promise<void> {
  await place.createCredential(name, { authenticationType: "deny" });
  await place.untilReady(name);
}

const refuse = (code: string, times?: number): Promise<number> =>
  world.array.sideDoor.addFault({
    effect: "error",
    code,
    when: { method: "POST" },
    ...(times === undefined ? {} : { times }),
  });

describe.each([
  { errorClass: "input", code: "262197", reason: "ValueRefused", says: "Change the field" },
  { errorClass: "bug", code: "262199", reason: "RequestMalformed", says: "Report it" },
])("class $errorClass", ({ code, reason, says }) => {
  test(`${reason} stalls that object alone until a person changes something, however long that takes`, async () => {
    onTestFinished(() => world.array.sideDoor.clearFaults());
    const place = await aPlace(world);
    await world.array.sideDoor.forgetRequests();
    await refuse(code, 1);
    await place.createCredential("refused", { authenticationType: "deny" });
    const stalled = await place.untilReady("refused", reason);
    expect(conditionOf(stalled, "Stalled")).toMatchObject({ status: "True", reason });
    expect(statusOf(stalled)).toMatchObject({ ontapError: { code, operation: "POST" } });
    expect(statusOf(stalled)).not.toHaveProperty("nextAttemptTime");
    expect(conditionOf(stalled, "Ready")?.message).toContain(says);

    clock.skip(24 * hourMs);
    await settled(place, "healthy");
    expect(await place.stored("refused")).toBeUndefined();
    await place.edit("iscsicredentials", "refused", { spec: { authenticationType: "none" } });
    await place.untilReady("refused");
    expect((await writesTo(world.array)).map(({ method }) => method)).toEqual(["POST", "POST", "POST"]);
  });
});

describe("class environment", () => {
  test.each([
    { pace: "soon", code: "8", reason: "ResourceBusy", failures: 11, longestMs: 5 * 60_000 },
    { pace: "slow", code: "5374893", reason: "SvmStopped", failures: 10, longestMs: 10 * 60_000 },
  ])("$reason is tried again by itself, at the $pace pace, and says when", async (row) => {
    const { code, reason, failures, longestMs } = row;
    onTestFinished(() => world.array.sideDoor.clearFaults());
    const place = await aPlace(world);
    await refuse(code);
    await place.createCredential("waiting", { authenticationType: "deny" });
    const { nextAttemptTime = "" } = await untilFailures(place, "waiting", clock, failures);
    const leftMs = Date.parse(nextAttemptTime) - clock.now();
    expect(leftMs).toBeLessThanOrEqual(longestMs);
    expect(leftMs).toBeGreaterThan(longestMs / 2);
    expect(conditionOf(await place.credential("waiting"), "Reconciling")?.reason).toBe(reason);
    await world.array.sideDoor.clearFaults();
    await untilAsTimePasses(clock, hourMs, () => place.stored("waiting"), "the array holds it");
    const ready = await place.untilReady("waiting");
    expect(statusOf(ready)).not.toHaveProperty("consecutiveFailures");
  });
});

describe("class permission", () => {
  test("is found out once for fifty credentials, stands on the connection, and is tried again by one of them", async () => {
    const privileges = (access: "all" | "readonly"): { path: string; access: "all" | "readonly" }[] => [
      { path: "/api", access },
    ];
    const setRole = (access: "all" | "readonly"): Promise<unknown> =>
      world.array.sideDoor.act({ do: "put-role", name: "looker", privileges: privileges(access) });
    await setRole("readonly");
    await world.array.sideDoor.act({ do: "put-login", user: "looker", password: "looker-password", role: "looker" });
    const place = await aPlace(world);
    await place.edit("secrets", "ontap-login", { stringData: { username: "looker", password: "looker-password" } });
    await eventually(
      async () => (await world.array.sideDoor.requests()).find(({ user }) => user === "looker"),
      "the connection uses the new login",
    );
    await untilConnection(place, "Connected");
    await world.array.sideDoor.forgetRequests();
    const names = Array.from({ length: 50 }, (_, index) => `reader-${index}`);
    await Promise.all(names.map((name) => place.createCredential(name, { authenticationType: "deny" })));
    for (const name of names) {
      const denied = await place.untilReady(name, "PermissionDenied");
      expect(conditionOf(denied, "Reconciling")?.message).toContain("security login rest-role create");
      expect(statusOf(denied)).toMatchObject({ ontapError: { code: "6", operation: "POST" } });
    }
    const refusals = async (): Promise<number> =>
      (await writesTo(world.array)).filter(({ user, status }) => user === "looker" && status === 403).length;
    // Those whose passes were under way when the first one was refused; at most as many as an array has (workersPerArray).
    const atFirst = await refusals();
    expect(atFirst).toBeLessThanOrEqual(16);
    const warned = async (): Promise<string | undefined> =>
      conditionOf(await world.cluster.get("ontapconnections", place.namespace, "array"), "PermissionWarning")?.message;
    expect(await eventually(warned, "the connection says it")).toContain("POST on credentials");

    const triedAgain = async (times: number): Promise<true | undefined> =>
      (await refusals()) >= atFirst + times ? true : undefined;
    await untilAsTimePasses(clock, 6 * 60_000, () => triedAgain(1), "one has tried again");
    await untilAsTimePasses(clock, 6 * 60_000, () => triedAgain(2), "and once more");
    const afterTrials = await refusals();
    expect(afterTrials).toBeLessThanOrEqual(atFirst + 4);

    await setRole("all");
    const annotations = { "ontap-iscsi.dev/reconcile-requested-at": "role-mended" };
    await place.edit("ontapconnections", "array", { metadata: { annotations } });
    for (const name of names) await place.untilReady(name);
    await eventually(async () => ((await warned()) === undefined ? true : undefined), "the warning is gone");
    expect(await refusals()).toBe(afterTrials);
  });
});

describe("class converge", () => {
  test("is never shown: the operator looks again and takes the other branch", async () => {
    onTestFinished(() => world.array.sideDoor.clearFaults());
    const place = await aPlace(world);
    await refuse("5374142", 1);
    await place.createCredential("raced", { authenticationType: "deny" });
    const ready = statusOf(await place.untilReady("raced"));
    expect(ready?.history?.map(({ reason }) => reason)).toEqual(["Applied"]);
    const events = await world.cluster.list("events", place.namespace);
    expect(events.map(({ reason }) => reason)).not.toContain("CredentialExists");
    expect(await place.stored("raced")).toMatchObject({ authenticationType: "deny" });
  });
});
