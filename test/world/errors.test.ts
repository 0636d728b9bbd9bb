import { describe, expect, onTestFinished, test } from "vitest";
import { createSkippingClock } from "../harness/skipping-clock.ts";
import { aPlace, conditionOf, eventually, statusOf, untilStatus, useWorld, writesTo, type Place } from "./harness.ts";

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
  { errorClass: "input", code: "262197", reason: "ValueRefused" },
  { errorClass: "bug", code: "262199", reason: "RequestMalformed" },
])("class $errorClass", ({ errorClass, code, reason }) => {
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
    if (errorClass === "bug") expect(conditionOf(stalled, "Ready")?.message).toContain("Report it");

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
    { pace: "soon", code: "8", reason: "ResourceBusy", waits: [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] },
    { pace: "slow", code: "5374893", reason: "SvmStopped", waits: [5, 10, 20, 40, 80, 160, 320, 600, 600] },
  ])("$reason backs off $pace: $waits seconds at most, and says when", async ({ code, reason, waits }) => {
    onTestFinished(() => world.array.sideDoor.clearFaults());
    const place = await aPlace(world);
    await refuse(code);
    await place.createCredential("waiting", { authenticationType: "deny" });
    for (const [index, seconds] of waits.entries()) {
      const status = await untilStatus(place, "waiting", (seen) => (seen.consecutiveFailures ?? 0) > index);
      const leftMs = Date.parse(status.nextAttemptTime ?? "") - clock.now();
      expect(leftMs).toBeLessThanOrEqual(seconds * 1000);
      // By the real time that this machine takes to look, an attempt may be over: then the next one is seen instead.
      if (seconds >= 60) expect(leftMs).toBeGreaterThan(seconds * 500);
      expect(conditionOf(await place.credential("waiting"), "Reconciling")?.reason).toBe(reason);
      if (status.consecutiveFailures === index + 1) clock.skip(Math.max(0, leftMs) + 1000);
    }
    await world.array.sideDoor.clearFaults();
    clock.skip(hourMs);
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
    // Those that were under way when the first one was refused; at most as many as may be at one array.
    const atFirst = await refusals();
    expect(atFirst).toBeLessThanOrEqual(8);
    const warned = async (): Promise<string | undefined> =>
      conditionOf(await world.cluster.get("ontapconnections", place.namespace, "array"), "PermissionWarning")?.message;
    expect(await eventually(warned, "the connection says it")).toContain("POST on credentials");

    clock.skip(6 * 60_000);
    await eventually(async () => ((await refusals()) > atFirst ? true : undefined), "one has tried again");
    clock.skip(6 * 60_000);
    await eventually(async () => ((await refusals()) > atFirst + 1 ? true : undefined), "and once more");
    expect(await refusals()).toBe(atFirst + 2);

    await setRole("all");
    const annotations = { "ontap-iscsi.dev/reconcile-requested-at": "role-mended" };
    await place.edit("ontapconnections", "array", { metadata: { annotations } });
    for (const name of names) await place.untilReady(name);
    await eventually(async () => ((await warned()) === undefined ? true : undefined), "the warning is gone");
    expect(await refusals()).toBe(atFirst + 2);
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
