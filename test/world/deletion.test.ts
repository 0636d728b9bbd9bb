import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  aPlace,
  cutOff,
  conditionOf,
  eventWith,
  eventually,
  untilConnection,
  untilGone,
  useWorld,
  writesTo,
  type Place,
} from "./harness.ts";

/** Behaviour 6: deletion ends, or says the way out; and adoption that was refused says its own. */

const world = useWorld();

const remove = (place: Place, name: string): Promise<void> =>
  world.cluster.delete("iscsicredentials", place.namespace, name);

const retain = (place: Place, name: string): Promise<unknown> =>
  place.edit("iscsicredentials", name, { spec: { deletionPolicy: "Retain" } });

async function aSettled(name: string, spec: object = {}, connectionSpec: object = {}): Promise<Place> {
  const place = await aPlace(world, connectionSpec);
  await place.createCredential(name, { authenticationType: "deny", ...spec });
  await place.untilReady(name);
  return place;
}

describe("while the array is down", () => {
  test("deletion waits, says the way out, and Retain takes it at once", async () => {
    const place = await aSettled("stuck");
    await cutOff(place);
    await remove(place, "stuck");
    const waiting = await place.untilReady("stuck", "ConnectionNotReady");
    expect(conditionOf(waiting, "Reconciling")?.message).toContain("set deletionPolicy to Retain");
    await retain(place, "stuck");
    await untilGone(place, "stuck");
    expect(await place.stored("stuck")).toMatchObject({ authenticationType: "deny" });
  });

  test("deletion waits, and goes on by itself when the array is back", async () => {
    const place = await aSettled("patient");
    await cutOff(place);
    await remove(place, "patient");
    await place.untilReady("patient", "ConnectionNotReady");
    await world.array.sideDoor.act({ do: "accept-connections" });
    await untilGone(place, "patient");
    expect(await place.stored("patient")).toBeUndefined();
  });
});

describe("when the connection is gone", () => {
  /** Someone has taken our finalizer off by hand; as long as it is there, the connection waits for its users. */
  async function withoutConnection(name: string): Promise<Place> {
    const place = await aSettled(name);
    await world.cluster.delete("ontapconnections", place.namespace, "array");
    const held = await untilConnection(place, "InUse");
    expect(conditionOf(held, "Ready")?.message).toContain(`${place.namespace}/${name}`);
    await place.edit("ontapconnections", "array", { metadata: { finalizers: null } });
    await place.untilReady(name, "ConnectionNotFound");
    return place;
  }

  test("the condition says the way out, and Retain takes it at once", async () => {
    const place = await withoutConnection("orphan");
    await remove(place, "orphan");
    await sleep(500);
    const waiting = await place.untilReady("orphan", "ConnectionNotFound");
    expect(waiting.metadata.deletionTimestamp).toBeDefined();
    expect(conditionOf(waiting, "Ready")?.message).toContain(
      "To delete this object without it, set deletionPolicy to Retain",
    );
    await retain(place, "orphan");
    await untilGone(place, "orphan");
    expect(await place.stored("orphan")).toMatchObject({ authenticationType: "deny" });
  });
});

describe("what is not there any more counts as done", () => {
  test("the SVM, although the connection has not noticed yet", async () => {
    await world.array.sideDoor.act({ do: "create-svm", name: "doomed" });
    const place = await aSettled("svmless", { svm: { name: "doomed" } }, { resyncInterval: "1h" });
    await world.array.sideDoor.act({ do: "delete-svm", svm: "doomed" });
    await world.array.sideDoor.forgetRequests();
    await remove(place, "svmless");
    await untilGone(place, "svmless");
    const gone = await eventWith(place, "SvmGone");
    expect(gone).toMatchObject({ type: "Warning", regarding: { name: "svmless" } });
    expect(gone["note"]).toMatch(/^SVM doomed is gone: two complete lists of the same login no longer show it/);
    const deletions = (await writesTo(world.array)).filter(({ path }) =>
      decodeURIComponent(path).endsWith(place.initiator("svmless")),
    );
    // That the SVM is gone is learned from two lists of the connection; until then the deletion is tried.
    expect(new Set(deletions.map(({ method, code }) => `${method} ${code}`))).toEqual(new Set(["DELETE 2621462"]));
    expect(deletions.length).toBeLessThanOrEqual(4);
  });

  test.each([
    ["Delete", undefined],
    // The initiator must not fall back to the SVM's default.
    ["Deny", "deny"],
  ])("the credential, under deletionPolicy %s, which leaves type %s", async (deletionPolicy, left) => {
    const place = await aSettled("vanished", { authenticationType: "none", deletionPolicy });
    const initiator = place.initiator("vanished");
    await world.array.sideDoor.act({ do: "delete-credential", svm: "svm1", initiator });
    await remove(place, "vanished");
    await untilGone(place, "vanished");
    expect((await place.stored("vanished"))?.authenticationType).toBe(left);
  });
});

describe("deletion of a suspended object", () => {
  test("waits for a person to say which of the two counts", async () => {
    const place = await aSettled("braked");
    await place.edit("iscsicredentials", "braked", { spec: { suspend: true } });
    await world.array.sideDoor.forgetRequests();
    await remove(place, "braked");
    const stalled = await place.untilReady("braked", "SuspendedDeletion");
    expect(conditionOf(stalled, "Stalled")?.message).toContain("set suspend to false to let the array be written");
    expect(await writesTo(world.array)).toEqual([]);
    await place.edit("iscsicredentials", "braked", { spec: { suspend: false } });
    await untilGone(place, "braked");
    expect(await place.stored("braked")).toBeUndefined();
  });
});

describe("adoption that was refused", () => {
  const foreign = async (name: string): Promise<Place> => {
    const place = await aPlace(world);
    const initiator = place.initiator(name);
    await world.array.sideDoor.act({ do: "put-credential", svm: "svm1", initiator, authenticationType: "none" });
    await place.createCredential(name, { authenticationType: "deny", adoptionPolicy: "Refuse" });
    await place.untilReady(name, "AlreadyExists");
    return place;
  };

  test("becomes adoption when the policy says so", async () => {
    const place = await foreign("taken-over");
    await place.edit("iscsicredentials", "taken-over", { spec: { adoptionPolicy: "Adopt" } });
    await place.untilReady("taken-over");
    expect(await place.stored("taken-over")).toMatchObject({ authenticationType: "deny" });
  });

  test("becomes creation when the foreign one is deleted and someone asks", async () => {
    const place = await foreign("cleared");
    const initiator = place.initiator("cleared");
    await world.array.sideDoor.act({ do: "delete-credential", svm: "svm1", initiator });
    const annotations = { "ontap-iscsi.dev/reconcile-requested-at": "cleared" };
    await place.edit("iscsicredentials", "cleared", { metadata: { annotations } });
    await place.untilReady("cleared");
    expect(await eventually(() => place.stored("cleared"), "it is there")).toMatchObject({
      authenticationType: "deny",
    });
  });
});
