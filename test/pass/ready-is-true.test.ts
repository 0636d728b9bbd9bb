import { describe, expect, test } from "vitest";
import { testRows, type Row } from "./row.ts";
import { initiator, namespace, openScene, type Scene } from "./scene.ts";

/** Ready=True means that the array holds it: whatever the array answers, and whatever others do there. */

const chap = { authenticationType: "chap", chap: { inbound: { secretRef: { name: "chap" } } } } as const;
const held = "chap user/first-password1";
const credentials = "/api/protocols/san/iscsi/credentials*";

const declared =
  (spec: object = {}) =>
  (scene: Scene): void => {
    scene.secret("chap", "user", "first-password1");
    scene.credential({ ...chap, ...spec });
  };
const rotated = (scene: Scene): void => scene.secret("chap", "user", "second-password");
const asked = (scene: Scene): void =>
  scene.edit("IscsiCredential", "a", {
    metadata: { annotations: { "ontap-iscsi.dev/reconcile-requested-at": String(scene.world.clock.now()) } },
  });
const vanished = (scene: Scene): Promise<void> => scene.admin({ do: "delete-credential", svm: "svm1", initiator });
const opened = (scene: Scene): Promise<void> =>
  scene.admin({ do: "put-credential", svm: "svm1", initiator, authenticationType: "none" });
const afterResync = (scene: Scene): Promise<void> => scene.later(11 * 60_000);

describe("a correction that fails is made again, however drift was found", () => {
  const failures: Readonly<Record<string, Row["arrayAnswers"]>> = {
    "the array was busy": [{ effect: "error", code: "8", status: 503, when: { method: ["POST", "PATCH"] }, times: 1 }],
    "the request was lost": [{ effect: "reset", when: { method: ["POST", "PATCH"] }, times: 1 }],
    "the answer was lost": [{ effect: "lose-answer", when: { method: ["POST", "PATCH"] }, times: 1 }],
    "a front answered in the array's place": [
      { effect: "body", status: 502, text: "<h1>Bad gateway</h1>", when: { method: ["POST", "PATCH"] }, times: 1 },
    ],
  };
  const drifts = { vanished, "was opened": opened };
  const occasions = { "at the resync": afterResync, "when a person asked": asked };
  const rows = Object.entries(failures).flatMap(([why, arrayAnswers]) =>
    Object.entries(drifts).flatMap(([what, drift]) =>
      Object.entries(occasions).map(([when, occasion]): Row => ({
        because: `it ${what}, which was found ${when}, and ${why}`,
        before: declared(),
        ...(arrayAnswers === undefined ? {} : { arrayAnswers }),
        async happens(scene) {
          await drift(scene);
          await occasion(scene);
          await scene.later(60_000);
        },
        status: "True Applied",
        held,
      })),
    ),
  );
  testRows(rows);
});

describe("a decision rests on a picture that was asked for after its occasion", () => {
  testRows([
    {
      because: "a sibling's read of a moment ago showed it, and it is gone since",
      async before(scene) {
        await scene.admin({ do: "put-credential", svm: "svm1", initiator, authenticationType: "deny" });
        scene.credential({ initiator: "iqn.1994-05.com.redhat:sibling", authenticationType: "deny" }, "sibling");
        await scene.settles();
        await vanished(scene);
      },
      happens: (scene) => scene.credential({ authenticationType: "deny" }),
      status: "True Applied",
      held: "deny",
    },
    {
      because: "a sibling's read of a moment ago did not show a foreign one, which it refuses to take over",
      async before(scene) {
        scene.credential({ initiator: "iqn.1994-05.com.redhat:sibling", authenticationType: "deny" }, "sibling");
        await scene.settles();
        await scene.admin({
          do: "put-credential",
          svm: "svm1",
          initiator,
          authenticationType: "chap",
          inbound: { user: "foreign", password: "foreign-password" },
        });
      },
      happens: declared({ adoptionPolicy: "Refuse" }),
      status: "False AlreadyExists",
      held: "chap foreign/foreign-password",
    },
    {
      because: "it was deleted through another connection to the same array",
      async before(scene) {
        scene.connect("another", {});
        scene.credential({ authenticationType: "deny" });
        await scene.settles();
        scene.delete("IscsiCredential", "a");
        await scene.settles();
      },
      happens: (scene) => scene.credential({ connectionRef: { name: "another" }, authenticationType: "deny" }),
      status: "True Applied",
      held: "deny",
    },
  ]);

  test("a foreign credential that comes between read and POST stays as it is under Refuse", async () => {
    const scene = await openScene();
    scene.arrayAnswers({ effect: "delay", latency: { shape: "fixed", ms: 2000 }, when: { method: "POST" }, times: 1 });
    declared({ adoptionPolicy: "Refuse" })(scene);
    await scene.later(1000);
    const inbound = { user: "foreign", password: "foreign-password" };
    await scene.admin({ do: "put-credential", svm: "svm1", initiator, authenticationType: "chap", inbound });
    await scene.settles();
    expect(scene.ready()).toBe("False AlreadyExists");
    scene.delete("IscsiCredential", "a");
    await scene.settles();
    expect(scene.held()?.chap.inbound).toEqual(inbound);
  });
});

describe("answers that mean read again are silent three times", () => {
  const always = (
    code: "1" | "5374142" | "5374895" | "2621462",
    method: "POST" | "PATCH",
    times?: number,
  ): Row["arrayAnswers"] => [
    { effect: "error", code, when: { method, path: credentials }, ...(times === undefined ? {} : { times }) },
  ];
  testRows([
    ...(["5374895", "2621462"] as const).map((code): Row => ({
      because: `every PATCH of a rotation is answered ${code}`,
      before: declared(),
      arrayAnswers: always(code, "PATCH") ?? [],
      happens: rotated,
      status: "False NotConverging",
      held,
      events: ["NotConverging"],
    })),
    ...(["1", "5374142", "2621462"] as const).map((code): Row => ({
      because: `every POST is answered ${code}`,
      arrayAnswers: always(code, "POST") ?? [],
      happens: declared(),
      status: "False NotConverging",
      held: "nothing",
    })),
    {
      because: "they end after three",
      before: declared(),
      arrayAnswers: always("5374895", "PATCH", 3) ?? [],
      happens: rotated,
      status: "True Applied",
      held: "chap user/second-password",
      events: ["Rotated"],
    },
  ]);

  test("the silence does not grow with what had failed before", async () => {
    const scene = await openScene();
    declared()(scene);
    await scene.settles();
    const faults = scene.world.cluster.faults;
    faults.add({
      effect: { do: "refuse", status: 500 },
      when: ({ method, path }) => method === "GET" && path.endsWith("/secrets/chap"),
    });
    rotated(scene);
    await scene.later(60_000);
    faults.clear();
    scene.arrayAnswers(...(always("5374895", "PATCH") ?? []));
    asked(scene);
    await scene.later(5000);
    expect(scene.ready()).toBe("False NotConverging");
  });

  test("the failure shows ONTAP's code, when it is tried again, and ends when the answers do", async () => {
    const scene = await openScene();
    declared()(scene);
    await scene.settles();
    scene.arrayAnswers(...(always("5374895", "PATCH", 9) ?? []));
    rotated(scene);
    await scene.settles();
    expect(scene.status()).toMatchObject({ ontapError: { code: "5374895", operation: "PATCH" } });
    expect(Date.parse(scene.status()?.nextAttemptTime ?? "")).toBeGreaterThan(scene.world.clock.now());
    await scene.later(10 * 60_000);
    await scene.settles();
    expect(scene.ready()).toBe("True Applied");
    expect(scene.held()?.chap.inbound?.password).toBe("second-password");
  });
});

describe("a removal counts when a list read afterwards agrees", () => {
  testRows([
    {
      because: "the array knows the initiator only as it spells it",
      async before(scene) {
        await scene.admin({
          do: "set-dialect",
          dialect: { initiatorsCompared: "with-case", initiatorSpelling: "upper" },
        });
        declared()(scene);
      },
      happens: (scene) => scene.delete("IscsiCredential", "a"),
      status: "no object",
      held: "nothing",
      finalizers: "gone",
    },
    {
      because: "the array says 404 while its list goes on to show it",
      before: declared(),
      arrayAnswers: [{ effect: "error", code: "4", status: 404, when: { method: "DELETE" } }],
      happens: (scene) => scene.delete("IscsiCredential", "a"),
      status: "False NotRemoved",
      held,
      finalizers: ["iscsi-credential"],
    },
    {
      because: "the array accepts the DELETE and does nothing, once",
      before: declared(),
      arrayAnswers: [{ effect: "ignore", when: { method: "DELETE" }, times: 1 }],
      happens: async (scene) => {
        scene.delete("IscsiCredential", "a");
        await scene.later(30_000);
      },
      status: "no object",
      held: "nothing",
      finalizers: "gone",
    },
    {
      because: "the array accepts every DELETE and does nothing",
      before: declared(),
      arrayAnswers: [{ effect: "ignore", when: { method: "DELETE" } }],
      happens: (scene) => scene.delete("IscsiCredential", "a"),
      status: "False NotRemoved",
      held,
      finalizers: ["iscsi-credential"],
    },
    {
      because: "the array accepts deny and does nothing",
      before: declared({ deletionPolicy: "Deny" }),
      arrayAnswers: [{ effect: "ignore", when: { method: "PATCH" } }],
      happens: (scene) => scene.delete("IscsiCredential", "a"),
      status: "False NotDenied",
      held,
      finalizers: ["iscsi-credential"],
    },
  ]);
});

describe("an array that does not keep what it accepts", () => {
  test("is told at the third equal drift, corrected at a slower pace, and forgiven after a quiet read", async () => {
    const scene = await openScene();
    declared()(scene);
    await scene.settles();
    const readies: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      await opened(scene);
      await afterResync(scene);
      await scene.settles();
      readies.push(scene.ready());
      expect(scene.held()?.authenticationType, "more open than declared is corrected each time").toBe("chap");
    }
    expect(readies).toEqual(["True Applied", "True Applied", "False NotKept", "False NotKept"]);
    await scene.later(30 * 60_000);
    await scene.settles();
    expect(scene.ready()).toBe("True Applied");
  });

  test("that answers 200 and changes nothing is not Ready", async () => {
    const scene = await openScene();
    declared()(scene);
    await scene.settles();
    await opened(scene);
    scene.arrayAnswers({ effect: "ignore", when: { method: "PATCH" } });
    await scene.later(60 * 60_000);
    await scene.settles();
    expect(scene.ready()).toBe("False NotKept");
  });
});

describe("a read that is refused never ends the watching", () => {
  const codes = ["2", "3", "262179", "262197", "262245", "6", "8"] as const;
  test.each(codes)("code %s at the list: drift is corrected once it is answered again", async (code) => {
    const scene = await openScene();
    declared()(scene);
    await scene.settles();
    scene.arrayAnswers({ effect: "error", code, when: { method: "GET", path: credentials }, times: 3 });
    await vanished(scene);
    await scene.later(3 * 60 * 60_000);
    await scene.settles();
    expect([scene.ready(), scene.held()?.authenticationType]).toEqual(["True Applied", "chap"]);
  });

  test("the connection says which SVM cannot be compared while that lasts", async () => {
    const scene = await openScene();
    declared()(scene);
    await scene.settles();
    scene.arrayAnswers({ effect: "error", code: "262197", when: { method: "GET", path: credentials } });
    await scene.later(30 * 60_000);
    expect(scene.world.cluster.people.get("OntapConnection", namespace, "array")).toMatchObject({
      status: {
        conditions: expect.arrayContaining([
          expect.objectContaining({ type: "CompareWarning", status: "True", message: expect.stringContaining("svm1") }),
        ]),
      },
    });
    expect(scene.ready(), "of the object nothing is known to be wrong").toBe("True Applied");
  });
});

describe("a write that is not done", () => {
  test("and that waits for approval carries its secret once, until a person asks", async () => {
    const scene = await openScene();
    declared()(scene);
    await scene.settles();
    scene.arrayAnswers({ effect: "await-approval", when: { method: "PATCH" }, times: 1 });
    rotated(scene);
    await scene.later(3 * 60 * 60_000);
    expect(scene.calls().filter((call) => call.startsWith("PATCH"))).toEqual(["PATCH 202"]);
    expect(scene.ready()).toBe("False ApprovalPending");
    asked(scene);
    await scene.settles();
    expect([scene.ready(), scene.held()?.chap.inbound?.password]).toEqual(["True Applied", "second-password"]);
  });

  testRows([
    {
      because: "a second administrator has to approve it",
      before: declared(),
      arrayAnswers: [{ effect: "await-approval", when: { method: "PATCH" } }],
      happens: rotated,
      status: "False ApprovalPending",
      calls: ["PATCH 202", "GET 200"],
      held,
    },
    {
      because: "the array cannot clear an outbound pair",
      async before(scene) {
        await scene.admin({ do: "set-dialect", dialect: { clearOutbound: "ignored" } });
        scene.secret("chap", "user", "first-password1");
        scene.secret("back", "target", "back-password1");
        scene.credential({ ...chap, chap: { ...chap.chap, outbound: { secretRef: { name: "back" } } } });
      },
      happens: (scene) => scene.credential({ ...chap, chap: { ...chap.chap, outbound: null } }),
      status: "False OutboundNotClearable",
      held: "chap user/first-password1 target/back-password1",
    },
  ]);
});
