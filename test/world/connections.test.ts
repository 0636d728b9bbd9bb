import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../tools/harness/cluster.ts";
import { aPlace, cutOff, conditionOf, eventually, untilConnection, useWorld, writesTo, type Place } from "./harness.ts";

/** Behaviour 1: whom a connection lets in, whom it believes, and what it says for all of its credentials. */

const world = useWorld();

const label = (namespace: string, team: string | null): Promise<KubeObject> =>
  world.cluster.send({
    method: "PATCH",
    path: `/api/v1/namespaces/${namespace}`,
    contentType: "application/merge-patch+json",
    body: { metadata: { labels: { team } } },
  });

describe("grants", () => {
  test("labels of a namespace grant, and withdraw, at once; what was written stays until someone decides", async () => {
    const owner = await aPlace(world);
    const tenant = await aPlace(world);
    const selector = { matchExpressions: [{ key: "team", operator: "In", values: [tenant.namespace] }] };
    const grant = {
      namespaces: { selector },
      svms: ["svm1"],
      initiators: ["*"],
      authenticationTypes: ["none", "deny"],
    };
    await owner.edit("ontapconnections", "array", { spec: { grants: [grant] } });
    const connectionRef = { name: "array", namespace: owner.namespace };
    await tenant.createCredential("guest", { connectionRef, authenticationType: "deny" });
    const refused = await tenant.untilReady("guest", "NotGranted");
    expect(conditionOf(refused, "Stalled")?.message).toContain(
      `OntapConnection ${owner.namespace}/array does not exist or grants nothing to this namespace. Ask the owner`,
    );
    await label(tenant.namespace, tenant.namespace);
    await tenant.untilReady("guest");

    await label(tenant.namespace, null);
    await tenant.untilReady("guest", "NotGranted");
    await world.array.sideDoor.forgetRequests();
    await tenant.edit("iscsicredentials", "guest", { spec: { authenticationType: "none" } });
    await sleep(500);
    expect(await writesTo(world.array)).toEqual([]);
    expect(await tenant.stored("guest")).toMatchObject({ authenticationType: "deny" });
  });

  test("an SVM that is not granted is refused as if it did not exist, until the owner adds it", async () => {
    const grant = { namespaces: { from: "All" }, svms: ["svm2"], initiators: ["*"] };
    const owner = await aPlace(world, { grants: [grant] });
    const tenant = await aPlace(world);
    const connectionRef = { name: "array", namespace: owner.namespace };
    const messageOf = async (name: string): Promise<string | undefined> =>
      conditionOf(await tenant.untilReady(name, "NotGranted"), "Stalled")?.message;
    await tenant.createCredential("elsewhere", { connectionRef, authenticationType: "deny" });
    await tenant.createCredential("nowhere", { connectionRef, authenticationType: "deny", svm: { name: "svm9" } });
    expect(await messageOf("elsewhere")).toContain(
      "shows no such SVM (spec.svm) to this namespace, or does not grant it",
    );
    expect(await messageOf("nowhere")).toBe(await messageOf("elsewhere"));
    expect(await tenant.stored("elsewhere")).toBeUndefined();
    await owner.edit("ontapconnections", "array", { spec: { grants: [{ ...grant, svms: ["svm1", "svm2"] }] } });
    await tenant.untilReady("elsewhere");
  });
});

describe("trust", () => {
  test("a CA from a ConfigMap, by another key, and its next version at once", async () => {
    const place = await aPlace(world, { tls: { caRef: { kind: "ConfigMap", name: "authorities", key: "bundle" } } });
    const missing = await untilConnection(place, "ConfigMapNotFound");
    expect(conditionOf(missing, "Ready")?.message).toContain("ConfigMap authorities (spec.tls.caRef.name)");
    const configMap = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "authorities", namespace: place.namespace },
    };
    await world.cluster.create({ ...configMap, data: { bundle: "no certificate" } });
    await untilConnection(place, "ConfigMapInvalid");
    await world.cluster.patch("configmaps", place.namespace, "authorities", { data: { bundle: world.array.caPem } });
    await untilConnection(place, "Connected");
    await place.createCredential("trusting", { authenticationType: "deny" });
    await place.untilReady("trusting");
  });
});

describe("what a person on call sees of a connection", () => {
  test("an outage and its end are Events on the connection", async () => {
    const place = await aPlace(world);
    await untilConnection(place, "Connected");
    await cutOff(place);
    await world.array.sideDoor.act({ do: "accept-connections" });
    await untilConnection(place, "Connected");
    const told = await eventually(async () => {
      const events = await world.cluster.list("events", place.namespace);
      const seen = events.map(({ type, reason, regarding }) =>
        [(regarding as { readonly kind: string }).kind, type, reason].join(" "),
      );
      return seen.includes("OntapConnection Warning ConnectionRefused") ? seen : undefined;
    }, "the outage is an Event");
    expect(told).toContain("OntapConnection Normal Connected");
  });

  test("a finalizer of ours that is taken away comes back at once", async () => {
    const place = await aPlace(world, { resyncInterval: "24h" });
    await place.createCredential("protected", { authenticationType: "deny" });
    await place.untilReady("protected");
    const finalizersOf = async (): Promise<readonly string[]> =>
      (await world.cluster.get("ontapconnections", place.namespace, "array"))?.metadata.finalizers ?? [];
    const protectedAgain = async (): Promise<true | undefined> =>
      (await finalizersOf()).includes("ontap-iscsi.dev/connection-in-use") ? true : undefined;
    await eventually(protectedAgain, "the connection is protected");
    await place.edit("ontapconnections", "array", { metadata: { finalizers: null } });
    await eventually(protectedAgain, "the connection is protected again", 3000);
  });
});

describe("a connection that is deleted while credentials use it", () => {
  test("names those whose deletion asks the array, and goes when they retain what they have there", async () => {
    const place = await aPlace(world);
    for (const name of ["first", "second"]) {
      await place.createCredential(name, { authenticationType: "deny" });
      await place.untilReady(name);
    }
    await world.cluster.delete("ontapconnections", place.namespace, "array");
    const inUse = await untilConnection(place, "InUse");
    expect(conditionOf(inUse, "Ready")?.message).toContain(`${place.namespace}/first, ${place.namespace}/second`);
    for (const name of ["first", "second"]) {
      await place.edit("iscsicredentials", name, { spec: { deletionPolicy: "Retain" } });
    }
    await eventually(
      async () =>
        (await world.cluster.get("ontapconnections", place.namespace, "array")) === undefined ? true : undefined,
      "the connection is gone",
    );
    expect(await place.stored("first")).toMatchObject({ authenticationType: "deny" });
  });
});

describe("what a connection says for all", () => {
  const counted = (place: Place, count: number): Promise<unknown> =>
    eventually(async () => {
      const connection = await world.cluster.get("ontapconnections", place.namespace, "array");
      const status = connection?.["status"] as { readonly credentials?: number } | undefined;
      return status?.credentials === count ? true : undefined;
    }, `the connection counts ${count} credentials`);

  test("the number of its credentials, and the SVMs that it sees", async () => {
    const place = await aPlace(world);
    for (const name of ["one", "two", "three"]) await place.createCredential(name, { authenticationType: "deny" });
    await counted(place, 3);
    await place.untilReady("three");
    await world.cluster.delete("iscsicredentials", place.namespace, "three");
    await counted(place, 2);
    const { status } = await untilConnection(place, "Connected");
    const { svms } = status as { readonly svms: readonly { readonly name: string; readonly state: string }[] };
    expect(svms.map(({ name, state }) => `${name} ${state}`)).toEqual(["svm1 running", "svm2 running", "svm3 running"]);
  });

  test("an outage: anyone who has work says that it waits, anyone who has none stays Ready, and all go on after it", async () => {
    const place = await aPlace(world);
    for (const name of ["settled", "edited"]) {
      await place.createCredential(name, { authenticationType: "deny" });
      await place.untilReady(name);
    }
    await cutOff(place);
    const untouched = (await place.credential("settled"))?.metadata.resourceVersion;
    await place.edit("iscsicredentials", "edited", { spec: { authenticationType: "none" } });
    await place.createCredential("unborn", { authenticationType: "deny" });
    for (const name of ["edited", "unborn"]) {
      const waiting = await place.untilReady(name, "ConnectionNotReady");
      expect(conditionOf(waiting, "Reconciling")?.message).toContain(
        `Waiting for OntapConnection ${place.namespace}/array, which is not ready (ConnectionRefused)`,
      );
    }
    expect((await place.credential("settled"))?.metadata.resourceVersion).toBe(untouched);
    await world.array.sideDoor.act({ do: "accept-connections" });
    for (const name of ["edited", "unborn"]) await place.untilReady(name);
    expect(await place.stored("edited")).toMatchObject({ authenticationType: "none" });
  });
});
