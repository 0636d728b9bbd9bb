import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../tools/harness/cluster.ts";
import { aPlace, conditionOf, eventually, useWorld, writesTo, type Place } from "./harness.ts";

/** Behaviour 3: of those that claim one credential the oldest wins, in whatever order things happen. */

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

async function elderWins(place: Place): Promise<void> {
  const loser = await place.untilReady("younger", "Conflicted");
  expect(conditionOf(loser, "Conflicted")?.message).toContain(`${place.namespace}/elder is older`);
  expect(conditionOf(loser, "Stalled")?.reason).toBe("Conflicted");
  await place.untilReady("elder");
  expect(await place.stored("shared")).toMatchObject(elder);
}

const claim = (place: Place, name: string, spec: object): Promise<KubeObject> =>
  place.createCredential(name, { initiator: place.initiator("shared"), ...spec });

describe("the older wins and the loser writes nothing", () => {
  test("when the older comes first, and after a restart", async () => {
    const place = await aPlace(world);
    await claim(place, "elder", elder);
    await anotherSecond();
    await place.untilReady("elder");
    await world.array.sideDoor.forgetRequests();
    await claim(place, "younger", younger);
    await elderWins(place);
    await world.restartOperator();
    await sleep(500);
    await elderWins(place);
    expect(await writesTo(world.array)).toEqual([]);
  });

  test("when the operator sees both at once", async () => {
    const place = await aPlace(world);
    await world.restartOperator(async () => {
      await claim(place, "elder", elder);
      await anotherSecond();
      await claim(place, "younger", younger);
      await world.array.sideDoor.forgetRequests();
    });
    await elderWins(place);
    expect((await writesTo(world.array)).map(({ method }) => method)).toEqual(["POST"]);
  });

  test("when the older's connection, to the same cluster, is there last: it takes over at once", async () => {
    const place = await aPlace(world);
    await claim(place, "elder", { ...elder, connectionRef: { name: "second" } });
    await anotherSecond();
    await claim(place, "younger", younger);
    await place.untilReady("younger");
    expect(await place.stored("shared")).toMatchObject(younger);
    await world.cluster.create(secondConnection(place));
    await elderWins(place);
    await world.restartOperator();
    await sleep(500);
    await elderWins(place);
  });

  test("and of two of the same second the one with the smaller uid", async () => {
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
  test("when the winner goes", async () => {
    const place = await aPlace(world);
    await claim(place, "elder", elder);
    await place.untilReady("elder");
    await anotherSecond();
    await claim(place, "younger", younger);
    await elderWins(place);
    await world.cluster.delete("iscsicredentials", place.namespace, "elder");
    const ready = await place.untilReady("younger");
    expect(conditionOf(ready, "Conflicted")).toBeUndefined();
    expect(await place.stored("shared")).toMatchObject(younger);
  });

  test("when nobody consents to the winner any more, whose deletion then leaves the credential alone", async () => {
    const place = await aPlace(world, { grants: [everything] });
    const tenant = await aPlace(world);
    const initiator = place.initiator("shared");
    const connectionRef = { name: "array", namespace: place.namespace };
    await tenant.createCredential("elder", { initiator, connectionRef, ...elder });
    await tenant.untilReady("elder");
    await anotherSecond();
    await claim(place, "younger", younger);
    await place.untilReady("younger", "Conflicted");
    await place.edit("ontapconnections", "array", { spec: { grants: [] } });
    await tenant.untilReady("elder", "NotGranted");
    await place.untilReady("younger");
    await world.cluster.delete("iscsicredentials", tenant.namespace, "elder");
    await eventually(async () => ((await tenant.credential("elder")) === undefined ? true : undefined), "it is gone");
    expect(await place.stored("shared")).toMatchObject(younger);
  });
});
