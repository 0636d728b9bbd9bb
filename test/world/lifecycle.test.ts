import { describe, expect, test } from "vitest";
import { aPlace, chapFrom, conditionOf, eventually, mutualFrom, useWorld } from "./harness.ts";

/** The life of a credential, against a real API server and the array's simulator: what the world holds afterwards. */

const world = useWorld();

const isGone = async (look: () => Promise<unknown>): Promise<true | undefined> =>
  (await look()) === undefined ? true : undefined;

describe("creating", () => {
  test("mutual CHAP from the very Secret that kubelet uses on the initiator", async () => {
    const place = await aPlace(world);
    const secret = {
      "node.session.auth.username": "node",
      "node.session.auth.password": "inbound-secret-1",
      "node.session.auth.username_in": "array",
      "node.session.auth.password_in": "outbound-secret1",
    };
    await place.createSecret("chap", secret, "kubernetes.io/iscsi-chap");
    await place.createCredential("mutual", mutualFrom("chap"));
    const ready = await place.untilReady("mutual");
    expect(await place.stored("mutual")).toMatchObject({
      authenticationType: "chap",
      inbound: { user: "node", password: "inbound-secret-1" },
      outbound: { user: "array", password: "outbound-secret1" },
    });
    expect(ready["status"]).toMatchObject({
      observedGeneration: 1,
      svm: { name: "svm1" },
      applied: { authenticationType: "chap", inboundUser: "node", outboundUser: "array", generation: 1 },
    });
    expect(ready.metadata.finalizers).toEqual(["ontap-iscsi.dev/iscsi-credential"]);
  });

  test("one-way CHAP with Trident's keys, from declared addresses", async () => {
    const place = await aPlace(world);
    const values = { chapUsername: "node", chapInitiatorSecret: "inbound-secret-2" };
    await place.createSecret("trident", values, "Opaque", { labels: { "ontap-iscsi.dev/use": "chap" } });
    await place.createCredential("oneway", {
      ...chapFrom("trident", { userKey: "chapUsername", passwordKey: "chapInitiatorSecret" }),
      initiatorAddress: {
        ranges: [{ start: "10.0.0.1", end: "10.0.0.9" }],
        masks: [{ address: "10.1.0.0", netmask: "255.255.0.0" }],
      },
    });
    const ready = await place.untilReady("oneway");
    const stored = await place.stored("oneway");
    expect(stored).toMatchObject({ inbound: { user: "node", password: "inbound-secret-2" } });
    expect(stored?.outbound).toBeUndefined();
    expect(stored?.addresses).toMatchObject({ ranges: [{ start: "10.0.0.1", end: "10.0.0.9" }] });
    expect(ready["status"]).toMatchObject({ applied: { addresses: ["10.0.0.1-10.0.0.9", "10.1.0.0-10.1.255.255"] } });
  });

  test.each(["none", "deny"])(
    "type %s, on an SVM named by its UUID, initiator in capitals",
    async (authenticationType) => {
      const place = await aPlace(world);
      const svms = await world.array.sideDoor.svms();
      const uuid = svms.find(({ name }) => name === "svm2")?.uuid;
      const initiator = place.initiator(authenticationType).toUpperCase();
      await place.createCredential(authenticationType, { svm: { uuid }, initiator, authenticationType });
      await place.untilReady(authenticationType);
      expect(await place.stored(authenticationType)).toMatchObject({ svm: "svm2", authenticationType });
    },
  );

  test("what the array held before is adopted", async () => {
    const place = await aPlace(world);
    await world.array.sideDoor.act({
      do: "put-credential",
      svm: "svm1",
      initiator: place.initiator("adopted"),
      authenticationType: "none",
    });
    await place.createCredential("adopted", { authenticationType: "deny" });
    await place.untilReady("adopted");
    expect(await place.stored("adopted")).toMatchObject({ authenticationType: "deny" });
  });

  test("or refused, without touching it", async () => {
    const place = await aPlace(world);
    await world.array.sideDoor.act({
      do: "put-credential",
      svm: "svm1",
      initiator: place.initiator("foreign"),
      authenticationType: "none",
    });
    await place.createCredential("foreign", { authenticationType: "deny", adoptionPolicy: "Refuse" });
    const refused = await place.untilReady("foreign", "AlreadyExists");
    expect(conditionOf(refused, "Stalled")?.message).toContain("set it to Adopt to take the credential over");
    expect(refused.metadata.finalizers).toBeUndefined();
    await world.cluster.delete("iscsicredentials", place.namespace, "foreign");
    expect(await place.stored("foreign")).toMatchObject({ authenticationType: "none" });
  });
});

describe("changing", () => {
  test("an edited Secret reaches the array with one write, and nothing else does", async () => {
    const place = await aPlace(world);
    await place.createSecret("chap", { username: "node", password: "before-rotation" });
    await place.createCredential("rotated", chapFrom("chap"));
    await place.untilReady("rotated");
    await world.array.sideDoor.forgetRequests();
    await world.cluster.patch("secrets", place.namespace, "chap", { stringData: { password: "after-rotation1" } });
    await eventually(
      async () => ((await place.stored("rotated"))?.inbound?.password === "after-rotation1" ? true : undefined),
      "the array has the new password",
    );
    const writes = (await world.array.sideDoor.requests()).filter(({ path }) =>
      decodeURIComponent(path).includes(place.initiator("rotated")),
    );
    expect(writes.map(({ method }) => method)).toEqual(["PATCH"]);
  });

  test("a label on the Secret writes nothing", async () => {
    const place = await aPlace(world);
    await place.createSecret("chap", { username: "node", password: "labelled-secret" });
    await place.createCredential("labelled", chapFrom("chap"));
    const before = await place.untilReady("labelled");
    await world.array.sideDoor.forgetRequests();
    await world.cluster.patch("secrets", place.namespace, "chap", { metadata: { labels: { a: "b" } } });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await place.credential("labelled"))?.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect((await world.array.sideDoor.requests()).filter(({ method }) => method !== "GET")).toEqual([]);
  });

  test("the type, from mutual CHAP over one-way to none", async () => {
    const place = await aPlace(world);
    await place.createSecret("in", { username: "node", password: "inbound-secret-3" });
    await place.createSecret("out", { username: "array", password: "outbound-secret3" });
    const mutual = { inbound: { secretRef: { name: "in" } }, outbound: { secretRef: { name: "out" } } };
    await place.createCredential("retyped", { authenticationType: "chap", chap: mutual });
    await place.untilReady("retyped");
    expect((await place.stored("retyped"))?.outbound).toEqual({ user: "array", password: "outbound-secret3" });

    await world.cluster.patch("iscsicredentials", place.namespace, "retyped", { spec: { chap: { outbound: null } } });
    await eventually(
      async () => ((await place.stored("retyped"))?.outbound === undefined ? true : undefined),
      "outbound is cleared",
    );
    expect((await place.stored("retyped"))?.inbound).toEqual({ user: "node", password: "inbound-secret-3" });

    await world.cluster.patch("iscsicredentials", place.namespace, "retyped", {
      spec: { authenticationType: "none", chap: null },
    });
    await eventually(
      async () => ((await place.stored("retyped"))?.authenticationType === "none" ? true : undefined),
      "type none",
    );
    // The array has it before the status tells: Ready may still be what it was.
    await eventually(
      async () => (conditionOf(await place.credential("retyped"), "SecretsResolved") === undefined ? true : undefined),
      "no Secrets are in play",
    );
  });
});

describe("deleting", () => {
  test("Delete takes the credential from the array and says what the initiator falls back to", async () => {
    const place = await aPlace(world);
    await place.createCredential("deleted", { authenticationType: "deny" });
    await place.untilReady("deleted");
    await world.cluster.delete("iscsicredentials", place.namespace, "deleted");
    await eventually(() => isGone(() => place.credential("deleted")), "the object is gone");
    expect(await place.stored("deleted")).toBeUndefined();
    const event = await eventually(
      async () => (await world.cluster.list("events", place.namespace)).find(({ reason }) => reason === "Deleted"),
      "an Event tells",
    );
    expect(event["note"]).toContain("type none: it may log in without authentication");
  });

  test.each([
    ["Retain", "chap"],
    ["Deny", "deny"],
  ])("%s leaves it with type %s", async (deletionPolicy, authenticationType) => {
    const place = await aPlace(world);
    const name = `kept-${deletionPolicy.toLowerCase()}`;
    await place.createSecret("chap", { username: "node", password: "kept-secret-123" });
    await place.createCredential(name, { ...chapFrom("chap"), deletionPolicy });
    await place.untilReady(name);
    await world.cluster.delete("iscsicredentials", place.namespace, name);
    await eventually(() => isGone(() => place.credential(name)), "the object is gone");
    expect(await place.stored(name)).toMatchObject({ authenticationType });
  });

  test("a namespace with everything in it ends", async () => {
    const place = await aPlace(world);
    await place.createSecret("chap", { username: "node", password: "namespace-secret" });
    for (const name of ["one", "two", "three"]) await place.createCredential(`ns-${name}`, chapFrom("chap"));
    for (const name of ["one", "two", "three"]) await place.untilReady(`ns-${name}`);
    await world.cluster.send({ method: "DELETE", path: `/api/v1/namespaces/${place.namespace}` });
    await eventually(
      () =>
        isGone(() =>
          world.cluster.send({ method: "GET", path: `/api/v1/namespaces/${place.namespace}` }).catch(() => undefined),
        ),
      "the namespace is gone",
      30_000,
    );
    expect(await place.stored("ns-one")).toBeUndefined();
  });
});

test("no secret is ever printed", () => {
  const log = world.operator.logLines.join("\n");
  expect(log).not.toMatch(
    /inbound-secret|outbound-secret|rotation|kept-secret|namespace-secret|intruders-secret|array-login/,
  );
});
