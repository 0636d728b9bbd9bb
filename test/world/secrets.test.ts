import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, inject, test } from "vitest";
import { createKubectl } from "../../tools/controlplane/kubectl.ts";
import {
  aPlace,
  chapFrom,
  conditionOf,
  eventually,
  eventWith,
  statusOf,
  useWorld,
  writesTo,
  type Place,
} from "./harness.ts";

/** Only a Secret that its owner offers is used, and only another value of it is written to the array. */

const world = useWorld();

const password = "unchanged-pass1";

/** A credential that is settled on a Secret `chap`; what the array was asked until then is forgotten. */
async function aSettled(name: string): Promise<Place> {
  const place = await aPlace(world);
  await place.createSecret("chap", { username: "node", password });
  await place.createCredential(name, chapFrom("chap"));
  await place.untilReady(name);
  await world.array.sideDoor.forgetRequests();
  return place;
}

const verbs = async (): Promise<readonly string[]> => (await writesTo(world.array)).map(({ method }) => method);

const untilPassword = (place: Place, name: string, wanted: string): Promise<unknown> =>
  eventually(
    async () => ((await place.stored(name))?.inbound?.password === wanted ? true : undefined),
    `the array has the password of ${name}`,
  );

/** A Secret cannot change its type, nor an immutable one its values: people delete it and create it again. */
async function replaceSecret(
  place: Place,
  name: string,
  stringData: Readonly<Record<string, string>>,
  type?: string,
): Promise<void> {
  await world.cluster.delete("secrets", place.namespace, "chap");
  await place.untilReady(name, "SecretNotFound");
  await place.createSecret("chap", stringData, type);
}

const iscsiChap = (value: string): Readonly<Record<string, string>> => ({
  "node.session.auth.username": "node",
  "node.session.auth.password": value,
});

describe("a value change writes once, within a second", () => {
  test("and a rewrite of the same value, or of who manages the fields, does not", async () => {
    const place = await aSettled("rotated");
    const before = await place.credential("rotated");
    await world.cluster.send({
      method: "PATCH",
      path: `/api/v1/namespaces/${place.namespace}/secrets/chap`,
      query: { fieldManager: "someone-else", force: "true" },
      contentType: "application/apply-patch+yaml",
      body: { apiVersion: "v1", kind: "Secret", metadata: { name: "chap" }, stringData: { password } },
    });
    await sleep(500);
    expect(await verbs()).toEqual([]);
    expect((await place.credential("rotated"))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    await place.edit("secrets", "chap", { stringData: { password: "rotated-pass-12" } });
    await untilPassword(place, "rotated", "rotated-pass-12");
    await sleep(300);
    expect(await verbs()).toEqual(["PATCH"]);
  });
});

describe("a Secret that is made again under its name", () => {
  test("with the same value writes nothing", async () => {
    const place = await aSettled("same");
    await replaceSecret(place, "same", { username: "node", password });
    await place.untilReady("same");
    await sleep(300);
    expect(await verbs()).toEqual([]);
  });

  test("with another value writes once", async () => {
    const place = await aSettled("other");
    await replaceSecret(place, "other", { username: "node", password: "another-value-1" });
    await untilPassword(place, "other", "another-value-1");
    await place.untilReady("other");
    expect(await verbs()).toEqual(["PATCH"]);
  });

  test("as another type is read by that type's keys, and writes nothing while the value is the same", async () => {
    const place = await aSettled("retyped");
    await replaceSecret(place, "retyped", iscsiChap(password), "kubernetes.io/iscsi-chap");
    await place.untilReady("retyped");
    await sleep(300);
    expect(await verbs()).toEqual([]);
    await place.edit("secrets", "chap", { stringData: iscsiChap("retyped-value-1") });
    await untilPassword(place, "retyped", "retyped-value-1");
    expect(await verbs()).toEqual(["PATCH"]);
  });

  test("since it was immutable is followed like any other", async () => {
    const place = await aSettled("frozen");
    await place.edit("secrets", "chap", { immutable: true });
    await expect(place.edit("secrets", "chap", { stringData: { password: "impossible-1234" } })).rejects.toThrow(
      /immutable/,
    );
    await replaceSecret(place, "frozen", { username: "node", password: "after-frozen-12" });
    await untilPassword(place, "frozen", "after-frozen-12");
    expect(await verbs()).toEqual(["PATCH"]);
  });
});

describe("after a restart", () => {
  const names = Array.from({ length: 10 }, (_, index) => `labelled-${index}`);

  test("a Secret that was edited five times meanwhile is asserted once at most, and then never again", async () => {
    const place = await aPlace(world);
    for (const name of names) {
      await place.createSecret(name, { username: name, password: `${name}-password` });
      await place.createCredential(name, chapFrom(name));
    }
    for (const name of names) await place.untilReady(name);
    await world.array.sideDoor.forgetRequests();
    await world.restartOperator(async () => {
      for (let edit = 0; edit < 5; edit += 1) {
        for (const name of names) await place.edit("secrets", name, { metadata: { labels: { edit: `${edit}` } } });
      }
    });
    const versionOf = async (name: string): Promise<string | undefined> =>
      (await world.cluster.get("secrets", place.namespace, name))?.metadata.resourceVersion;
    for (const name of names) {
      const wanted = await versionOf(name);
      await eventually(async () => {
        const { applied } = statusOf(await place.credential(name)) ?? {};
        return applied?.inboundSecret?.resourceVersion === wanted ? true : undefined;
      }, `${name} is applied from the newest version of its Secret`);
    }
    const patched = (await writesTo(world.array)).map(({ method, path }) => [
      method,
      decodeURIComponent(path).split("/").at(-1),
    ]);
    expect(new Set(patched.map(([, initiator]) => initiator))).toEqual(
      new Set(names.map((name) => place.initiator(name))),
    );
    expect(patched.map(([method]) => method)).toEqual(names.map(() => "PATCH"));
    await world.array.sideDoor.forgetRequests();
    await world.restartOperator();
    for (const name of names) await place.edit("secrets", name, { metadata: { annotations: { seen: "again" } } });
    await sleep(800);
    // A process that has not read a value yet cannot know it to be old: one write each, and none after that.
    expect((await verbs()).length).toBeLessThanOrEqual(names.length);
    await world.array.sideDoor.forgetRequests();
    for (const name of names) await place.edit("secrets", name, { metadata: { annotations: { seen: "thrice" } } });
    await sleep(800);
    expect(await verbs()).toEqual([]);
  });
});

describe("a user who may not read Secrets", () => {
  const canary = "CANARY-Hunter2-db-prod";
  const user = "mallory";
  const kubectl = createKubectl(inject("kubectlPath"), inject("adminKubeconfig"));

  /** A namespace with a database's Secret, where the user may declare credentials and view, as the published roles have it. */
  async function aShared(): Promise<{ readonly place: Place; readonly as: (...args: string[]) => Promise<string> }> {
    const place = await aPlace(world);
    for (const role of ["ontap-iscsi-operator-edit", "view"]) {
      await world.cluster.send({
        method: "POST",
        path: `/apis/rbac.authorization.k8s.io/v1/namespaces/${place.namespace}/rolebindings`,
        body: {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "RoleBinding",
          metadata: { name: role },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
          subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
        },
      });
    }
    const database = { DB_PASSWORD: canary, "api-token": `${canary}-token` };
    await place.createSecret("payments-db", database, "Opaque");
    const as = async (...args: string[]): Promise<string> => {
      const { stdout, stderr } = await kubectl([...args, "-n", place.namespace, `--as=${user}`]);
      return stdout + stderr;
    };
    return { place, as };
  }

  /** All that the user can see of her object: spec, status, plan and Events. */
  const seenBy = async (as: (...args: string[]) => Promise<string>): Promise<string> =>
    (await as("get", "iscsicredentials", "-o", "json")) + (await as("get", "events.events.k8s.io", "-o", "json"));

  test.each([
    { mode: "Enforce", because: "by the status" },
    { mode: "Plan", because: "by the plan" },
  ])("learns no value by naming its key as a user, $because", async ({ mode }) => {
    const { place, as } = await aShared();
    expect(await as("get", "secret", "payments-db")).toContain("Forbidden");
    // A plan shows user names that differ from what the array holds.
    const held = { authenticationType: "chap", inbound: { user: "before", password: "before-the-plan" } } as const;
    const action = { do: "put-credential", svm: "svm1", initiator: place.initiator("peek"), ...held } as const;
    await world.array.sideDoor.act(action);
    const spec = { ...chapFrom("payments-db", { userKey: "DB_PASSWORD", passwordKey: "api-token" }), mode };
    const manifest = {
      apiVersion: "ontap-iscsi.dev/v1alpha1",
      kind: "IscsiCredential",
      metadata: { name: "peek", namespace: place.namespace },
      spec: {
        connectionRef: { name: "array" },
        svm: { name: "svm1" },
        initiator: place.initiator("peek"),
        ...spec,
      },
    };
    const created = await kubectl(["create", "-f", "-", `--as=${user}`], { input: JSON.stringify(manifest) });
    expect(created.stderr).toBe("");
    const refused = await place.untilReady("peek", "False");
    expect(conditionOf(refused, "Stalled")).toMatchObject({
      reason: "SecretNotOffered",
      message: expect.stringContaining(
        `kubectl label secret payments-db -n ${place.namespace} ontap-iscsi.dev/use=chap`,
      ) as string,
    });
    await eventWith(place, "SecretNotOffered");
    expect(await seenBy(as)).toContain("SecretNotOffered");
    expect(await seenBy(as)).not.toContain("CANARY");
    expect(world.operator.logLines.join("\n")).not.toContain("CANARY");
    expect(await place.stored("peek")).toMatchObject(held);

    // An owner who offers the Secret does not offer every key of it to be shown.
    await place.edit("secrets", "payments-db", { metadata: { labels: { "ontap-iscsi.dev/use": "chap" } } });
    await eventually(async () => {
      const message = conditionOf(await place.credential("peek"), "Stalled")?.message;
      return message?.includes("ontap-iscsi.dev/user-keys=DB_PASSWORD") === true ? true : undefined;
    }, "the key is refused");
    expect(await seenBy(as)).not.toContain("CANARY");
    expect(await place.stored("peek")).toMatchObject(held);
  });

  test("does not hand the login of an array to an initiator", async () => {
    const { place, as } = await aShared();
    await place.createCredential("borrowed", chapFrom("ontap-login"));
    const refused = await place.untilReady("borrowed", "SecretNotOffered");
    expect(conditionOf(refused, "Ready")?.message).toContain("is a login to an array");
    expect(await seenBy(as)).not.toContain('"inboundUser"');
    expect(await place.stored("borrowed")).toBeUndefined();
  });
});
