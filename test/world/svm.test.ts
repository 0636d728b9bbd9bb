import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../tools/harness/cluster.ts";
import { createSkippingClock } from "../../tools/harness/skipping-clock.ts";
import {
  aPlace,
  conditionOf,
  eventWith,
  statusOf,
  untilAsTimePasses,
  untilFailures,
  untilStatus,
  useWorld,
} from "./harness.ts";

/** Behaviour 4: an SVM is what its UUID says, and what its state lets through. */

const clock = createSkippingClock();
const world = useWorld({ clock, random: () => 1 });

const act = (action: Parameters<typeof world.array.sideDoor.act>[0]): Promise<unknown> =>
  world.array.sideDoor.act(action);

async function uuidOf(name: string): Promise<string> {
  return (await world.array.sideDoor.svms()).find((svm) => svm.name === name)?.uuid ?? "";
}

describe("an SVM that was deleted and made again under its name", () => {
  test("gets the credential again, status.svm follows, and an Event says so once", async () => {
    await act({ do: "create-svm", name: "replaced" });
    const place = await aPlace(world, { resyncInterval: "5s" });
    await place.createCredential("follower", { svm: { name: "replaced" }, authenticationType: "deny" });
    await place.untilReady("follower");
    const before = await uuidOf("replaced");
    await act({ do: "recreate-svm", svm: "replaced" });
    const after = await uuidOf("replaced");
    const follower = await untilAsTimePasses(clock, 10_000, () => place.stored("follower"), "it is on the new SVM");
    expect(follower).toMatchObject({ svmUuid: after, authenticationType: "deny" });
    await untilStatus(place, "follower", ({ svm, applied }) => svm?.uuid === after && applied !== undefined);
    const event = await eventWith(place, "SvmReplaced");
    expect(event).toMatchObject({ action: "FollowSvm", type: "Warning" });
    expect(event["note"]).toMatch(
      new RegExp(`^spec.svm means SVM replaced with UUID ${after} now; before it was replaced with UUID ${before}\\.`),
    );
    clock.skip(60_000);
    await place.createCredential("later", {});
    await place.untilReady("later");
    const events = await world.cluster.list("events", place.namespace);
    expect(events.filter(({ reason }) => reason === "SvmReplaced")).toHaveLength(1);
  });

  test("is another one to a credential that names a UUID: it stays away, and says which are there", async () => {
    await act({ do: "create-svm", name: "named" });
    const place = await aPlace(world, { resyncInterval: "5s" });
    const uuid = await uuidOf("named");
    await place.createCredential("exact", { svm: { uuid }, authenticationType: "deny" });
    const ready = await place.untilReady("exact");
    expect(statusOf(ready)?.svm).toEqual({ name: "named", uuid });
    await act({ do: "recreate-svm", svm: "named" });
    const missing = async (): Promise<KubeObject | undefined> => {
      const seen = await place.credential("exact");
      return conditionOf(seen, "Ready")?.reason === "SvmNotFound" ? seen : undefined;
    };
    const stalled = await untilAsTimePasses(clock, 10_000, missing, "the SVM is missed");
    expect(conditionOf(stalled, "Stalled")?.message).toContain(`shows no SVM ${uuid} (spec.svm), only: named,`);
    expect(await place.stored("exact")).toBeUndefined();
  });
});

describe("an SVM that takes no writes", () => {
  test.each([
    {
      because: "it is stopped",
      shut: { do: "stop-svm", svm: "shut" },
      open: { do: "start-svm", svm: "shut" },
      reason: "SvmStopped",
      code: "5374893",
      says: "vserver start",
    },
    {
      because: "it is the destination of a disaster recovery relationship",
      shut: { do: "change-svm", svm: "shut", subtype: "dp_destination" },
      open: { do: "change-svm", svm: "shut", subtype: "default" },
      reason: "SvmIsReplicationDestination",
      code: "2621574",
      says: "Point the object at the source SVM",
    },
  ] as const)("since $because: $reason, asked slowly, and soon after it takes them again", async (each) => {
    await act({ do: "create-svm", name: "shut" });
    const place = await aPlace(world);
    await act(each.shut);
    await place.createCredential("kept-out", { svm: { name: "shut" }, authenticationType: "deny" });
    const waiting = await place.untilReady("kept-out", each.reason);
    expect(conditionOf(waiting, "Reconciling")?.message).toContain(each.says);
    expect(statusOf(waiting)?.ontapError).toMatchObject({ code: each.code, reason: each.reason });
    // Slow rows begin at five seconds and end at ten minutes; the others at one and five.
    const { nextAttemptTime = "" } = await untilFailures(place, "kept-out", clock, 8);
    expect(Date.parse(nextAttemptTime) - clock.now()).toBeGreaterThan(6 * 60_000);
    await act(each.open);
    await untilAsTimePasses(clock, 11 * 60_000, () => place.stored("kept-out"), "the credential is there");
    const ready = await place.untilReady("kept-out");
    expect(statusOf(ready)).not.toHaveProperty("ontapError");
    await act({ do: "delete-svm", svm: "shut" });
  });
});
