import { describe, expect, test } from "vitest";
import type { OntapConnectionStatus } from "../../src/api/ontap-connection.ts";
import { manifest } from "../model/world.ts";
import { initiator, namespace, openScene, type Scene } from "./scene.ts";

/**
 * An object that goes without a pass over its deletion, since a user took our finalizer away, leaves its credential on the array: the
 * connection's owner reads it there. One that goes as it should leaves nothing to tell.
 */

const spec = { connectionRef: { name: "array" }, svm: { name: "svm1" }, initiator, authenticationType: "deny" };

/** An object that the array accepted. */
async function openApplied(more: object = {}): Promise<Scene> {
  const scene = await openScene();
  scene.credential({ ...spec, ...more });
  await scene.settles();
  expect(scene.ready()).toBe("True Applied");
  return scene;
}

const connectionOf = ({ world }: Scene) => world.cluster.people.get("OntapConnection", namespace, "array");

const toldBy = (scene: Scene): readonly string[] =>
  (connectionOf(scene)?.["status"] as OntapConnectionStatus | undefined)?.leftBehind?.newest.map(
    ({ svm, initiator: of, namespace: from }) => [svm.name, of, from].join(" "),
  ) ?? [];

/** `kubectl replace` with the manifest from Git. */
const replace = ({ world }: Scene): void =>
  void world.cluster.people.replace(manifest("IscsiCredential", namespace, "a", { spec }));
const strip = (scene: Scene): void => scene.edit("IscsiCredential", "a", { metadata: { finalizers: null } });
const remove = (scene: Scene): void => scene.delete("IscsiCredential", "a");
const away = (scene: Scene): Promise<void> => scene.admin({ do: "refuse-connections" });

describe("an object that goes without its deletion being carried out", () => {
  test.each<{ because: string; happens: (scene: Scene) => unknown }>([
    {
      because: "it was replaced without our finalizer and deleted before that was back",
      happens(scene) {
        replace(scene);
        remove(scene);
      },
    },
    {
      because: "a user took the finalizer away while its deletion waited for the array",
      async happens(scene) {
        await away(scene);
        await scene.later(60_000);
        remove(scene);
        await scene.later(60_000);
        strip(scene);
        await scene.later(10_000);
        await scene.admin({ do: "accept-connections" });
      },
    },
    {
      because: "the same, in a process that was started meanwhile",
      async happens(scene) {
        await away(scene);
        remove(scene);
        await scene.later(60_000);
        scene.operator().kill();
        scene.world.start({ name: "second" });
        await scene.later(60_000);
        strip(scene);
        await scene.later(10_000);
        await scene.admin({ do: "accept-connections" });
      },
    },
    {
      because: "a user took ours away, and another controller's came off later",
      async happens(scene) {
        await away(scene);
        scene.edit("IscsiCredential", "a", {
          metadata: { finalizers: ["example.com/other", "ontap-iscsi.dev/iscsi-credential"] },
        });
        remove(scene);
        await scene.later(30_000);
        scene.edit("IscsiCredential", "a", { metadata: { finalizers: ["example.com/other"] } });
        await scene.later(30_000);
        strip(scene);
        await scene.later(10_000);
        await scene.admin({ do: "accept-connections" });
      },
    },
  ])("is told on the connection, since $because", async ({ happens }) => {
    const scene = await openApplied();
    await happens(scene);
    await scene.later(2 * 60_000);
    expect(scene.finalizers()).toBe("gone");
    expect(scene.held()?.authenticationType).toBe("deny");
    expect(toldBy(scene)).toEqual([`svm1 ${initiator} ${namespace}`]);
    expect(scene.events("OntapConnection")).toContain("CredentialLeftBehind");
  });

  test("is told until an object applies its initiator again", async () => {
    const scene = await openApplied();
    replace(scene);
    remove(scene);
    await scene.settles();
    expect(toldBy(scene)).toHaveLength(1);
    scene.credential(spec, "again");
    await scene.settles();
    expect([scene.ready("IscsiCredential", "again"), toldBy(scene)]).toEqual(["True Applied", []]);
  });

  test("is not told when it is there again at once, under its own name", async () => {
    const scene = await openApplied();
    replace(scene);
    remove(scene);
    scene.credential(spec);
    await scene.settles();
    expect([scene.ready(), toldBy(scene)]).toEqual(["True Applied", []]);
  });
});

describe("an object that goes as it should", () => {
  test.each<{ because: string; more?: object; happens: (scene: Scene) => unknown; held: string | undefined }>([
    { because: "Delete was carried out", happens: remove, held: undefined },
    { because: "Deny was carried out", more: { deletionPolicy: "Deny" }, happens: remove, held: "deny" },
    { because: "Retain leaves it on purpose", more: { deletionPolicy: "Retain" }, happens: remove, held: "deny" },
    {
      because: "Retain leaves it on purpose, with or without our finalizer",
      more: { deletionPolicy: "Retain" },
      happens(scene) {
        strip(scene);
        remove(scene);
      },
      held: "deny",
    },
    {
      because:
        "Delete was carried out before another controller's finalizer came off, and we were started again between",
      async happens(scene) {
        scene.edit("IscsiCredential", "a", {
          metadata: { finalizers: ["example.com/other", "ontap-iscsi.dev/iscsi-credential"] },
        });
        remove(scene);
        await scene.later(30_000);
        scene.operator().kill();
        scene.world.start({ name: "second" });
        await scene.later(30_000);
        strip(scene);
      },
      held: undefined,
    },
    {
      because: "the answer to the release was lost",
      happens(scene) {
        scene.world.cluster.faults.add({
          effect: { do: "lose-answer" },
          when: ({ method, path }) => method === "PATCH" && path.endsWith("/iscsicredentials/a"),
        });
        remove(scene);
      },
      held: undefined,
    },
  ])("is not told, since $because", async ({ more, happens, held }) => {
    const scene = await openApplied(more);
    await happens(scene);
    await scene.later(2 * 60_000);
    expect(scene.finalizers()).toBe("gone");
    expect(scene.held()?.authenticationType).toBe(held);
    expect(toldBy(scene)).toEqual([]);
    expect(scene.events("OntapConnection")).not.toContain("CredentialLeftBehind");
  });

  test("is not told by a standby that takes over", async () => {
    const scene = await openScene();
    scene.operator().kill();
    const first = scene.world.start({ name: "first", leaseNamespace: namespace });
    await scene.later(30_000);
    scene.world.start({ name: "second", leaseNamespace: namespace });
    await scene.later(30_000);
    scene.credential(spec);
    scene.credential({ ...spec, initiator: "iqn.1994-05.com.redhat:b" }, "b");
    await scene.settles();
    remove(scene);
    await scene.settles();
    scene.delete("IscsiCredential", "b");
    const stopped = first.stop();
    await scene.later(2 * 60_000);
    await stopped;
    expect([scene.finalizers(), scene.finalizers("IscsiCredential", "b")]).toEqual(["gone", "gone"]);
    expect(toldBy(scene)).toEqual([]);
  });
});
