import { describe, expect, test } from "vitest";
import { initiator, namespace as owner, openScene, type Scene } from "./scene.ts";

/**
 * A password is the one thing that no read shows: whatever may have changed it on the array leaves a write owed, and nothing that
 * comes in between pays for it. What an array shows may hold one all the same.
 */

const chap = { authenticationType: "chap", chap: { inbound: { secretRef: { name: "chap" } } } } as const;
const [first, second, foreign] = ["first-password1", "second-password", "others-password"];
const passwordHeld = (scene: Scene): string | undefined => scene.held()?.chap.inbound?.password;
const seen = (scene: Scene) => [scene.ready(), passwordHeld(scene)];

async function applied(): Promise<Scene> {
  const scene = await openScene();
  scene.secret("chap", "user", first);
  scene.credential(chap);
  await scene.settles();
  return scene;
}

const tampered = (scene: Scene, user = "user"): Promise<void> =>
  scene.admin({
    do: "put-credential",
    svm: "svm1",
    initiator,
    authenticationType: "chap",
    inbound: { user, password: foreign },
  });

const asks = (scene: Scene): void =>
  scene.edit("IscsiCredential", "a", {
    metadata: { annotations: { "ontap-iscsi.dev/reconcile-requested-at": "again" } },
  });

describe("a Secret that is set back to what was accepted, after a rotation whose answers were lost,", () => {
  test.each([2, 3, 6])("is written again, after %d lost answers", async (times) => {
    const scene = await applied();
    scene.arrayAnswers({ effect: "lose-answer", when: { method: "PATCH" }, times });
    scene.secret("chap", "user", second);
    while (passwordHeld(scene) !== second) await scene.later(1);
    await scene.later(60);
    scene.secret("chap", "user", first);
    await scene.later(10 * 60_000);
    expect(seen(scene)).toEqual(["True Applied", first]);
  });
});

describe("a person who asks that the secrets are written again gets that", () => {
  test.each<{ because: string; happens: (scene: Scene) => Promise<void> }>([
    {
      because: "the array was busy, and the process ended before it tried again",
      async happens(scene) {
        scene.arrayAnswers({ effect: "error", code: "8", status: 503, when: { method: "PATCH" }, times: 1 });
        asks(scene);
        await scene.later(400);
        scene.restart();
      },
    },
    {
      because: "the connection was down",
      async happens(scene) {
        await scene.admin({ do: "refuse-connections" });
        scene.edit("OntapConnection", "array", {
          metadata: { annotations: { "ontap-iscsi.dev/reconcile-requested-at": "now" } },
        });
        await scene.later(60_000);
        asks(scene);
        await scene.later(60_000);
        await scene.admin({ do: "accept-connections" });
      },
    },
    {
      because: "mode Plan showed it, and Enforce carries it out",
      async happens(scene) {
        scene.credential({ ...chap, mode: "Plan" });
        await scene.settles();
        asks(scene);
        await scene.settles();
        expect(scene.status()?.plan?.changes).toEqual([{ field: "chap.inbound.password" }]);
        scene.credential({ ...chap, mode: "Enforce" });
      },
    },
  ])("although $because", async ({ happens }) => {
    const scene = await applied();
    await tampered(scene);
    await happens(scene);
    await scene.later(60 * 60_000);
    expect(seen(scene)).toEqual(["True Applied", first]);
  });
});

describe("a password that an array shows as a user name", () => {
  const shown = (scene: Scene): string => {
    const { people } = scene.world.cluster;
    const read = [people.get("IscsiCredential", owner, "a"), people.list("Event", owner)];
    return JSON.stringify([...read, scene.operator().logLines]);
  };

  test("is shown nowhere, by a process that has sent it to no array", async () => {
    const scene = await applied();
    scene.restart();
    await scene.settles();
    await tampered(scene, first);
    await scene.later(11 * 60_000);
    expect(seen(scene)).toEqual(["True Applied", first]);
    expect(shown(scene)).toContain("DriftCorrected");
    expect(shown(scene)).not.toContain(first);
  });

  test("is not shown by mode Plan", async () => {
    const scene = await openScene();
    await tampered(scene, first);
    scene.secret("chap", "user", first);
    scene.credential({ ...chap, mode: "Plan" });
    await scene.settles();
    expect(scene.ready()).toBe("False PlanPending");
    expect(shown(scene)).not.toContain(first);
  });
});
