import { describe, expect, test } from "vitest";
import { arrayLogin } from "../model/world.ts";
import { expectRow, testRows, type Row } from "./row.ts";
import { initiator, openScene, type Scene } from "./scene.ts";

/**
 * Whole passes over a credential: gather, decide, act and report of the operator that production runs, against an API
 * server and an array in memory. What decide.test.ts says of a decision, this says of what people see.
 */

const chap = { authenticationType: "chap", chap: { inbound: { secretRef: { name: "chap" } } } } as const;
const mutual = {
  authenticationType: "chap",
  chap: { inbound: { secretRef: { name: "chap" } }, outbound: { secretRef: { name: "back" } } },
} as const;

const declared =
  (spec: object = {}) =>
  (scene: Scene) => {
    scene.secret("chap", "user", "first-password1");
    scene.credential({ ...chap, ...spec });
  };
const foreign = (scene: Scene) =>
  scene.admin({
    do: "put-credential",
    svm: "svm1",
    initiator,
    authenticationType: "chap",
    inbound: { user: "foreign", password: "foreign-password" },
  });
const vanished = async (scene: Scene) => {
  await scene.admin({ do: "delete-credential", svm: "svm1", initiator });
  await scene.later(11 * 60_000);
};
const slowPost: Row["arrayAnswers"] = [
  { effect: "delay", latency: { shape: "fixed", ms: 1000 }, when: { method: "POST" }, times: 1 },
];
/** While its POST is under way, a storage administrator creates the same credential. */
const overtaken = (spec: object) => async (scene: Scene) => {
  declared(spec)(scene);
  await scene.later(500);
  await foreign(scene);
};
const held = "chap user/first-password1";

describe("a new credential", () => {
  testRows([
    {
      because: "the array did not hold it",
      happens: declared(),
      status: "True Applied",
      calls: ["GET 200", "POST 201"],
      held,
      finalizers: ["iscsi-credential"],
      events: ["Applied"],
    },
    {
      because: "the array held another one, which is taken over",
      before: foreign,
      happens: declared(),
      status: "True Applied",
      calls: ["GET 200", "PATCH 200"],
      held,
    },
    {
      because: "the array held another one, and the object refuses to take it over",
      before: foreign,
      happens: declared({ adoptionPolicy: "Refuse" }),
      status: "False AlreadyExists",
      calls: ["GET 200"],
      held: "chap foreign/foreign-password",
      finalizers: [],
    },
    {
      because: "its Secret does not exist yet",
      happens: (scene) => scene.credential(chap),
      status: "False SecretNotFound",
      calls: [],
      held: "nothing",
      finalizers: [],
    },
    {
      because: "the answer to the POST was lost, and reading back shows it",
      arrayAnswers: [{ effect: "lose-answer", when: { method: "POST" }, times: 1 }],
      happens: declared(),
      status: "True Applied",
      calls: ["GET 200", "POST lost", "GET 200"],
      held,
    },
    {
      because: "another one appeared between the read and the POST, and is taken over",
      arrayAnswers: slowPost,
      happens: overtaken({}),
      status: "True Applied",
      calls: ["GET 200", "POST 409 5374142", "GET 200", "PATCH 200"],
      held,
    },
    {
      because: "another one appeared between the read and the POST, and the object refuses to take it over",
      arrayAnswers: slowPost,
      happens: overtaken({ adoptionPolicy: "Refuse" }),
      status: "False AlreadyExists",
      calls: ["GET 200", "POST 409 5374142"],
      held: "chap foreign/foreign-password",
    },
    {
      because: "ONTAP refuses the value for good",
      arrayAnswers: [{ effect: "error", code: "5374149", when: { method: "POST" } }],
      happens: declared(),
      status: "False InboundIncomplete",
      calls: ["GET 200", "POST 400 5374149"],
      held: "nothing",
    },
    {
      because: "mode Plan writes nothing",
      happens: declared({ mode: "Plan" }),
      status: "False PlanPending",
      calls: ["GET 200"],
      held: "nothing",
      finalizers: [],
    },
    {
      because: "mode Plan compares again at each resync",
      before: declared({ mode: "Plan" }),
      async happens(scene) {
        await scene.admin({ do: "put-credential", svm: "svm1", initiator, authenticationType: "deny" });
        await scene.later(11 * 60_000);
        scene.calls();
        await scene.later(10 * 60_000);
      },
      status: "False PlanPending",
      // The probe of the connection, and one look at the SVM.
      calls: ["GET 200", "GET 200", "GET 200"],
      held: "deny",
      finalizers: [],
    },
  ]);
});

describe("a credential that is applied", () => {
  testRows([
    {
      because: "its password was rotated",
      before: declared(),
      happens: (scene) => scene.secret("chap", "user", "second-password"),
      status: "True Applied",
      calls: ["PATCH 200"],
      held: "chap user/second-password",
    },
    {
      because: "its Secret is missing and a user took its finalizer away, which is put back",
      before: declared(),
      async happens(scene) {
        scene.delete("Secret", "chap");
        await scene.settles();
        scene.edit("IscsiCredential", "a", { metadata: { finalizers: [] } });
      },
      status: "False SecretNotFound",
      held,
      finalizers: ["iscsi-credential"],
    },
    {
      because: "its Secret was labelled, and carries the same values",
      before: declared(),
      happens: (scene) => scene.edit("Secret", "chap", { metadata: { labels: { team: "db" } } }),
      status: "True Applied",
      calls: [],
      held,
      events: [],
    },
    {
      because: "the outbound direction was added",
      before: declared(),
      happens(scene) {
        scene.secret("back", "array", "other-password1");
        scene.credential(mutual);
      },
      status: "True Applied",
      calls: ["GET 200", "PATCH 200"],
      held: "chap user/first-password1 array/other-password1",
    },
    {
      because: "what was changed behind its back is corrected at the resync",
      before: declared(),
      async happens(scene) {
        await scene.admin({ do: "put-credential", svm: "svm1", initiator, authenticationType: "deny" });
        await scene.later(11 * 60_000);
      },
      status: "True Applied",
      // The other two are the probe of the connection.
      calls: ["GET 200", "PATCH 200", "GET 200", "GET 200"],
      held,
      events: ["DriftCorrected"],
    },
    {
      because: "what was changed behind its back is corrected at the resync by a process that has written nothing",
      before: declared(),
      async happens(scene) {
        scene.restart();
        await scene.settles();
        await scene.admin({ do: "put-credential", svm: "svm1", initiator, authenticationType: "deny" });
        await scene.later(11 * 60_000);
      },
      status: "True Applied",
      held,
      events: ["DriftCorrected"],
    },
    {
      because: "nothing happened for a day, and nothing was written",
      before: declared(),
      async happens(scene) {
        await scene.later(24 * 60 * 60_000);
        scene.calls();
        await scene.later(10 * 60_000);
      },
      status: "True Applied",
      // The probe of the connection, and one look at the SVM.
      calls: ["GET 200", "GET 200", "GET 200"],
      held,
      events: [],
    },
    {
      because: "an older object claims the initiator",
      async before(scene) {
        declared()(scene);
        await scene.later(5000);
      },
      async happens(scene) {
        const spec = { connectionRef: { name: "array" }, svm: { name: "svm1" }, initiator, authenticationType: "deny" };
        scene.credential(spec, "younger");
        await scene.settles();
      },
      status: "True Applied",
      calls: [],
      held,
    },
  ]);
});

describe("a Secret that its owner does not offer for CHAP", () => {
  const pair = { username: "user", password: "first-password1" };
  const canary = "CANARY-Hunter2-db";
  const from = (name: string, keys: object = {}) => ({
    authenticationType: "chap",
    chap: { inbound: { secretRef: { name, ...keys } } },
  });
  const labelled = (scene: Scene): void => {
    scene.opaque("chap", pair, { use: "chap" });
    scene.credential(chap);
  };
  const refused = { status: "False SecretNotOffered", calls: [], held: "nothing", finalizers: [] } as const;
  const kept = { status: "False SecretNotOffered", calls: [], held, finalizers: ["iscsi-credential"] } as const;

  testRows([
    {
      because: "nothing of it says what it is for",
      happens(scene) {
        scene.opaque("chap", pair);
        scene.credential(chap);
      },
      ...refused,
      events: ["SecretNotOffered"],
    },
    {
      because: "it is a database's, and its password is named as the user",
      happens(scene) {
        scene.opaque("payments-db", { DB_PASSWORD: canary, "api-token": "token-of-16-bytes" });
        scene.credential(from("payments-db", { userKey: "DB_PASSWORD", passwordKey: "api-token" }));
      },
      ...refused,
    },
    {
      because: "it is offered, but not this key as a user",
      happens(scene) {
        scene.opaque("chap", { ...pair, DB_PASSWORD: canary }, { use: "chap" });
        scene.credential(from("chap", { userKey: "DB_PASSWORD" }));
      },
      ...refused,
    },
    {
      because: "in mode Plan nothing of it is shown, either",
      before: foreign,
      happens(scene) {
        scene.opaque("payments-db", { DB_PASSWORD: canary, password: canary });
        scene.credential({ ...from("payments-db", { userKey: "DB_PASSWORD" }), mode: "Plan" });
      },
      ...refused,
      held: "chap foreign/foreign-password",
    },
    {
      because: "the connection logs in with it",
      happens: (scene) => scene.credential(from("login")),
      ...refused,
    },
    {
      because: "its label was taken away",
      before: labelled,
      happens: (scene) => scene.opaque("chap", {}, { use: null }),
      ...kept,
      events: ["SecretNotOffered"],
    },
    {
      because: "its label was taken away, and its password changed",
      before: labelled,
      async happens(scene) {
        scene.opaque("chap", { password: "second-password" }, { use: null });
        await scene.settles();
        scene.edit("IscsiCredential", "a", {
          metadata: { annotations: { "ontap-iscsi.dev/reconcile-requested-at": "again" } },
        });
      },
      ...kept,
    },
    {
      because: "its label calls it a login now",
      before: labelled,
      happens: (scene) => scene.opaque("chap", {}, { use: "login" }),
      ...kept,
    },
  ]);

  testRows([
    {
      because: "its owner labelled it",
      before(scene) {
        scene.opaque("chap", pair);
        scene.credential(chap);
      },
      happens: (scene) => scene.opaque("chap", {}, { use: "chap" }),
      status: "True Applied",
      calls: ["GET 200", "POST 201"],
      held,
    },
    {
      because: "the label that was taken away is back, and the values are the same",
      async before(scene) {
        labelled(scene);
        await scene.settles();
        scene.opaque("chap", {}, { use: null });
      },
      happens: (scene) => scene.opaque("chap", {}, { use: "chap" }),
      status: "True Applied",
      calls: [],
      held,
    },
    {
      because: "the connection that logged in with it logs in with another",
      before: (scene) => scene.credential(from("login")),
      happens(scene) {
        scene.secret("other-login", arrayLogin.user, arrayLogin.password);
        scene.connection({ auth: { basic: { secretRef: { name: "other-login" } } } });
      },
      status: "True Applied",
      held: `chap ${arrayLogin.user}/${arrayLogin.password}`,
    },
    {
      because: "a connection began to log in with it after it was applied, which changes nothing of it",
      before: declared(),
      happens: (scene) => scene.connect("another", { auth: { basic: { secretRef: { name: "chap" } } } }),
      status: "True Applied",
      held,
    },
  ]);

  const appliedIn = (scene: Scene): string => {
    const found = scene.status()?.conditions?.find(({ type }) => type === "Applied");
    return `${found?.status} ${found?.reason}`;
  };

  test.each<{ because: string; happens: (scene: Scene) => unknown; applied: string }>([
    {
      because: "nothing asks what the array holds",
      happens: (scene) => scene.opaque("chap", {}, { use: null }),
      applied: "True Accepted",
    },
    {
      because: "that another process starts asks nothing",
      async happens(scene) {
        scene.opaque("chap", {}, { use: null });
        await scene.settles();
        scene.restart();
      },
      applied: "True Accepted",
    },
    {
      because: "a person asks, and is not answered",
      async happens(scene) {
        scene.opaque("chap", {}, { use: null });
        await scene.settles();
        for (const request of ["once", "twice"]) {
          const annotations = { "ontap-iscsi.dev/reconcile-requested-at": request };
          scene.edit("IscsiCredential", "a", { metadata: { annotations } });
          await scene.settles();
        }
      },
      applied: "Unknown SecretNotOffered",
    },
    {
      because: "it vanished, and cannot be written again",
      async happens(scene) {
        scene.connect("another", { auth: { basic: { secretRef: { name: "chap" } } } });
        await vanished(scene);
      },
      applied: "Unknown SecretNotOffered",
    },
    {
      because: "its SVM is another one",
      async happens(scene) {
        scene.connect("another", { auth: { basic: { secretRef: { name: "chap" } } } });
        await scene.admin({ do: "recreate-svm", svm: "svm1" });
        await scene.later(11 * 60_000);
      },
      applied: "False SecretNotOffered",
    },
    {
      because: "a newer generation was never accepted",
      async happens(scene) {
        scene.opaque("chap", {}, { use: null });
        await scene.settles();
        scene.credential({ ...chap, resyncInterval: "1h" });
      },
      applied: "False SecretNotOffered",
    },
  ])("leaves Applied $applied, since $because", async ({ happens, applied }) => {
    const scene = await openScene();
    labelled(scene);
    await scene.settles();
    scene.calls();
    await happens(scene);
    await scene.settles();
    expect([scene.ready(), appliedIn(scene)]).toEqual(["False SecretNotOffered", applied]);
    expect(scene.calls().filter((call) => !call.startsWith("GET"))).toEqual([]);
    expect(scene.operator().defects()).toBe(0);
  });

  test("keeps what ONTAP accepted in the status, and shows no value", async () => {
    const scene = await openScene();
    labelled(scene);
    await scene.settles();
    const before = scene.status();
    scene.opaque("chap", { username: canary, password: canary }, { use: null });
    await scene.settles();
    const { conditions = [], ...after } = scene.status() ?? {};
    const seen = conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
    expect(seen).toEqual([
      "Ready False SecretNotOffered",
      "Stalled True SecretNotOffered",
      "SecretsResolved False SecretNotOffered",
      "Applied True Accepted",
    ]);
    expect(after.applied).toEqual(before?.applied);
    const all = ["IscsiCredential", "Event"].map((kind) => scene.world.cluster.people.list(kind));
    expect(JSON.stringify([all, scene.operator().logLines])).not.toContain("CANARY");
  });
});

describe("a credential that is deleted", () => {
  const deleted = (deletionPolicy: string, more: Partial<Row>): Row => ({
    because: `deletionPolicy is ${deletionPolicy}`,
    before: declared({ deletionPolicy }),
    happens: (scene) => scene.delete("IscsiCredential", "a"),
    status: "no object",
    calls: [],
    finalizers: "gone",
    ...more,
  });
  testRows([
    deleted("Delete", { calls: ["GET 200", "DELETE 200", "GET 404 4"], held: "nothing", events: ["Deleted"] }),
    deleted("Retain", { held }),
    deleted("Deny", { calls: ["PATCH 200", "GET 200"], held: "deny", events: ["Denied"] }),
    {
      because: "it never wrote, and its Secret is missing still",
      before: (scene) => scene.credential(chap),
      happens: (scene) => scene.delete("IscsiCredential", "a"),
      status: "no object",
      calls: [],
      finalizers: "gone",
    },
  ]);
});

describe("a correction that fails is made again", () => {
  const vanishing = (because: string, arrayAnswers: Row["arrayAnswers"]): Row => ({
    because,
    before: declared(),
    ...(arrayAnswers === undefined ? {} : { arrayAnswers }),
    happens: vanished,
    status: "True Applied",
    held,
  });
  testRows([
    vanishing("the array was busy when the credential that vanished was written again", [
      { effect: "error", code: "8", status: 503, when: { method: "POST" }, times: 1 },
    ]),
    vanishing("the write of the credential that vanished was lost on its way", [
      { effect: "reset", when: { method: "POST" }, times: 1 },
    ]),
  ]);
});

test("an operator that starts asks the array before it says that a failed correction has become right", async () => {
  await expectRow({
    because: "the process that noticed it is gone",
    before: declared(),
    arrayAnswers: [{ effect: "error", code: "8", status: 503, when: { method: "POST" } }],
    async happens(scene) {
      await vanished(scene);
      scene.operator().kill();
      scene.world.start({ name: "next" });
    },
    status: "False ResourceBusy",
    held: "nothing",
  });
});
