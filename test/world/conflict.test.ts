import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../tools/harness/cluster.ts";
import { aPlace, conditionOf, untilGone, useWorld, writesTo, type Place } from "./harness.ts";

/** Behaviour 3: of those that claim one credential its holder keeps it, else the oldest has it, in whatever order things happen. */

const world = useWorld();

/** creationTimestamp counts whole seconds. */
const anotherSecond = (): Promise<void> => sleep(1100);

const everything = { namespaces: { from: "All" }, svms: ["*"], initiators: ["*"] };
const elder = { authenticationType: "deny" };
const younger = { authenticationType: "none" };

/** Another OntapConnection whose endpoint turns out to be the same cluster. */
const secondConnection = (place: Place): KubeObject => ({
  apiVersion: "ontap-iscsi.dev/v1alpha1",
  kind: "OntapConnection",
  metadata: { name: "second", namespace: place.namespace },
  spec: {
    // The same cluster by another name.
    endpoint: world.array.url,
    auth: { basic: { secretRef: { name: "ontap-login" } } },
    tls: { caBundle: world.array.caPem },
    resyncInterval: "1h",
  },
});

async function keeps(place: Place, holder: "elder" | "younger"): Promise<void> {
  const waiting = holder === "elder" ? "younger" : "elder";
  const loser = await place.untilReady(waiting, "Conflicted");
  expect(conditionOf(loser, "Conflicted")?.message).toMatch(
    new RegExp(
      `^IscsiCredential ${place.namespace}/${holder} holds the same initiator on the same SVM; .* delete that one`,
    ),
  );
  expect(conditionOf(loser, "Stalled")?.reason).toBe("Conflicted");
  await place.untilReady(holder);
  expect(await place.stored("shared")).toMatchObject(holder === "elder" ? elder : younger);
}

/** How the array was asked to change what all of a place claim. */
async function writesToShared(place: Place): Promise<readonly string[]> {
  return (await writesTo(world.array))
    .filter(({ method, path }) => method === "POST" || decodeURIComponent(path).endsWith(place.initiator("shared")))
    .map(({ method }) => method);
}

const claim = (place: Place, name: string, spec: object): Promise<KubeObject> =>
  place.createCredential(name, { initiator: place.initiator("shared"), ...spec });

describe("one has it, and the others write nothing", () => {
  test("the older, which came first, also after a restart", async () => {
    const place = await aPlace(world);
    await claim(place, "elder", elder);
    await anotherSecond();
    await place.untilReady("elder");
    await world.array.sideDoor.forgetRequests();
    await claim(place, "younger", younger);
    await keeps(place, "elder");
    await world.restartOperator();
    await sleep(500);
    await keeps(place, "elder");
    expect(await writesTo(world.array)).toEqual([]);
  });

  test("the older, when the operator sees both at once", async () => {
    const place = await aPlace(world);
    await world.restartOperator(async () => {
      await claim(place, "elder", elder);
      await anotherSecond();
      await claim(place, "younger", younger);
      await world.array.sideDoor.forgetRequests();
    });
    await keeps(place, "elder");
    expect((await writesTo(world.array)).map(({ method }) => method)).toEqual(["POST"]);
  });

  test("the younger, which holds it already when the older's connection to the same cluster appears", async () => {
    const place = await aPlace(world);
    await claim(place, "elder", { ...elder, connectionRef: { name: "second" } });
    await anotherSecond();
    await claim(place, "younger", younger);
    await place.untilReady("younger");
    expect(await place.stored("shared")).toMatchObject(younger);
    await world.array.sideDoor.forgetRequests();
    await world.cluster.create(secondConnection(place));
    await keeps(place, "younger");
    await world.restartOperator();
    await sleep(500);
    await keeps(place, "younger");
    expect(await writesToShared(place)).toEqual([]);
  });

  test("of two of the same second the one with the smaller uid", async () => {
    const place = await aPlace(world);
    const created = (object: KubeObject): string =>
      (object.metadata as { readonly creationTimestamp?: string }).creationTimestamp ?? "";
    // Two requests at once are of one second, unless a second ends between them.
    const twins = async (
      attempt: number,
    ): Promise<{ readonly twins: readonly KubeObject[]; readonly shared: string }> => {
      const shared = `twins-${attempt}`;
      const initiator = place.initiator(shared);
      const both = await Promise.all(
        ["left", "right"].map((name) =>
          place.createCredential(`${name}-${attempt}`, { initiator, authenticationType: "deny" }),
        ),
      );
      const [left, right] = both.map(created);
      return left === right ? { twins: both, shared } : twins(attempt + 1);
    };
    const { twins: both, shared } = await twins(1);
    const [winner, loser] = both.toSorted((a, b) => ((a.metadata.uid ?? "") < (b.metadata.uid ?? "") ? -1 : 1));
    await place.untilReady(winner?.metadata.name ?? "");
    await place.untilReady(loser?.metadata.name ?? "", "Conflicted");
    expect(await place.stored(shared)).toMatchObject({ authenticationType: "deny" });
  });
});

describe("the loser takes over", () => {
  test("when the holder goes, without a moment in which the array has no credential", async () => {
    const place = await aPlace(world);
    await claim(place, "elder", elder);
    await place.untilReady("elder");
    await anotherSecond();
    await claim(place, "younger", younger);
    await keeps(place, "elder");
    await world.array.sideDoor.forgetRequests();
    await world.cluster.delete("iscsicredentials", place.namespace, "elder");
    const ready = await place.untilReady("younger");
    expect(conditionOf(ready, "Conflicted")).toBeUndefined();
    await untilGone(place, "elder");
    expect(await place.stored("shared")).toMatchObject(younger);
    expect(await writesToShared(place)).toEqual(["PATCH"]);
  });

  test("when the grant of the holder is withdrawn, whose deletion then leaves the credential alone", async () => {
    const place = await aPlace(world, { grants: [everything] });
    const tenant = await aPlace(world);
    const initiator = place.initiator("shared");
    const connectionRef = { name: "array", namespace: place.namespace };
    await tenant.createCredential("elder", { initiator, connectionRef, ...elder });
    await tenant.untilReady("elder");
    await anotherSecond();
    await claim(place, "younger", younger);
    const loser = await place.untilReady("younger", "Conflicted");
    expect(conditionOf(loser, "Conflicted")?.message).toMatch(/^The credential is held by another namespace; /);
    expect(JSON.stringify(loser)).not.toContain(tenant.namespace);
    await world.array.sideDoor.forgetRequests();
    await place.edit("ontapconnections", "array", { spec: { grants: [] } });
    await tenant.untilReady("elder", "NotGranted");
    await place.untilReady("younger");
    await world.cluster.delete("iscsicredentials", tenant.namespace, "elder");
    await untilGone(tenant, "elder");
    expect(await place.stored("shared")).toMatchObject(younger);
    expect(await writesToShared(place)).toEqual(["PATCH"]);
  });
});
