import { describe, expect, test } from "vitest";
import type { OntapConnectionStatus } from "../../src/api/ontap-connection.ts";
import { arrayLogin } from "../model/world.ts";
import { initiator, namespace, openScene, type Scene } from "./scene.ts";

/**
 * What is ours on an array: what the status says, with the object's own uid, that the array accepted. Nothing else lets an object
 * overwrite or remove what was there, and nothing that was there goes without a word.
 */

const svm1 = ({ array }: Scene) => ({ name: "svm1", uuid: array.svms().find(({ name }) => name === "svm1")?.uuid });
const spec = { connectionRef: { name: "array" }, svm: { name: "svm1" }, initiator, authenticationType: "deny" };
const foreign = (scene: Scene): Promise<void> =>
  scene.admin({
    do: "put-credential",
    svm: "svm1",
    initiator,
    authenticationType: "chap",
    inbound: { user: "foreign", password: "foreign-password" },
  });
const isForeign = (scene: Scene): boolean => scene.held()?.chap.inbound?.user === "foreign";
const writes = (scene: Scene): readonly string[] => scene.calls().filter((call) => !call.startsWith("GET"));
const remove = (scene: Scene): void => scene.delete("IscsiCredential", "a");

/** Creates the object as a restore or an export carries it: with our finalizer, and with a status that another object had. */
async function restored(scene: Scene, more: object, status?: object): Promise<void> {
  const { cluster, clock } = scene.world;
  const { status: answered } = cluster.people.create({
    apiVersion: "ontap-iscsi.dev/v1alpha1",
    kind: "IscsiCredential",
    metadata: { name: "a", namespace, finalizers: ["ontap-iscsi.dev/iscsi-credential"] },
    spec: { ...spec, ...more },
  });
  expect(answered).toBe(201);
  if (status === undefined) return;
  const path = `/apis/ontap-iscsi.dev/v1alpha1/namespaces/${namespace}/iscsicredentials/a/status`;
  const sent = cluster
    .connect({ name: "restore", clock })
    .send(
      { method: "PATCH", path, contentType: "application/merge-patch+json", body: { status } },
      new AbortController().signal,
    );
  await clock.advance(20);
  expect((await sent).ok).toBe(true);
}

/** Another process takes over from one that ended at this moment. */
async function crash(scene: Scene): Promise<void> {
  scene.operator().kill();
  scene.world.cluster.faults.clear();
  scene.world.start({ name: "second" });
  await scene.later(60_000);
}

const loseStatuses = (scene: Scene): unknown =>
  scene.world.cluster.faults.add({
    effect: { do: "drop" },
    when: ({ method, path }) => method === "PATCH" && path.endsWith("/iscsicredentials/a/status"),
  });

describe("a credential that was there before, and an object that refuses to take it over", () => {
  const refuse = { adoptionPolicy: "Refuse" };

  function copied(scene: Scene): Promise<void> {
    const uid = "11111111-2222-3333-4444-555555555555";
    const applied = {
      svm: svm1(scene),
      uid,
      authenticationType: "deny",
      generation: 1,
      time: "2026-01-01T00:00:00Z",
    };
    const attempt = { svm: { uuid: svm1(scene).uuid }, initiator, uid };
    return restored(scene, refuse, { applied, attempt, formerSvms: [{ ...svm1(scene), uid }] });
  }

  test.each<{ because: string; declares: (scene: Scene) => unknown }>([
    { because: "with nothing of ours", declares: (scene) => scene.credential({ ...spec, ...refuse }) },
    { because: "with our finalizer", declares: (scene) => restored(scene, refuse) },
    { because: "with the status of the object that it was copied from", declares: copied },
    {
      because: "with such a status, which is all that a process has that starts afterwards",
      async declares(scene) {
        await copied(scene);
        scene.restart();
      },
    },
  ])("$because: it stays as it is, for the life of the object and after it", async ({ declares }) => {
    const scene = await openScene();
    await foreign(scene);
    await declares(scene);
    await scene.later(25 * 60_000);
    expect([scene.ready(), writes(scene), isForeign(scene)]).toEqual(["False AlreadyExists", [], true]);
    remove(scene);
    await scene.settles();
    expect([scene.finalizers(), writes(scene), isForeign(scene)]).toEqual(["gone", [], true]);
  });

  test("another object of the same name had applied it, and was replaced by force in one moment", async () => {
    const scene = await openScene();
    scene.credential(spec);
    await scene.settles();
    scene.calls();
    scene.edit("IscsiCredential", "a", { metadata: { finalizers: null } });
    remove(scene);
    scene.credential({ ...spec, ...refuse });
    await scene.later(60_000);
    expect([scene.ready(), writes(scene), scene.held()?.authenticationType]).toEqual([
      "False AlreadyExists",
      [],
      "deny",
    ]);
  });

  test("someone makes it between our read and our write: the array's answer proves it foreign", async () => {
    const scene = await openScene();
    // The SVM has just been read, and did not show it.
    scene.credential({ ...spec, initiator: "iqn.1994-05.com.redhat:b" }, "b");
    await scene.settles();
    scene.calls();
    await foreign(scene);
    scene.credential({ ...spec, ...refuse });
    await scene.later(5 * 60_000);
    expect([scene.ready(), isForeign(scene), scene.status()?.attempt]).toEqual([
      "False AlreadyExists",
      true,
      undefined,
    ]);
    expect(writes(scene).filter((call) => !call.startsWith("POST 409"))).toEqual([]);
    remove(scene);
    await scene.settles();
    expect([scene.finalizers(), writes(scene), isForeign(scene)]).toEqual(["gone", [], true]);
  });

  test("it is the object's own, whose process ended before the status said so: the begun creation proves it", async () => {
    const scene = await openScene();
    loseStatuses(scene);
    scene.credential({ ...spec, ...refuse });
    await scene.later(2000);
    // Without the note nothing is sent to the array.
    expect(writes(scene)).toEqual([]);
    scene.world.cluster.faults.clear();
    await scene.settles();
    expect([scene.ready(), writes(scene)]).toEqual(["True Applied", ["POST 201"]]);
    expect(scene.status()?.attempt).toBeUndefined();
  });

  /** The creation is noted and sent, and no status after that arrives. */
  async function createsUntold(): Promise<Scene> {
    const scene = await openScene();
    let noted = false;
    scene.world.cluster.faults.add({
      effect: { do: "drop" },
      when({ method, path }) {
        if (method !== "PATCH" || !path.endsWith("/iscsicredentials/a/status")) return false;
        const before = noted;
        noted = true;
        return before;
      },
    });
    scene.credential({ ...spec, ...refuse });
    await scene.later(2000);
    expect([writes(scene), scene.status()?.applied]).toEqual([["POST 201"], undefined]);
    expect(scene.status()?.attempt?.initiator).toBe(initiator);
    return scene;
  }

  test("the process ends after the creation was noted and sent, and the next one knows it for its own", async () => {
    const scene = await createsUntold();
    await crash(scene);
    expect([scene.ready(), writes(scene), scene.status()?.attempt]).toEqual(["True Applied", [], undefined]);
    remove(scene);
    await scene.settles();
    expect([scene.finalizers(), scene.held()]).toEqual(["gone", undefined]);
  });

  test("the object is deleted before the next process starts, and takes along what was begun", async () => {
    const scene = await createsUntold();
    remove(scene);
    await crash(scene);
    expect([scene.finalizers(), scene.held()]).toEqual(["gone", undefined]);
  });
});

describe("an object that may take over what was there", () => {
  test("and whose only write was refused removes nothing", async () => {
    const scene = await openScene();
    await foreign(scene);
    scene.arrayAnswers({ effect: "error", code: "5374149", when: { method: "PATCH" } });
    scene.credential(spec);
    await scene.settles();
    expect(scene.ready()).toMatch(/^False/);
    scene.array.clearFaults();
    writes(scene);
    remove(scene);
    await scene.settles();
    expect([scene.finalizers(), writes(scene), isForeign(scene)]).toEqual(["gone", [], true]);
    expect(scene.events()).toContain("Released");
  });

  test("and whose process ended before the status said that it did leaves it, and says so: the one window", async () => {
    const scene = await openScene();
    loseStatuses(scene);
    scene.credential(spec);
    await scene.later(2000);
    expect(scene.held()?.authenticationType).toBe("deny");
    remove(scene);
    scene.operator().kill();
    writes(scene);
    await crash(scene);
    expect([scene.finalizers(), writes(scene), scene.held()?.authenticationType]).toEqual(["gone", [], "deny"]);
    expect(scene.events()).toContain("Released");
  });

  test("goes on with it after a restart, and removes it in the end", async () => {
    const scene = await openScene();
    await foreign(scene);
    scene.credential(spec);
    await scene.settles();
    expect(scene.status()?.applied?.adopted).toBe(true);
    await crash(scene);
    remove(scene);
    await scene.settles();
    expect([scene.finalizers(), scene.held()]).toEqual(["gone", undefined]);
  });
});

describe("what is not seen is not gone", () => {
  const connectionStatus = ({ world }: Scene) =>
    world.cluster.people.get("OntapConnection", namespace, "array")?.["status"] as OntapConnectionStatus | undefined;
  const leftBehind = (scene: Scene): number => connectionStatus(scene)?.leftBehind?.total ?? 0;
  async function applied(): Promise<Scene> {
    const scene = await openScene();
    scene.credential(spec);
    await scene.settles();
    expect(scene.ready()).toBe("True Applied");
    scene.calls();
    return scene;
  }
  /** Of svm2 alone. */
  const narrowLogin = async (scene: Scene): Promise<void> => {
    await scene.admin({ do: "put-login", user: "narrow", password: "narrow-password", role: "vsadmin", svm: "svm2" });
    scene.secret("login", "narrow", "narrow-password");
    await scene.later(60_000);
  };

  test("a login that no longer sees the SVM: the deletion waits, says so, and goes on when it is seen again", async () => {
    const scene = await applied();
    await narrowLogin(scene);
    remove(scene);
    await scene.later(60 * 60_000);
    expect([scene.ready(), scene.finalizers(), scene.held()?.authenticationType]).toEqual([
      "False SvmNotSeen",
      ["iscsi-credential"],
      "deny",
    ]);
    scene.secret("login", arrayLogin.user, arrayLogin.password);
    await scene.later(15 * 60_000);
    expect([scene.finalizers(), scene.held()]).toEqual(["gone", undefined]);
  });

  test("the same, and Retain is the way out", async () => {
    const scene = await applied();
    await narrowLogin(scene);
    remove(scene);
    await scene.later(60_000);
    scene.edit("IscsiCredential", "a", { spec: { deletionPolicy: "Retain" } });
    await scene.later(60_000);
    expect([scene.finalizers(), scene.held()?.authenticationType]).toEqual(["gone", "deny"]);
  });

  test("an SVM that two complete lists of the same login lack is gone, and that is told", async () => {
    const scene = await applied();
    await scene.admin({ do: "delete-svm", svm: "svm1" });
    await scene.later(25 * 60_000);
    remove(scene);
    await scene.later(60_000);
    expect(scene.finalizers()).toBe("gone");
    expect([scene.events().includes("SvmGone"), scene.events().includes("Deleted")]).toEqual([true, false]);
  });

  test("a login that is limited to other SVMs looks the same as an SVM that is gone: nothing is said to be deleted", async () => {
    const scene = await applied();
    await scene.admin({ do: "put-login", ...arrayLogin, role: "vsadmin", svm: "svm2" });
    remove(scene);
    await scene.later(60 * 60_000);
    expect([scene.finalizers(), scene.held()?.authenticationType]).toEqual(["gone", "deny"]);
    expect(scene.events()).not.toContain("Deleted");
    const gone = scene.world.cluster.people.list("Event", namespace).filter(({ reason }) => reason === "SvmGone");
    expect(gone.map(({ note }) => String(note)).join("\n")).toContain("the credential is still there");
  });

  test("an SVM list that cannot be read proves nothing", async () => {
    const scene = await applied();
    scene.arrayAnswers({ effect: "error", code: "4", when: { method: "GET", path: "/api/svm/svms*" } });
    await scene.later(25 * 60_000);
    remove(scene);
    await scene.later(60 * 60_000);
    expect([scene.finalizers(), scene.held()?.authenticationType]).toEqual([["iscsi-credential"], "deny"]);
    scene.array.clearFaults();
    await scene.later(15 * 60_000);
    expect([scene.finalizers(), scene.held()]).toEqual(["gone", undefined]);
  });

  test("another array at the endpoint: what the first one holds is told, and not said to be gone", async () => {
    const scene = await applied();
    const second = scene.world.addArray("https://second.example.com");
    scene.connection({ endpoint: "https://second.example.com" });
    await scene.later(60_000);
    expect([
      scene.ready(),
      second.held("svm1", initiator)?.authenticationType,
      scene.held()?.authenticationType,
    ]).toEqual(["True Applied", "deny", "deny"]);
    expect(leftBehind(scene)).toBe(1);
    const notes = scene.world.cluster.people
      .list("Event", namespace)
      .filter(({ reason }) => reason === "SvmReplaced")
      .map(({ note }) => String(note));
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain("stays if that SVM still exists");
    remove(scene);
    await scene.later(60 * 60_000);
    expect([second.held("svm1", initiator), scene.held()?.authenticationType]).toEqual([undefined, "deny"]);
    expect([scene.finalizers(), leftBehind(scene)]).toEqual(["gone", 1]);
  });
});
