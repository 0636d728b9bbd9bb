import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { iscsiCredentialKind } from "../../src/api/kinds.ts";
import { parseIscsiCredential } from "../../src/api/parse.ts";
import { kubeWrites } from "../../src/kube/writes.ts";
import { withoutRules } from "../../tools/gallery/definitions.ts";
import { statuslessSpecs } from "../../tools/gallery/unruly-scenarios.ts";
import type { Simulator } from "../../src/simulator/start.ts";
import type { Cluster, KubeObject } from "../../tools/harness/cluster.ts";
import { aPlace, conditionOf, connect, eventually, startArray, startOperator, statusOf } from "./harness.ts";

/** Objects that were stored before a rule existed. What each is told stands in the gallery; here, that they harm no one. */

const world = {} as { cluster: Cluster; array: Simulator };
beforeAll(async () => {
  world.cluster = await connect(inject("adminKubeconfig"));
  world.array = await startArray();
});
afterAll(async () => {
  await world.array.stop();
  await world.cluster.close();
});

const anUnrulyConnection = (namespace: string, name: string, spec: object): KubeObject => ({
  apiVersion: "ontap-iscsi.dev/v1alpha1",
  kind: "OntapConnection",
  metadata: { name, namespace },
  spec,
});

describe("objects that break a rule of today", () => {
  test("delay no one, are told what to mend, serve when they are mended, and can be deleted", async () => {
    const place = await aPlace(world);
    const { cluster, namespace } = place;
    await withoutRules(cluster, namespace, async () => {
      await place.createCredential("unruly", { resyncInterval: "1s" });
      await place.createCredential("mistyped", { suspend: "yes" });
      await place.createCredential("statusless", statuslessSpecs.IscsiCredential);
      await cluster.create(anUnrulyConnection(namespace, "unruly", { endpoint: "http://cluster1", auth: {} }));
      await cluster.create(anUnrulyConnection(namespace, "statusless", statuslessSpecs.OntapConnection));
    });

    const operator = await startOperator();
    onTestFinished(() => operator.stop());
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
      ["iscsicredentials", "neighbour"],
      ["iscsicredentials", "unruly"],
      ["iscsicredentials", "mistyped"],
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
    // The API server accepts no status of theirs; the log says so once for each kind, in the API server's words.
    const refusals = operator.logLines.filter((line) => line.includes("the API server refuses this write"));
    expect(refusals).toHaveLength(2);
    for (const resource of ["iscsicredentials/status", "ontapconnections/status"]) {
      expect(refusals).toContainEqual(expect.stringContaining(`"resource":"${resource}"`));
    }
  });
});

test("a status that was meant for another object of the name is refused", async () => {
  const place = await aPlace(world);
  const former = parseIscsiCredential(await place.createCredential("another", {}));
  await world.cluster.delete("iscsicredentials", place.namespace, "another");
  await place.createCredential("another", {});
  if (former === undefined) throw new Error("the object does not parse");
  const write = kubeWrites.status(iscsiCredentialKind, former.key, former.meta, { observedGeneration: 7 });
  await expect(world.cluster.send(write)).rejects.toThrow("the object has been modified");
  expect((await place.credential("another"))?.["status"]).toMatchObject({ observedGeneration: -1 });
});

test("a condition that someone else adds stays, also when it is added while the operator writes", async () => {
  const place = await aPlace(world);
  const operator = await startOperator();
  onTestFinished(() => operator.stop());
  await place.createCredential("audited", { authenticationType: "deny" });
  await place.untilReady("audited");
  for (const authenticationType of ["none", "deny", "none", "deny"]) {
    const audit = {
      type: "Audited",
      status: "True",
      reason: "ByPolicy",
      message: `while ${authenticationType}`,
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    await Promise.all([
      place.edit("iscsicredentials", "audited", { spec: { authenticationType } }),
      world.cluster.send({
        method: "PATCH",
        path: `/apis/ontap-iscsi.dev/v1alpha1/namespaces/${place.namespace}/iscsicredentials/audited/status`,
        query: { fieldManager: "auditor", force: "true" },
        contentType: "application/apply-patch+yaml",
        body: {
          apiVersion: "ontap-iscsi.dev/v1alpha1",
          kind: "IscsiCredential",
          metadata: { name: "audited" },
          status: { conditions: [audit] },
        },
      }),
    ]);
    const seen = await eventually(async () => {
      const object = await place.credential("audited");
      return statusOf(object)?.applied?.authenticationType === authenticationType ? object : undefined;
    }, `${authenticationType} is applied`);
    expect(statusOf(seen)?.conditions?.filter(({ type }) => type === "Audited")).toEqual([audit]);
    expect(conditionOf(seen, "Ready")?.status).toBe("True");
  }
});
