import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createSkippingClock } from "../../tools/harness/skipping-clock.ts";
import {
  aPlace,
  conditionOf,
  eventually,
  mutualFrom,
  statusOf,
  untilAsTimePasses,
  untilGone,
  untilStatus,
  useWorld,
  writesTo,
  type CredentialStatus,
  type Place,
} from "./harness.ts";

/** Behaviour 5: what others do to the array is found at the next look. Hours pass at once. */

const clock = createSkippingClock();
// Late in each interval is when an SVM has its turn.
const world = useWorld({ clock, random: () => 0.9 });

const minuteMs = 60_000;

const secret = {
  "node.session.auth.username": "node",
  "node.session.auth.password": "declared-inbound",
  "node.session.auth.username_in": "array",
  "node.session.auth.password_in": "declared-outboun",
};

async function aMutual(name: string, spec: object = {}): Promise<Place> {
  const place = await aPlace(world);
  await place.createSecret("chap", secret, "kubernetes.io/iscsi-chap");
  const initiatorAddress = { ranges: [{ start: "10.0.0.1", end: "10.0.0.9" }] };
  await place.createCredential(name, { ...mutualFrom("chap"), initiatorAddress, ...spec });
  await place.untilReady(name);
  return place;
}

const declared = {
  authenticationType: "chap",
  inbound: { user: "node", password: "declared-inbound" },
  outbound: { user: "array", password: "declared-outboun" },
};

const tamper = (place: Place, name: string, change: object): Promise<unknown> =>
  world.array.sideDoor.act({ do: "put-credential", svm: "svm1", initiator: place.initiator(name), ...change });

const isDeclared = async (place: Place, name: string): Promise<true | undefined> => {
  const { authenticationType, inbound, outbound, addresses } = (await place.stored(name)) ?? {};
  const held = JSON.stringify({ authenticationType, inbound, outbound }) === JSON.stringify(declared);
  return held && JSON.stringify(addresses).includes('"10.0.0.9"') ? true : undefined;
};

describe("Enforce corrects, and an Event says what was found", () => {
  const drifts: readonly { readonly what: string; readonly change: object | undefined; readonly note: string }[] = [
    {
      what: "the type",
      change: { authenticationType: "none", inbound: null, outbound: null },
      note: "authentication_type was none, wanted chap; chap.inbound.user was absent, wanted node",
    },
    {
      what: "the inbound user",
      change: { inbound: { user: "intruder", password: "canary-intruder" } },
      note: "chap.inbound.user was intruder, wanted node",
    },
    {
      what: "the outbound user",
      change: { outbound: { user: "impostor", password: "canary-impostor" } },
      note: "chap.outbound.user was impostor, wanted array",
    },
    {
      what: "an outbound pair that is gone",
      change: { outbound: null },
      note: "chap.outbound.user was absent, wanted array",
    },
    {
      what: "the addresses",
      change: { addresses: { ranges: [{ start: "10.9.9.9", end: "10.9.9.9" }] } },
      note: "initiator_address was 10.9.9.9, wanted 10.0.0.1-10.0.0.9",
    },
    { what: "deletion", change: undefined, note: "it was deleted" },
  ];

  test.each(drifts)("$what", async ({ change, note }) => {
    const place = await aMutual("drifted");
    if (change !== undefined) await tamper(place, "drifted", change);
    else
      await world.array.sideDoor.act({ do: "delete-credential", svm: "svm1", initiator: place.initiator("drifted") });
    await untilAsTimePasses(
      clock,
      11 * minuteMs,
      () => isDeclared(place, "drifted"),
      "the array holds what is declared",
    );
    const event = await eventually(
      async () =>
        (await world.cluster.list("events", place.namespace)).find(({ reason }) => reason === "DriftCorrected"),
      "an Event tells",
    );
    expect(event["note"]).toContain(note);
    expect(JSON.stringify(await world.cluster.list("events", place.namespace))).not.toMatch(/canary|declared-/);
    expect(conditionOf(await place.credential("drifted"), "Ready")?.status).toBe("True");
  });
});

describe("Plan", () => {
  test("shows drift in status.plan and never writes it, whatever time passes", async () => {
    const place = await aMutual("planned");
    await place.edit("iscsicredentials", "planned", { spec: { mode: "Plan" } });
    await untilStatus(place, "planned", ({ observedGeneration }) => observedGeneration === 2);
    await tamper(place, "planned", { inbound: { user: "intruder", password: "canary-intruder" } });
    await world.array.sideDoor.forgetRequests();
    const drifted = async (): Promise<CredentialStatus | undefined> => {
      const status = statusOf(await place.credential("planned"));
      return status?.plan === undefined ? undefined : status;
    };
    const { plan, observed } = await untilAsTimePasses(clock, 11 * minuteMs, drifted, "the drift is planned");
    expect(plan).toEqual({
      operation: "PATCH",
      changes: [{ field: "chap.inbound.user", observed: "intruder", wanted: "node" }],
    });
    expect(observed).toMatchObject({ inboundUser: "intruder" });
    clock.skip(24 * 60 * minuteMs);
    await sleep(500);
    expect(await writesTo(world.array)).toEqual([]);
    await place.edit("iscsicredentials", "planned", { spec: { mode: "Enforce" } });
    await eventually(() => isDeclared(place, "planned"), "Enforce writes what was planned");
  });
});

const isLook = (path: string): boolean => path.includes("/iscsi/credentials");

describe("time", () => {
  const passwordOf = async (place: Place, name: string): Promise<string | undefined> =>
    (await place.stored(name))?.inbound?.password;

  test("reassertInterval writes the secrets again although nothing visible changed, and not before", async () => {
    const place = await aMutual("reasserted", { reassertInterval: "24h" });
    await tamper(place, "reasserted", { inbound: { user: "node", password: "canary-unseen-1" } });
    await world.array.sideDoor.forgetRequests();
    clock.skip(23 * 60 * minuteMs);
    await sleep(500);
    expect(await passwordOf(place, "reasserted")).toBe("canary-unseen-1");
    await untilAsTimePasses(clock, 61 * minuteMs, () => isDeclared(place, "reasserted"), "it is written again");
    expect((await writesTo(world.array)).map(({ method }) => method)).toEqual(["PATCH"]);
    clock.skip(23 * 60 * minuteMs);
    await sleep(500);
    expect(await writesTo(world.array)).toHaveLength(1);
  });

  test("an object's own resyncInterval wins over its connection's", async () => {
    const place = await aMutual("patient", { resyncInterval: "2h" });
    await tamper(place, "patient", { authenticationType: "none", inbound: null, outbound: null });
    clock.skip(60 * minuteMs);
    await sleep(500);
    expect(await place.stored("patient")).toMatchObject({ authenticationType: "none" });
    await untilAsTimePasses(clock, 61 * minuteMs, () => isDeclared(place, "patient"), "the drift is corrected");
  });

  test("one collection GET an interval serves all credentials of an SVM, whenever each was written, after a restart too", async () => {
    const place = await aPlace(world);
    const names = Array.from({ length: 20 }, (_, index) => `crowd-${index}`);
    for (const name of names) {
      await place.createCredential(name, { authenticationType: "deny" });
      await place.untilReady(name);
      // Seen at twenty different times.
      clock.skip(minuteMs);
    }
    const anHour = async (): Promise<readonly string[]> => {
      await world.array.sideDoor.forgetRequests();
      for (let step = 0; step < 30; step += 1) {
        clock.skip(2 * minuteMs);
        await sleep(60);
      }
      return (await world.array.sideDoor.requests()).map(({ path }) => path).filter(isLook);
    };
    const looks = await anHour();
    await world.restartOperator();
    await place.createCredential("last", { authenticationType: "deny" });
    await place.untilReady("last");
    for (const seen of [looks, await anHour()]) {
      expect(seen.length).toBeGreaterThanOrEqual(5);
      expect(seen.length).toBeLessThanOrEqual(7);
    }
    expect(await writesTo(world.array)).toEqual([]);
  });
});

describe("the credential default", () => {
  const authenticationOfDefault = async (svm: string): Promise<string | undefined> =>
    (await world.array.sideDoor.credentials()).find((seen) => seen.svm === svm && seen.initiator === "default")
      ?.authenticationType;
  const onDefault = (svm: string, authenticationType: string, more: object = {}): object => ({
    svm: { name: svm },
    initiator: "default",
    authenticationType,
    deletionPolicy: "Retain",
    ...more,
  });
  const untilType = (svm: string, wanted: string): Promise<unknown> =>
    eventually(
      async () => ((await authenticationOfDefault(svm)) === wanted ? true : undefined),
      `default is ${wanted}`,
    );

  test("is adopted and changed by PATCH only, and left as it is by Retain", async () => {
    await world.array.sideDoor.act({ do: "create-svm", name: "kept" });
    const place = await aPlace(world);
    await world.array.sideDoor.forgetRequests();
    await place.createCredential("fallback", onDefault("kept", "none", { adoptionPolicy: "Refuse" }));
    await place.untilReady("fallback");
    expect(await writesTo(world.array)).toEqual([]);
    await place.edit("iscsicredentials", "fallback", { spec: { authenticationType: "deny" } });
    await untilType("kept", "deny");
    await place.untilReady("fallback");
    await world.cluster.delete("iscsicredentials", place.namespace, "fallback");
    await untilGone(place, "fallback");
    expect(await authenticationOfDefault("kept")).toBe("deny");
    expect((await writesTo(world.array)).map(({ method }) => method)).toEqual(["PATCH"]);
  });

  test("is closed by Deny, and planned like any other", async () => {
    await world.array.sideDoor.act({ do: "create-svm", name: "closed" });
    const place = await aPlace(world);
    await place.createCredential("fallback", onDefault("closed", "deny", { mode: "Plan" }));
    const planned = statusOf(await place.untilReady("fallback", "PlanPending"));
    expect(planned?.plan).toEqual({
      operation: "PATCH",
      changes: [{ field: "authentication_type", observed: "none", wanted: "deny" }],
    });
    await place.edit("iscsicredentials", "fallback", {
      spec: { mode: "Enforce", authenticationType: "none", deletionPolicy: "Deny" },
    });
    await place.untilReady("fallback");
    await world.array.sideDoor.forgetRequests();
    await world.cluster.delete("iscsicredentials", place.namespace, "fallback");
    await untilGone(place, "fallback");
    expect(await authenticationOfDefault("closed")).toBe("deny");
    expect((await writesTo(world.array)).map(({ method }) => method)).toEqual(["PATCH"]);
  });

  test("cannot be declared with deletionPolicy Delete: the API server says what to set instead", async () => {
    const place = await aPlace(world);
    await expect(
      place.createCredential("fallback", onDefault("svm1", "deny", { deletionPolicy: "Delete" })),
    ).rejects.toThrow(/set Retain to leave it or Deny to close it/);
  });
});
