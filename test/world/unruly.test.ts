import { describe, expect, test } from "vitest";
import { iscsiCredentialKind } from "../../src/api/kinds.ts";
import { parseIscsiCredential } from "../../src/api/parse.ts";
import { kubeWrites } from "../../src/kube/writes.ts";
import { withoutRules } from "../../tools/gallery/definitions.ts";
import { statuslessSpecs } from "../../tools/gallery/unruly-scenarios.ts";
import type { KubeObject } from "../../tools/harness/cluster.ts";
import { aPlace, conditionOf, eventually, useWorld } from "./harness.ts";

/** Objects that were stored before a rule existed. What each is told stands in the gallery; here, that they harm nobody. */

const world = useWorld();

const anUnrulyConnection = (namespace: string, name: string, spec: object): KubeObject => ({
  apiVersion: "ontap-iscsi.dev/v1alpha1",
  kind: "OntapConnection",
  metadata: { name, namespace },
  spec,
});

describe("objects that break a rule of today", () => {
  test("delay nobody, are told what to mend, serve when they are mended, and can be deleted", async () => {
    const place = await aPlace(world);
    const { cluster, namespace } = place;
    await withoutRules(cluster, namespace, async () => {
      await place.createCredential("unruly", { resyncInterval: "1s" });
      await place.createCredential("mistyped", { suspend: "yes" });
      await place.createCredential("statusless", statuslessSpecs.IscsiCredential);
      await cluster.create(anUnrulyConnection(namespace, "unruly", { endpoint: "http://cluster1", auth: {} }));
      await cluster.create(anUnrulyConnection(namespace, "statusless", statuslessSpecs.OntapConnection));
    });

    const startedMs = performance.now();
    await place.createCredential("neighbour", { authenticationType: "deny" });
    await place.untilReady("neighbour");
    expect(performance.now() - startedMs).toBeLessThan(5000);

    for (const name of ["unruly", "mistyped"]) {
      const stalled = await place.untilReady(name, "SpecInvalid");
      expect(conditionOf(stalled, "Stalled")?.reason).toBe("SpecInvalid");
    }
    await place.createCredential("waiting", { connectionRef: { name: "unruly" } });
    const waiting = await place.untilReady("waiting", "ConnectionNotReady");
    expect(conditionOf(waiting, "Reconciling")?.message).toContain(
      `Waiting for OntapConnection ${namespace}/unruly, which is not ready (SpecInvalid)`,
    );

    await cluster.patch("iscsicredentials", namespace, "unruly", { spec: { resyncInterval: "10m" } });
    await cluster.patch("iscsicredentials", namespace, "mistyped", { spec: { suspend: false } });
    for (const name of ["unruly", "mistyped"]) {
      expect(conditionOf(await place.untilReady(name), "Stalled")).toBeUndefined();
    }

    for (const [resource, name] of [
      ["iscsicredentials", "statusless"],
      ["iscsicredentials", "waiting"],
      ["ontapconnections", "unruly"],
      ["ontapconnections", "statusless"],
    ] as const) {
      await cluster.delete(resource, namespace, name);
      await eventually(
        async () => ((await cluster.get(resource, namespace, name)) === undefined ? true : undefined),
        `${resource}/${name} is gone`,
      );
    }
    // The API server lets nobody write their status; that is tried once a look, not for ever.
    const refusals = world.operator.logLines.filter((line) => line.includes("takes no status of this object"));
    expect(refusals.length).toBeGreaterThanOrEqual(2);
    expect(refusals.length).toBeLessThan(20);
  });
});

test("a status that was meant for another object of the name is refused as a conflict", async () => {
  const place = await aPlace(world);
  await place.createCredential("another", { authenticationType: "deny" });
  const seen = parseIscsiCredential(await place.untilReady("another"));
  if (seen === undefined) throw new Error("the object does not parse");
  const meta = { ...seen.meta, uid: "00000000-0000-0000-0000-000000000000" };
  const write = kubeWrites.status(iscsiCredentialKind, seen.key, meta, { observedGeneration: 7 });
  const written = await world.cluster.transport.send(write, new AbortController().signal);
  expect(written).toMatchObject({ ok: false, error: { problem: "conflict" } });
});
