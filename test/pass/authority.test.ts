import { describe, expect, test } from "vitest";
import type { FaultInput } from "../../src/simulator/faults/fault.ts";
import { arrayLogin, manifest } from "../model/world.ts";
import { initiator, namespace as owner, openScene, type Scene } from "./scene.ts";

/**
 * Who may make the operator do what: every operation against every limit of a grant, by whole passes. What counts is what reaches
 * the array with the owner's login for the tenant's object: nothing, wherever it is not granted.
 */

const tenant = "tenant";
const addresses = { merge: "Replace", ranges: [{ start: "10.9.0.1", end: "10.9.0.9" }] };
const spec = {
  connectionRef: { name: "array", namespace: owner },
  svm: { name: "svm1" },
  initiator,
  authenticationType: "chap",
  chap: { inbound: { secretRef: { name: "chap" } } },
  initiatorAddress: addresses,
};
/** Allows all that these tests do. */
const everything = {
  namespaces: { names: [tenant] },
  svms: ["svm1"],
  initiators: [initiator],
  authenticationTypes: ["chap", "none", "deny"],
  adoption: "Adopt",
};

/** A tenant beside the owner of a connection, whose grants and objects each test changes. */
interface Tenancy {
  readonly scene: Scene;
  readonly grant: (...grants: readonly object[]) => void;
  readonly declare: (name: string, more?: object, metadata?: object) => void;
  readonly edit: (name: string, patch: object) => void;
  readonly delete: (name: string) => void;
  readonly secret: (password: string) => void;
  /** Writes a status as the operator does, or as a restore of a backup does. */
  readonly forge: (name: string, status: object) => Promise<void>;
  /** What was asked of the array about the credential of any initiator, since this was last asked. */
  readonly asked: () => readonly string[];
  readonly reason: (name: string) => string | undefined;
  readonly leftBehind: () => number;
}

async function openTenancy(): Promise<Tenancy> {
  const scene = await openScene();
  const { people } = scene.world.cluster;
  const must = (answer: { readonly status: number; readonly message?: string }): void => {
    if (answer.status >= 300) throw new Error(answer.message);
  };
  must(people.create({ kind: "Namespace", metadata: { name: tenant } }));
  const secret = (password: string): void =>
    must(
      people.apply(
        manifest("Secret", tenant, "chap", {
          type: "kubernetes.io/basic-auth",
          stringData: { username: "user", password },
        }),
      ),
    );
  secret("first-password1");
  let seen = 0;
  const ofCredentials = () =>
    scene.array.requests().filter(({ path }) => path.includes("/protocols/san/iscsi/credentials"));
  const statusOf = (kind: string, namespace: string, name: string) =>
    people.get(kind, namespace, name)?.["status"] as
      | { readonly conditions?: readonly { type: string; reason: string }[]; readonly leftBehind?: { total: number } }
      | undefined;
  return {
    scene,
    secret,
    grant: (...grants) => scene.connection({ grants }),
    declare: (name, more = {}, metadata = {}) =>
      must(
        people.create({
          ...manifest("IscsiCredential", tenant, name, { spec: { ...spec, ...more } }),
          metadata: { name, namespace: tenant, ...metadata },
        }),
      ),
    edit: (name, patch) => must(people.edit("IscsiCredential", tenant, name, patch)),
    delete: (name) => must(people.delete("IscsiCredential", tenant, name)),
    async forge(name, status) {
      const { clock, cluster } = scene.world;
      const path = `/apis/ontap-iscsi.dev/v1alpha1/namespaces/${tenant}/iscsicredentials/${name}/status`;
      const restore = cluster.connect({ name: "restore", clock });
      const patch = restore.send(
        { method: "PATCH", path, contentType: "application/merge-patch+json", body: { status } },
        new AbortController().signal,
      );
      await clock.advance(1000);
      expect((await patch).ok).toBe(true);
    },
    asked() {
      const all = ofCredentials();
      const fresh = all.slice(seen);
      seen = all.length;
      expect(fresh.every(({ user }) => user === arrayLogin.user)).toBe(true);
      return fresh.map(({ method }) => method);
    },
    reason: (name) =>
      statusOf("IscsiCredential", tenant, name)?.conditions?.find(({ type }) => type === "Ready")?.reason,
    leftBehind: () => statusOf("OntapConnection", owner, "array")?.leftBehind?.total ?? 0,
  };
}

/** What a tenant does, to an object that the array accepted while all was granted, or to none. */
interface Operation {
  readonly because: string;
  /** Whether the array accepts an object before it. */
  readonly onApplied: boolean;
  readonly more?: object;
  readonly before?: (tenancy: Tenancy) => unknown;
  readonly does: (tenancy: Tenancy) => unknown;
  /** The writes that it makes when it is granted. */
  readonly writes: readonly string[];
  /** How many credentials its object leaves behind when it is not granted; undefined if the object stays. */
  readonly leaves?: number;
}

const heldBefore = ({ scene }: Tenancy): Promise<void> =>
  scene.admin({
    do: "put-credential",
    svm: "svm1",
    initiator,
    authenticationType: "chap",
    inbound: { user: "before", password: "held-before-123" },
  });

const end = (tenancy: Tenancy): void => tenancy.delete("a");

const rival = { authenticationType: "deny", chap: undefined };
const hour = 61 * 60_000;
const operations: readonly Operation[] = [
  { because: "create", onApplied: false, does: ({ declare }) => declare("a"), writes: ["POST"] },
  {
    because: "adopt",
    onApplied: false,
    before: heldBefore,
    does: ({ declare }) => declare("a"),
    writes: ["PATCH"],
  },
  {
    because: "change",
    onApplied: true,
    does: ({ edit }) => edit("a", { spec: { initiatorAddress: { ranges: [{ start: "10.9.0.1", end: "10.9.0.2" }] } } }),
    writes: ["PATCH"],
  },
  { because: "rotate", onApplied: true, does: ({ secret }) => secret("second-password"), writes: ["PATCH"] },
  {
    because: "reassert",
    onApplied: true,
    more: { reassertInterval: "1h" },
    does: ({ scene }) => scene.later(hour),
    writes: ["PATCH"],
  },
  {
    because: "rewrite by annotation",
    onApplied: true,
    does: ({ edit }) => edit("a", { metadata: { annotations: { "ontap-iscsi.dev/reconcile-requested-at": "now" } } }),
    writes: ["PATCH"],
  },
  {
    because: "correct drift",
    onApplied: true,
    async does({ scene }) {
      await scene.admin({ do: "put-credential", svm: "svm1", initiator, authenticationType: "none" });
      await scene.later(11 * 60_000);
    },
    writes: ["PATCH"],
  },
  {
    because: "delete with Delete",
    onApplied: true,
    more: { deletionPolicy: "Delete" },
    does: end,
    writes: ["DELETE"],
    leaves: 1,
  },
  {
    because: "delete with Deny",
    onApplied: true,
    more: { deletionPolicy: "Deny" },
    does: end,
    writes: ["PATCH"],
    leaves: 1,
  },
  {
    because: "delete with Retain",
    onApplied: true,
    more: { deletionPolicy: "Retain" },
    does: end,
    writes: [],
    leaves: 0,
  },
  {
    because: "hand over",
    onApplied: true,
    async before({ scene, declare }) {
      await scene.later(2000);
      declare("b", { ...rival, deletionPolicy: "Retain" });
    },
    does: end,
    writes: ["PATCH"],
    leaves: 1,
  },
];

/** How the owner narrows the grant, before the tenant does anything. */
const limits: readonly { readonly what: string; readonly grants: readonly object[]; readonly endings?: boolean }[] = [
  { what: "another namespace", grants: [{ ...everything, namespaces: { names: ["another"] } }] },
  { what: "another SVM", grants: [{ ...everything, svms: ["svm2"] }] },
  { what: "another initiator", grants: [{ ...everything, initiators: ["iqn.1994-05.com.redhat:another"] }] },
  // What ends access is not limited by what could be declared.
  { what: "other types", grants: [{ ...everything, authenticationTypes: ["none"] }], endings: true },
  { what: "other addresses", grants: [{ ...everything, addresses: { within: ["10.20.0.0/16"] } }], endings: true },
  { what: "nothing any more", grants: [] },
];

async function prepare(tenancy: Tenancy, { onApplied, more = {}, before }: Operation): Promise<void> {
  const { scene, grant, declare } = tenancy;
  grant(everything);
  await scene.settles();
  if (onApplied) declare("a", more);
  await scene.settles();
  await before?.(tenancy);
  await scene.settles();
  tenancy.asked();
}

const writesIn = (asked: readonly string[]): readonly string[] => asked.filter((method) => method !== "GET");

describe.each(operations)("$because", (operation) => {
  test("reaches the array with the owner's login when it is granted", async () => {
    const tenancy = await openTenancy();
    await prepare(tenancy, operation);
    await operation.does(tenancy);
    await tenancy.scene.settles();
    expect(writesIn(tenancy.asked())).toEqual(operation.writes);
    expect(tenancy.leftBehind()).toBe(0);
  });

  test.each(limits.filter(({ endings }) => endings !== true || operation.leaves === undefined))(
    "asks nothing of the array when the owner grants $what",
    async ({ grants }) => {
      const tenancy = await openTenancy();
      const { scene, grant } = tenancy;
      await prepare(tenancy, operation);
      grant(...grants);
      await scene.settles();
      tenancy.asked();
      await operation.does(tenancy);
      const held = scene.held();
      // Longer than a hand-over may take, and than a resync.
      await scene.later(15 * 60_000);
      expect(tenancy.asked()).toEqual([]);
      expect(scene.held()).toEqual(held);
      expect(tenancy.reason("a")).toBe(operation.leaves === undefined ? "NotGranted" : undefined);
      expect(tenancy.leftBehind()).toBe(operation.leaves ?? 0);
      expect(scene.operator().defects()).toBe(0);
    },
  );

  /** As a tenant who has read our source would make it: nothing that a user, or a restore, can write is evidence. */
  const forgeries = [
    { what: "our finalizer", metadata: { finalizers: ["ontap-iscsi.dev/iscsi-credential"] }, uid: undefined },
    { what: "the status of another object", metadata: {}, uid: "11111111-2222-3333-4444-555555555555" },
  ];
  test.each(forgeries.filter(() => operation.onApplied && operation.because !== "hand over"))(
    "asks nothing of the array for an object that carries $what and was never granted anything",
    async ({ metadata, uid }) => {
      const tenancy = await openTenancy();
      const { scene, declare } = tenancy;
      await scene.admin({ do: "put-credential", svm: "svm1", initiator, authenticationType: "deny" });
      declare("a", operation.more, { ...metadata, finalizers: ["ontap-iscsi.dev/iscsi-credential"] });
      await scene.settles();
      if (uid !== undefined) {
        const svm = { name: "svm1", uuid: scene.array.svms()[0]?.uuid };
        const applied = { svm, uid, authenticationType: "deny", generation: 1, time: "2026-01-01T00:00:00Z" };
        await tenancy.forge("a", { applied, formerSvms: [{ ...svm, uid }] });
      }
      await scene.settles();
      tenancy.asked();
      await operation.does(tenancy);
      await scene.later(15 * 60_000);
      expect(tenancy.asked()).toEqual([]);
      expect(tenancy.reason("a")).toBe(operation.leaves === undefined ? "NotGranted" : undefined);
      expect(tenancy.leftBehind()).toBe(0);
    },
  );
});

/** What a grant limits although it covers namespace, SVM and initiator, each with its control. */
interface Ceiling {
  readonly because: string;
  readonly grant: object;
  readonly before?: (tenancy: Tenancy) => unknown;
  readonly more?: object;
  /** Whether the object is deleted once it is applied; else it is only declared. */
  readonly ends?: boolean;
  readonly reason: string | undefined;
  readonly writes: readonly string[];
  readonly leftBehind?: number;
}

const setDefault = (authenticationType: "none" | "deny") => (tenancy: Tenancy) =>
  tenancy.scene.admin({ do: "put-credential", svm: "svm1", initiator: "default", authenticationType });
const chapAndDeny = { ...everything, authenticationTypes: ["chap", "deny"] };
const toDefault = { initiator: "default", initiatorAddress: undefined, deletionPolicy: "Retain" };
const adopted = async (tenancy: Tenancy): Promise<void> => {
  await setDefault("deny")(tenancy);
  await heldBefore(tenancy);
};
describe("a ceiling of the grant", () => {
  test.each<Ceiling>([
    {
      because: "adoption is refused, and the array held the credential before",
      grant: { ...everything, adoption: "Refuse" },
      before: heldBefore,
      reason: "AlreadyExists",
      writes: [],
    },
    {
      because: "adoption is refused, and the array held nothing",
      grant: { ...everything, adoption: "Refuse" },
      reason: "Applied",
      writes: ["POST"],
    },
    {
      because: "default is not granted by a pattern of all initiators",
      grant: { ...everything, initiators: ["*"] },
      more: { ...toDefault, authenticationType: "none", chap: undefined },
      reason: "NotGranted",
      writes: [],
    },
    {
      because: "default is granted, and type none is not",
      grant: { ...chapAndDeny, defaultInitiator: true },
      more: { ...toDefault, authenticationType: "none", chap: undefined },
      reason: "NotGranted",
      writes: [],
    },
    {
      because: "default is granted, and so is its type",
      grant: { ...chapAndDeny, defaultInitiator: true },
      more: { ...toDefault, authenticationType: "deny", chap: undefined },
      reason: "Applied",
      writes: ["PATCH"],
    },
    {
      because: "mutual CHAP is required",
      grant: { ...everything, mutualChap: "Required" },
      reason: "NotGranted",
      writes: [],
    },
    {
      because: "addresses are limited, and the object declares none",
      grant: { ...everything, addresses: { within: ["10.9.0.0/16"] } },
      more: { initiatorAddress: undefined },
      reason: "NotGranted",
      writes: [],
    },
    {
      because: "addresses are limited, and the object only adds some",
      grant: { ...everything, addresses: { within: ["10.9.0.0/16"] } },
      more: { initiatorAddress: { ...addresses, merge: "Add" } },
      reason: "NotGranted",
      writes: [],
    },
    {
      because: "addresses are limited, and all that are declared are inside",
      grant: { ...everything, addresses: { within: ["10.9.0.0/16"] } },
      reason: "Applied",
      writes: ["POST"],
    },
    {
      because: "the grant allows no credential more",
      grant: { ...everything, maxCredentials: 0 },
      reason: "NotGranted",
      writes: [],
    },
    {
      because: "two grants allow one half each",
      grant: { ...everything, svms: ["svm2"] },
      before: ({ grant }) =>
        grant({ ...everything, svms: ["svm2"] }, { ...everything, initiators: ["iqn.1994-05.com.redhat:another"] }),
      reason: "NotGranted",
      writes: [],
    },
    {
      because: "Delete is not among the deletions",
      grant: { ...everything, deletion: ["Deny"] },
      ends: true,
      reason: undefined,
      writes: [],
      leftBehind: 1,
    },
    {
      because: "Deny writes a type that is not granted",
      grant: { ...everything, authenticationTypes: ["chap", "none"] },
      more: { deletionPolicy: "Deny" },
      ends: true,
      reason: undefined,
      writes: [],
      leftBehind: 1,
    },
    {
      because: "a deletion would open, since default lets everybody in",
      grant: chapAndDeny,
      before: setDefault("none"),
      ends: true,
      reason: undefined,
      writes: [],
      leftBehind: 1,
    },
    {
      because: "a deletion closes, since default denies",
      grant: chapAndDeny,
      before: setDefault("deny"),
      ends: true,
      reason: undefined,
      writes: ["DELETE"],
    },
    {
      because: "what was adopted is not removed without type none",
      grant: chapAndDeny,
      before: adopted,
      ends: true,
      reason: undefined,
      writes: [],
      leftBehind: 1,
    },
    {
      because: "what was adopted is removed with type none",
      grant: everything,
      before: adopted,
      ends: true,
      reason: undefined,
      writes: ["DELETE"],
    },
  ])("$because: $reason, $writes", async ({ grant, before, more, ends = false, reason, writes, leftBehind = 0 }) => {
    const tenancy = await openTenancy();
    tenancy.grant(grant);
    await before?.(tenancy);
    await tenancy.scene.settles();
    tenancy.asked();
    tenancy.declare("a", more);
    await tenancy.scene.settles();
    if (ends) {
      tenancy.asked();
      end(tenancy);
      await tenancy.scene.settles();
    }
    expect(tenancy.reason("a")).toBe(reason);
    expect(writesIn(tenancy.asked())).toEqual(writes);
    expect(tenancy.leftBehind()).toBe(leftBehind);
  });

  test("a quota counts by namespace, holders first: who holds goes on, and who is new waits until one goes", async () => {
    const tenancy = await openTenancy();
    const { scene, grant, declare, reason } = tenancy;
    grant({ ...everything, initiators: ["*"], maxCredentials: 2 });
    for (const name of ["a", "b", "c"]) {
      declare(name, { initiator: `iqn.1994-05.com.redhat:${name}`, deletionPolicy: "Deny" });
      await scene.later(2000);
    }
    await scene.settles();
    expect(["a", "b", "c"].map(reason)).toEqual(["Applied", "Applied", "NotGranted"]);
    grant({ ...everything, initiators: ["*"], maxCredentials: 1 });
    await scene.settles();
    tenancy.asked();
    tenancy.secret("second-password");
    await scene.settles();
    expect(writesIn(tenancy.asked())).toEqual(["PATCH", "PATCH"]);
    tenancy.delete("a");
    tenancy.delete("b");
    await scene.later(15 * 60_000);
    expect(reason("c")).toBe("Applied");
  });

  test("adoption is lifted for a time that the owner sets, a day ahead at most, and is refused again after it", async () => {
    const tenancy = await openTenancy();
    const { scene, grant, declare, reason } = tenancy;
    const lift = (aheadMs: number): void =>
      scene.edit("OntapConnection", "array", {
        metadata: {
          annotations: {
            "ontap-iscsi.dev/adopt-until": new Date(scene.world.clock.now() + aheadMs).toISOString(),
          },
        },
      });
    await heldBefore(tenancy);
    grant({ ...everything, adoption: "Refuse" });
    declare("a", { adoptionPolicy: "Refuse" });
    await scene.settles();
    expect(reason("a")).toBe("AlreadyExists");
    for (const aheadMs of [25 * hour, -1000]) {
      lift(aheadMs);
      await scene.settles();
      expect([reason("a"), writesIn(tenancy.asked())]).toEqual(["AlreadyExists", []]);
    }
    // Nothing but this one annotation, for however many objects.
    lift(hour);
    await scene.settles();
    expect([reason("a"), writesIn(tenancy.asked())]).toEqual(["Applied", ["PATCH"]]);
    expect(scene.events("OntapConnection")).toContain("CredentialAdopted");
  });
});

describe("a grant that is withdrawn", () => {
  const slow = { effect: "delay", latency: { shape: "fixed", ms: 4000 } } as const;
  test.each<{ because: string; before?: (tenancy: Tenancy) => unknown; slowly: () => FaultInput; onApplied: boolean }>([
    {
      because: "while the array is read for a takeover",
      before: heldBefore,
      slowly: () => ({ ...slow, when: { method: "GET" } }),
      onApplied: false,
    },
    {
      because: "while the array is read for a change",
      slowly: () => ({ ...slow, when: { method: "GET" } }),
      onApplied: true,
    },
  ])("$because stops the write that was to come", async ({ before, slowly, onApplied }) => {
    const tenancy = await openTenancy();
    const { scene, grant, declare, edit, reason } = tenancy;
    grant(everything);
    await before?.(tenancy);
    if (onApplied) declare("a");
    await scene.settles();
    scene.arrayAnswers(slowly());
    tenancy.asked();
    if (onApplied) edit("a", { spec: { initiatorAddress: { ranges: [{ start: "10.9.0.1", end: "10.9.0.2" }] } } });
    else declare("a");
    await scene.later(2000);
    grant();
    await scene.later(30_000);
    expect(writesIn(tenancy.asked())).toEqual([]);
    expect(reason("a")).toBe("NotGranted");
  });

  test("while a deletion reads what it would open stops the deletion, and that is told", async () => {
    const tenancy = await openTenancy();
    const { scene, grant, declare } = tenancy;
    grant(everything);
    declare("a");
    await scene.settles();
    scene.arrayAnswers({ ...slow, when: { method: "GET" } });
    tenancy.asked();
    end(tenancy);
    await scene.later(2000);
    grant();
    await scene.later(30_000);
    expect(writesIn(tenancy.asked())).toEqual([]);
    expect([tenancy.reason("a"), tenancy.leftBehind()]).toEqual([undefined, 1]);
  });

  test("while no operator runs is withdrawn for the deletion that waits", async () => {
    const tenancy = await openTenancy();
    const { scene, grant, declare } = tenancy;
    grant(everything);
    declare("a");
    await scene.settles();
    scene.operator().kill();
    end(tenancy);
    grant();
    tenancy.asked();
    scene.world.start({ name: "second" });
    await scene.later(60_000);
    expect(tenancy.asked()).toEqual([]);
    expect([tenancy.reason("a"), tenancy.leftBehind()]).toEqual([undefined, 1]);
  });

  test("by the labels of a namespace, which its people may be able to edit, is withdrawn and given at once", async () => {
    const tenancy = await openTenancy();
    const { scene, grant, declare, secret, reason } = tenancy;
    const { people } = scene.world.cluster;
    const team = (value: string | null): void => void people.label(tenant, { team: value });
    grant({ ...everything, namespaces: { selector: { matchLabels: { team: "db" } } } });
    team("db");
    declare("a");
    await scene.settles();
    expect(reason("a")).toBe("Applied");
    team(null);
    await scene.later(1000);
    tenancy.asked();
    secret("second-password");
    await scene.settles();
    expect([reason("a"), tenancy.asked()]).toEqual(["NotGranted", []]);
    team("db");
    await scene.settles();
    expect([reason("a"), writesIn(tenancy.asked())]).toEqual(["Applied", ["PATCH"]]);
  });

  test("no longer keeps the owner from deleting the connection", async () => {
    const tenancy = await openTenancy();
    const { scene, grant, declare } = tenancy;
    grant(everything);
    declare("a");
    await scene.settles();
    scene.delete("OntapConnection", "array");
    await scene.settles();
    expect(scene.ready("OntapConnection")).toBe("False InUse");
    grant();
    await scene.settles();
    expect(scene.finalizers("OntapConnection", "array")).toBe("gone");
    tenancy.asked();
    end(tenancy);
    await scene.later(60_000);
    expect([tenancy.reason("a"), tenancy.asked()]).toEqual([undefined, []]);
  });
});

describe("an SVM that the grant names", () => {
  test("does not extend to another by its UUID, nor by the name that it is given later", async () => {
    const tenancy = await openTenancy();
    const { scene, grant, declare, secret, reason } = tenancy;
    const uuidOf = (name: string) => scene.array.svms().find((svm) => svm.name === name)?.uuid;
    grant(everything);
    declare("by-uuid", { svm: { uuid: uuidOf("svm2") } });
    await scene.settles();
    expect([reason("by-uuid"), tenancy.asked()]).toEqual(["NotGranted", []]);
    declare("a");
    await scene.settles();
    tenancy.asked();
    await scene.admin({ do: "rename-svm", svm: "svm1", to: "payroll" });
    await scene.later(11 * 60_000);
    secret("second-password");
    await scene.settles();
    tenancy.asked();
    expect(reason("a")).toBe("NotGranted");
    end(tenancy);
    await scene.settles();
    expect([reason("a"), tenancy.asked(), tenancy.leftBehind()]).toEqual([undefined, [], 1]);
  });

  test("and another that takes its name: what stays on the former one is removed only if that one is granted too", async () => {
    const tenancy = await openTenancy();
    const { scene, grant, declare, reason } = tenancy;
    grant(everything);
    declare("a");
    await scene.settles();
    await scene.admin({ do: "rename-svm", svm: "svm1", to: "svm1-old" });
    await scene.admin({ do: "create-svm", name: "svm1" });
    await scene.later(25 * 60_000);
    expect(reason("a")).toBe("Applied");
    expect([scene.held() !== undefined, scene.array.held("svm1-old", initiator) !== undefined]).toEqual([true, true]);
    expect(tenancy.leftBehind()).toBe(1);
    end(tenancy);
    await scene.settles();
    expect([scene.held(), scene.array.held("svm1-old", initiator) !== undefined]).toEqual([undefined, true]);
    expect([reason("a"), tenancy.leftBehind()]).toEqual([undefined, 1]);
  });
});
