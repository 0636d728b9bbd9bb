import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import type { OntapConnectionStatus } from "../../src/api/ontap-connection.ts";
import type { LoggedRequest } from "../../src/simulator/model/request-log.ts";
import type { Simulator } from "../../src/simulator/start.ts";
import { createKubectl, type Kubectl } from "../../tools/controlplane/kubectl.ts";
import type { KubeObject } from "../../tools/harness/cluster.ts";
import {
  aPlace,
  chapFrom,
  conditionOf,
  cutOff,
  eventually,
  startArray,
  untilConnection,
  untilGone,
  useWorld,
  type Place,
} from "./harness.ts";

/**
 * A hostile tenant with nothing but the published edit role in a namespace of her own, against a real API server and an array. What
 * counts is what reaches the array, what it holds and whom it lets in.
 */

const world = useWorld();

let kubectl: Kubectl;
beforeAll(() => {
  kubectl = createKubectl(inject("kubectlPath"), inject("adminKubeconfig"));
});

const basicAuth = "kubernetes.io/basic-auth";
const pairOf = (password: string) => ({ username: "node", password });

/** Whom the array lets in: from anywhere, with a pair or without. */
async function letsIn(initiator: string, password?: string, user = "node"): Promise<boolean> {
  const inbound = password === undefined ? {} : { inbound: { user, password } };
  const { accepted } = await world.array.sideDoor.act({
    do: "log-in-host",
    svm: "svm1",
    initiator,
    address: "10.9.9.9",
    ...inbound,
  });
  return accepted === true;
}

const storedFor = async (initiator: string) =>
  (await world.array.sideDoor.credentials()).find((credential) => credential.initiator === initiator);

/** What the array was asked about an initiator since its requests were last forgotten. */
async function askedOf(initiator: string): Promise<readonly LoggedRequest[]> {
  return (await world.array.sideDoor.requests()).filter(({ path, query }) =>
    decodeURIComponent(`${path}?${query}`).includes(initiator),
  );
}

/** What a connection's list of SVMs was read through. */
const accessOf = (connection: KubeObject | undefined): OntapConnectionStatus["access"] =>
  (connection?.["status"] as OntapConnectionStatus | undefined)?.access;

/** The tenant's own kubectl. */
async function as(user: string, place: Place, args: readonly string[], object?: object) {
  return kubectl([...args, `--as=${user}`, "-n", place.namespace], object ? { input: JSON.stringify(object) } : {});
}

/** A user with the published edit role in one namespace. */
async function anEditor(place: Place): Promise<string> {
  const user = `editor-of-${place.namespace}`;
  const bound = await kubectl([
    "create",
    "rolebinding",
    "editor",
    "--clusterrole=ontap-iscsi-operator-edit",
    `--user=${user}`,
    "-n",
    place.namespace,
  ]);
  expect(bound.stderr).toBe("");
  return user;
}

/** `kubectl replace` with a manifest that carries no finalizer. */
const withoutFinalizer = (object: KubeObject | undefined): object => {
  const { finalizers: _finalizers, ...metadata } = object?.metadata ?? { name: "" };
  return { ...object, metadata };
};

const anotherSecond = (): Promise<void> => sleep(1100);

describe("a tenant whom no grant names, with our finalizer in her manifest", () => {
  test.each([
    { because: "her namespace is not granted", grants: [] },
    {
      because: "the SVM is not granted",
      grants: [{ namespaces: { from: "All" }, svms: ["svm2"], initiators: ["*"], authenticationTypes: ["none"] }],
    },
  ])("deletes no one's credential and closes no SVM when $because", async ({ grants }) => {
    const owner = await aPlace(world, { grants });
    const tenant = await aPlace(world);
    const user = await anEditor(tenant);
    await owner.createSecret("payroll", pairOf("payroll-secret-1"), basicAuth);
    await owner.createCredential("payroll", chapFrom("payroll"));
    await owner.untilReady("payroll");
    const payroll = owner.initiator("payroll");
    const before = await storedFor("default");
    await world.array.sideDoor.forgetRequests();

    const attacks = { payroll: "Delete", default: "Deny" } as const;
    for (const [name, deletionPolicy] of Object.entries(attacks)) {
      const created = await as(user, tenant, ["create", "-f", "-"], {
        apiVersion: "ontap-iscsi.dev/v1alpha1",
        kind: "IscsiCredential",
        metadata: { name, finalizers: ["ontap-iscsi.dev/iscsi-credential"] },
        spec: {
          connectionRef: { name: "array", namespace: owner.namespace },
          svm: { name: "svm1" },
          initiator: name === "default" ? name : payroll,
          authenticationType: "none",
          deletionPolicy,
        },
      });
      expect(created.stderr).toBe("");
      await tenant.untilReady(name, "NotGranted");
      expect((await as(user, tenant, ["delete", "iscsicredential", name, "--wait=false"])).exitCode).toBe(0);
      await untilGone(tenant, name);
    }
    expect(await askedOf(payroll)).toEqual([]);
    expect(await askedOf("/default")).toEqual([]);
    expect(await storedFor("default")).toEqual(before);
    expect(await letsIn(payroll, "payroll-secret-1")).toBe(true);
    await owner.untilReady("payroll");
  });
});

describe("a tenant with an array of her own", () => {
  /** An array that says of its SVM that it is the owner's. */
  async function aFakeArray(): Promise<Simulator> {
    const fake = await startArray();
    onTestFinished(() => fake.stop());
    const { uuid } = (await world.array.sideDoor.svms()).find(({ name }) => name === "svm1") ?? { uuid: "" };
    await fake.sideDoor.act({ do: "create-svm", name: "evil-svm", uuid });
    return fake;
  }
  const onFake = { svm: { name: "evil-svm" } };

  test("claims an initiator first, and the owner's object is Applied all the same", async () => {
    const owner = await aPlace(world);
    const tenant = await aPlace({ cluster: world.cluster, array: await aFakeArray() });
    const initiator = owner.initiator("node");
    await tenant.createCredential("squatter", { ...onFake, initiator });
    await tenant.untilReady("squatter");
    await anotherSecond();
    await owner.createCredential("node", { authenticationType: "deny" });
    const ready = await owner.untilReady("node");
    expect(JSON.stringify(ready["status"])).not.toContain(tenant.namespace);
    expect(await owner.stored("node")).toMatchObject({ authenticationType: "deny" });
  });

  test("wakes an older object up, and neither a rotation nor a revocation of the owner's is held up", async () => {
    const owner = await aPlace(world);
    const fake = await aFakeArray();
    const tenant = await aPlace({ cluster: world.cluster, array: fake }, { endpoint: "https://127.0.0.1:1" });
    const initiator = owner.initiator("node");
    await tenant.createCredential("sleeper", { ...onFake, initiator });
    await anotherSecond();
    await owner.createSecret("node", pairOf("leaked-secret-1"), basicAuth);
    await owner.createCredential("node", chapFrom("node"));
    await owner.untilReady("node");

    await tenant.edit("ontapconnections", "array", { spec: { endpoint: fake.url } });
    await tenant.untilReady("sleeper");
    await owner.edit("secrets", "node", { stringData: { password: "rotated-secret-1" } });
    await eventually(async () => ((await letsIn(initiator, "rotated-secret-1")) ? true : undefined), "it is rotated");
    expect(await letsIn(initiator, "leaked-secret-1")).toBe(false);
    await world.cluster.delete("iscsicredentials", owner.namespace, "node");
    await untilGone(owner, "node");
    expect(await owner.stored("node")).toBeUndefined();
  });

  test("moves her connection to the owner's array, with a login that may only read: the owner's object is not disturbed", async () => {
    const user = "reader-of-svm1";
    await world.array.sideDoor.act({ do: "put-login", user, password: "reader-password", role: "readonly" });
    const owner = await aPlace(world);
    const fake = await aFakeArray();
    const tenant = await aPlace({ cluster: world.cluster, array: fake });
    const initiator = owner.initiator("node");
    await tenant.createCredential("mover", { ...onFake, initiator });
    await tenant.untilReady("mover");
    await owner.createSecret("node", pairOf("owners-secret-1"), basicAuth);
    await owner.createCredential("node", chapFrom("node"));
    await owner.untilReady("node");
    await world.array.sideDoor.forgetRequests();

    await tenant.edit("secrets", "ontap-login", { stringData: { username: user, password: "reader-password" } });
    await tenant.edit("ontapconnections", "array", {
      spec: { endpoint: world.array.url, tls: { caBundle: world.array.caPem } },
    });
    await eventually(
      async () =>
        accessOf(await world.cluster.get("ontapconnections", tenant.namespace, "array"))?.user === user
          ? true
          : undefined,
      "the tenant's connection leads to the owner's array",
    );
    await tenant.edit("iscsicredentials", "mover", { spec: { authenticationType: "deny" } });
    await eventually(
      async () => (await askedOf(initiator)).find(({ user: who, method }) => who === user && method !== "GET"),
      "the tenant's object tries to write to the owner's array",
    );
    await world.cluster.delete("iscsicredentials", tenant.namespace, "mover");
    await sleep(1000);
    const writes = (await askedOf(initiator)).filter(({ method }) => method !== "GET");
    expect(writes.filter(({ user: who, status }) => who !== user || status !== 403)).toEqual([]);
    expect(await letsIn(initiator, "owners-secret-1")).toBe(true);
    await owner.edit("secrets", "node", { stringData: { password: "owners-secret-2" } });
    await eventually(async () => ((await letsIn(initiator, "owners-secret-2")) ? true : undefined), "it is rotated");
    await owner.untilReady("node");
    await tenant.edit("iscsicredentials", "mover", { spec: { deletionPolicy: "Retain" } });
    await untilGone(tenant, "mover");
  });

  test("is sent no Secret that its owner does not offer as a login", async () => {
    const fake = await aFakeArray();
    const tenant = await aPlace(world);
    await tenant.createSecret("payments", { DB_PASSWORD: "CANARY-db-password" }, "Opaque");
    await fake.sideDoor.forgetRequests();
    await tenant.edit("ontapconnections", "array", {
      spec: {
        endpoint: fake.url,
        tls: { caBundle: fake.caPem },
        auth: { basic: null, bearerToken: { secretRef: { name: "payments" }, key: "DB_PASSWORD" } },
      },
    });
    await untilConnection(tenant, "SecretNotOffered");
    await sleep(500);
    expect(await fake.sideDoor.requests()).toEqual([]);
  });
});

describe("a tenant with a grant", () => {
  const wide = { namespaces: { from: "All" }, svms: ["svm1"], initiators: ["*"] };

  /** Payroll's credential was made by hand; nothing in the cluster declares it. */
  async function payrollByHand(owner: Place): Promise<string> {
    const initiator = owner.initiator("payroll");
    await world.array.sideDoor.act({
      do: "put-credential",
      svm: "svm1",
      initiator,
      authenticationType: "chap",
      inbound: { user: "payroll", password: "payroll-secret-1" },
    });
    return initiator;
  }

  test.each([
    { because: "initiators of her own", grant: { ...wide, initiators: ["iqn.1994-05.com.redhat:{namespace}:*"] } },
    { because: "every initiator, and no adoption", grant: wide },
  ])("for $because does not take over a host that another team set up", async ({ grant }) => {
    const owner = await aPlace(world, { grants: [grant] });
    const tenant = await aPlace(world);
    const initiator = await payrollByHand(owner);
    await tenant.createSecret("mine", pairOf("tenants-secret-1"), basicAuth);
    const connectionRef = { name: "array", namespace: owner.namespace };
    await tenant.createCredential("hijack", { ...chapFrom("mine"), connectionRef, initiator });
    const refused = await tenant.untilReady("hijack", "False");
    expect(["NotGranted", "AlreadyExists"]).toContain(conditionOf(refused, "Ready")?.reason);
    expect(await letsIn(initiator, "tenants-secret-1")).toBe(false);
    await world.cluster.delete("iscsicredentials", tenant.namespace, "hijack");
    await untilGone(tenant, "hijack");
    expect(await letsIn(initiator)).toBe(false);
    expect(await letsIn(initiator, "payroll-secret-1", "payroll")).toBe(true);
  });

  test("as the shipped sample gives it declares what is hers, and neither opens the SVM nor claims default", async () => {
    const text = await readFile(new URL("../../deploy/samples/connection.yaml", import.meta.url), "utf8");
    const { spec } = parse(text) as { readonly spec: { readonly grants: readonly { readonly namespaces: object }[] } };
    const tenant = await aPlace(world);
    const grants = spec.grants.map((grant) => ({ ...grant, namespaces: { names: [tenant.namespace] } }));
    const owner = await aPlace(world, { grants });
    const connectionRef = { name: "array", namespace: owner.namespace };
    const own = `iqn.1994-05.com.redhat:${tenant.namespace}:node`;
    const before = await storedFor("default");
    await tenant.createSecret("mine", pairOf("tenants-secret-1"), basicAuth);
    const chap = { ...chapFrom("mine"), connectionRef };
    await tenant.createCredential("honest", { ...chap, initiator: own });
    await tenant.untilReady("honest");
    await tenant.createCredential("default", { ...chap, initiator: "default", deletionPolicy: "Deny" });
    await tenant.createCredential("open", { connectionRef, initiator: `${own}-2` });
    await tenant.createCredential("theirs", { ...chap, initiator: owner.initiator("node") });
    for (const name of ["default", "open", "theirs"]) await tenant.untilReady(name, "NotGranted");
    expect(await storedFor("default")).toEqual(before);
    expect(await storedFor(`${own}-2`)).toBeUndefined();
    expect(await storedFor(owner.initiator("node"))).toBeUndefined();
    expect(await letsIn(own, "tenants-secret-1")).toBe(true);
  });

  test("reads nothing of other namespaces, SVMs and initiators, whatever she asks for; the owner reads who asked", async () => {
    const tenant = await aPlace(world);
    const other = await aPlace(world);
    const names = [tenant.namespace, other.namespace];
    const grant = { namespaces: { names }, svms: ["svm1"], initiators: ["iqn.1994-05.com.redhat:shared"] };
    const owner = await aPlace(world, { grants: [grant, { ...grant, initiators: ["iqn.1994-05.com.redhat:hidden"] }] });
    const connectionRef = { name: "array", namespace: owner.namespace };
    const deny = { connectionRef, authenticationType: "deny" };
    const shared = "iqn.1994-05.com.redhat:shared";
    await other.createCredential("first", { ...deny, initiator: shared });
    await other.untilReady("first");
    await anotherSecond();

    const wishes = {
      late: { ...deny, initiator: shared },
      elsewhere: { ...deny, initiator: shared, svm: { name: "svm2" } },
      nowhere: { ...deny, initiator: shared, svm: { name: "svm9" } },
      another: { ...deny, initiator: "iqn.1994-05.com.redhat:another" },
      open: { connectionRef, initiator: shared },
      unknown: { ...deny, connectionRef: { name: "none", namespace: owner.namespace }, initiator: shared },
    };
    for (const [name, spec] of Object.entries(wishes)) {
      await tenant.createCredential(name, spec);
      await tenant.untilReady(name, "False");
    }
    const told = async (name: string) => conditionOf(await tenant.credential(name), "Ready")?.message;
    expect(await told("elsewhere")).toBe(await told("nowhere"));
    const events = await eventually(async () => {
      const seen = await world.cluster.list("events", tenant.namespace);
      return seen.length >= Object.keys(wishes).length ? seen : undefined;
    }, "her Events are there");
    const statuses = (await world.cluster.list("iscsicredentials", tenant.namespace)).map(({ status }) => status);
    const all = JSON.stringify([statuses, events.map(({ note, reason }) => [note, reason])]);
    for (const hidden of [other.namespace, "first", "hidden", "svm3"]) expect(all).not.toContain(hidden);

    const owners = await eventually(async () => {
      const notes = (await world.cluster.list("events", owner.namespace)).map(({ note }) => String(note));
      return notes.find((note) => note.includes(`${other.namespace}/first`));
    }, "the owner's Event names both");
    expect(owners).toContain(`${tenant.namespace}/late`);
  });
});

describe("from one holder to the next", () => {
  test("the array never lacks a credential: the successor's change comes, and no deletion", async () => {
    const place = await aPlace(world);
    const initiator = place.initiator("shared");
    await place.createCredential("old", { initiator, authenticationType: "deny" });
    await place.untilReady("old");
    await anotherSecond();
    await place.createSecret("new", pairOf("successors-secret"), basicAuth);
    await place.createCredential("new", { ...chapFrom("new"), initiator });
    await place.untilReady("new", "Conflicted");
    await world.array.sideDoor.forgetRequests();
    await world.cluster.delete("iscsicredentials", place.namespace, "old");
    await untilGone(place, "old");
    await place.untilReady("new");
    const writes = (await askedOf(initiator)).filter(({ method }) => method !== "GET");
    expect(writes.map(({ method, status }) => [method, status])).toEqual([["PATCH", 200]]);
    expect(await letsIn(initiator, "successors-secret")).toBe(true);
  });
});

describe("a finalizer that a user takes away", () => {
  test("comes back at once after a replace with the manifest from Git", async () => {
    const place = await aPlace(world);
    await place.createCredential("replaced", { authenticationType: "deny" });
    const ready = await place.untilReady("replaced");
    const replaced = await kubectl(["replace", "-f", "-"], { input: JSON.stringify(withoutFinalizer(ready)) });
    expect(replaced.stderr).toBe("");
    await eventually(
      async () => ((await place.credential("replaced"))?.metadata.finalizers?.length === 1 ? true : undefined),
      "it is there again",
    );
  });

  test("while its deletion waits for the array is told to the connection's owner, until the initiator is declared again", async () => {
    const place = await aPlace(world);
    await place.createCredential("abandoned", { authenticationType: "deny" });
    await place.untilReady("abandoned");
    await cutOff(place);
    await world.cluster.delete("iscsicredentials", place.namespace, "abandoned");
    await place.untilReady("abandoned", "ConnectionNotReady");
    await place.edit("iscsicredentials", "abandoned", { metadata: { finalizers: null } });
    await untilGone(place, "abandoned");
    await world.array.sideDoor.act({ do: "accept-connections" });
    const left = async (): Promise<number> => {
      const connection = await world.cluster.get("ontapconnections", place.namespace, "array");
      const status = connection?.["status"] as { readonly leftBehind?: { readonly total: number } } | undefined;
      return status?.leftBehind?.total ?? 0;
    };
    await eventually(async () => ((await left()) === 1 ? true : undefined), "the status tells of it");
    await eventually(
      async () =>
        (await world.cluster.list("events", place.namespace)).find(({ reason }) => reason === "CredentialLeftBehind"),
      "an Event tells of it",
    );
    expect(await place.stored("abandoned")).toMatchObject({ authenticationType: "deny" });
    await place.createCredential("abandoned", { authenticationType: "deny" });
    await place.untilReady("abandoned");
    await eventually(async () => ((await left()) === 0 ? true : undefined), "the status tells of nothing");
  });
});
