import { describe, expect, test } from "vitest";
import { manifest } from "../model/world.ts";
import { initiator, namespace as owner, openScene, type Scene } from "./scene.ts";

/** What one object had on the array when another came to hold it. */

const chap = { authenticationType: "chap", chap: { inbound: { secretRef: { name: "chap" } } } } as const;
const minute = 60_000;
const passwordHeld = (scene: Scene): string | undefined => scene.held()?.chap.inbound?.password;

const grantTo = (namespace: string) => ({
  namespaces: { names: [namespace] },
  svms: ["*"],
  initiators: ["*"],
  adoption: "Adopt",
});

/** Tenants of one connection, each with a Secret of its own under one user name. */
async function open(...tenants: readonly string[]) {
  return openWith({}, ...tenants);
}

async function openWith(grant: object, ...tenants: readonly string[]) {
  const scene = await openScene();
  const { people } = scene.world.cluster;
  for (const tenant of tenants) {
    people.create({ kind: "Namespace", metadata: { name: tenant } });
    const stringData = { username: "user", password: `password-of-${tenant}` };
    people.apply(manifest("Secret", tenant, "chap", { type: "kubernetes.io/basic-auth", stringData }));
  }
  scene.connection({ grants: tenants.map((tenant) => ({ ...grantTo(tenant), ...grant })) });
  await scene.settles();
  return {
    scene,
    declare: (tenant: string, name = "x", spec: object = chap) =>
      people.create(
        manifest("IscsiCredential", tenant, name, {
          spec: { connectionRef: { name: "array", namespace: owner }, svm: { name: "svm1" }, initiator, ...spec },
        }),
      ),
    rotate: (tenant: string) =>
      people.apply(manifest("Secret", tenant, "chap", { stringData: { password: "rotated-password" } })),
    end: (tenant: string, name = "x") => people.delete("IscsiCredential", tenant, name),
    reason: (tenant: string) => reasonOf(tenant, "x"),
    reasonOf,
  };

  function reasonOf(tenant: string, name: string): string | undefined {
    const { conditions = [] } = (people.get("IscsiCredential", tenant, name)?.["status"] ?? {}) as {
      readonly conditions?: readonly { readonly type: string; readonly reason: string }[];
    };
    return conditions.find(({ type }) => type === "Ready")?.reason;
  }
}

describe("an object that another one took the initiator from, under the same user name", () => {
  async function openTaken() {
    const opened = await open("one", "two");
    const { scene, declare } = opened;
    declare("one");
    await scene.later(3000);
    declare("two");
    await scene.settles();
    scene.connection({ grants: [grantTo("two")] });
    await scene.later(2 * minute);
    expect(passwordHeld(scene)).toBe("password-of-two");
    scene.connection({ grants: [grantTo("one"), grantTo("two")] });
    await scene.later(2 * minute);
    return opened;
  }

  test("is not Ready with the other one's password when it is granted again", async () => {
    const { scene, reason } = await openTaken();
    expect([reason("one"), reason("two"), passwordHeld(scene)]).toEqual(["Applied", "Conflicted", "password-of-one"]);
  });

  test("leaves it with its own password to the other one, which takes it back", async () => {
    const { scene, rotate, end, reason } = await openTaken();
    rotate("one");
    await scene.later(minute);
    end("one");
    await scene.later(2 * minute);
    expect([reason("two"), passwordHeld(scene)]).toEqual(["Applied", "password-of-two"]);
  });
});

test("what was taken over from before is still that after a hand-over, and its deletion opens nothing", async () => {
  const { scene, declare, end } = await open("one");
  await scene.admin({ do: "put-credential", svm: "svm1", initiator: "default", authenticationType: "deny" });
  await scene.admin({ do: "put-credential", svm: "svm1", initiator, authenticationType: "deny" });
  declare("one", "x", { authenticationType: "deny" });
  await scene.later(3000);
  declare("one", "y", { authenticationType: "deny" });
  await scene.settles();
  end("one", "x");
  await scene.settles();
  end("one", "y");
  await scene.later(2 * minute);
  expect(scene.held()?.authenticationType).toBe("deny");
});

test("a deletion leaves alone what another object holds on an SVM that this one has moved away from", async () => {
  const scene = await openScene();
  scene.credential({ authenticationType: "deny" });
  await scene.settles();
  const uuid = scene.array.svms().find(({ name }) => name === "svm1")?.uuid;
  await scene.admin({ do: "rename-svm", svm: "svm1", to: "old" });
  await scene.admin({ do: "create-svm", name: "svm1", iscsi: true });
  await scene.later(20 * minute);
  scene.credential({ authenticationType: "deny", svm: { uuid } }, "b");
  await scene.settles();
  scene.delete("IscsiCredential", "a");
  await scene.settles();
  expect([scene.finalizers(), scene.ready("IscsiCredential", "b")]).toEqual(["gone", "True Applied"]);
  expect(scene.array.held("old", initiator)?.authenticationType).toBe("deny");
});

describe("a rename while no operator could act, for longer than a successor is waited for", () => {
  const deletions = (scene: Scene): number => scene.array.requests().filter(({ method }) => method === "DELETE").length;

  /** Renames `a` to `b`, whose Secret the API server does not show yet, and gives a process half a minute. */
  async function renameWhile(without: (scene: Scene) => Promise<void>) {
    const scene = await openScene();
    scene.secret("chap", "user", "first-password1");
    scene.credential(chap);
    await scene.settles();
    scene.operator().kill();
    scene.credential(chap, "b");
    scene.delete("IscsiCredential", "a");
    const showSecret = scene.world.cluster.faults.add({
      effect: { do: "refuse", status: 500 },
      when: ({ method, path }) => method === "GET" && path.endsWith("/secrets/chap"),
    });
    await without(scene);
    await scene.later(minute / 2);
    expect(deletions(scene)).toBe(0);
    return { scene, showSecret };
  }

  async function afterTen(stage: Scene): Promise<void> {
    await stage.later(10 * minute);
    stage.restart();
  }

  const takenOver = (scene: Scene) => [deletions(scene), scene.finalizers(), scene.ready("IscsiCredential", "b")];

  test("takes over without a gap when a process starts", async () => {
    const { scene, showSecret } = await renameWhile(afterTen);
    showSecret();
    await scene.later(minute);
    expect(takenOver(scene)).toEqual([0, "gone", "True Applied"]);
  });

  test("takes over without a gap when one that has waited comes to lead", async () => {
    const { scene, showSecret } = await renameWhile(async (stage) => {
      await stage.admin({ do: "refuse-connections" });
      const first = stage.world.start({ name: "first", leaseNamespace: owner });
      await stage.later(5000);
      stage.world.start({ name: "second", leaseNamespace: owner });
      await stage.later(10 * minute);
      first.kill();
      await stage.admin({ do: "accept-connections" });
    });
    showSecret();
    await scene.later(minute);
    expect(takenOver(scene)).toEqual([0, "gone", "True Applied"]);
  });

  test("takes over without a gap when the array comes back", async () => {
    const { scene, showSecret } = await renameWhile(async (stage) => {
      await stage.admin({ do: "refuse-connections" });
      stage.restart();
      await stage.later(10 * minute);
      await stage.admin({ do: "accept-connections" });
    });
    showSecret();
    await scene.later(minute);
    expect(takenOver(scene)).toEqual([0, "gone", "True Applied"]);
  });

  test("ends on the array after a minute with a process if the successor does not come to write", async () => {
    const { scene } = await renameWhile(afterTen);
    await scene.later(minute);
    expect([deletions(scene), scene.held(), scene.finalizers()]).toEqual([1, undefined, "gone"]);
  });
});

describe("a rename in a namespace whose quota is full", () => {
  const full = { maxCredentials: 1, deletion: ["Delete"] };
  const deny = { authenticationType: "deny" };

  test("takes over without a gap", async () => {
    const { scene, declare, end, reasonOf } = await openWith(full, "one");
    await scene.admin({ do: "put-credential", svm: "svm1", initiator: "default", authenticationType: "deny" });
    declare("one", "x", deny);
    await scene.settles();
    declare("one", "y", deny);
    await scene.settles();
    expect(reasonOf("one", "y")).toBe("NotGranted");
    scene.calls();
    end("one", "x");
    await scene.settles();
    expect([reasonOf("one", "y"), scene.held()?.authenticationType]).toEqual(["Applied", "deny"]);
    expect(scene.calls().filter((call) => call.startsWith("DELETE"))).toEqual([]);
  });

  test("gives no place to an object of another initiator while the one that goes is still there", async () => {
    const { scene, declare, end, reasonOf } = await openWith(full, "one");
    declare("one", "x", { ...deny, deletionPolicy: "Retain" });
    await scene.settles();
    scene.world.cluster.people.edit("IscsiCredential", "one", "x", {
      metadata: { finalizers: ["ontap-iscsi.dev/iscsi-credential", "example.com/held"] },
    });
    declare("one", "y", { ...deny, initiator: `${initiator}.other` });
    end("one", "x");
    await scene.settles();
    expect([reasonOf("one", "y"), scene.held(`${initiator}.other`)]).toEqual(["NotGranted", undefined]);
  });
});
