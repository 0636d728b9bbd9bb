import { describe, expect, test } from "vitest";
import { manifest } from "../model/world.ts";
import { initiator, namespace as owner, openScene, type Scene } from "./scene.ts";

/**
 * Who holds an initiator, when people of several namespaces want it: no object takes it from another, no one frees it who does not
 * hold it, and from one holder to the next the array never lacks a credential.
 */

const everything = {
  namespaces: { from: "All" },
  svms: ["*"],
  initiators: ["*"],
  authenticationTypes: ["chap", "none", "deny"],
  defaultInitiator: true,
  adoption: "Adopt",
};
const minute = 60_000;

type Name = `${string}/${string}`;

/** Objects of any namespace, named `namespace/name`. */
function peopleOf({ world: { cluster } }: Scene) {
  const { people } = cluster;
  const split = (name: Name): [string, string] => name.split("/") as [string, string];
  const must = (answer: { readonly status: number; readonly message?: string }): void => {
    if (answer.status >= 300) throw new Error(answer.message);
  };
  const namespace = (name: string): void => void people.create({ kind: "Namespace", metadata: { name } });
  namespace("tenant");
  namespace("rival");
  const read = (name: Name) => people.get("IscsiCredential", ...split(name));
  const ready = (name: Name) => {
    const status = read(name)?.["status"] as
      | { readonly conditions?: readonly { type: string; reason: string; message: string }[] }
      | undefined;
    return status?.conditions?.find(({ type }) => type === "Ready");
  };
  return {
    declare: (name: Name, spec: object = {}): void => {
      const whole = {
        connectionRef: { name: "array", namespace: owner },
        svm: { name: "svm1" },
        initiator,
        authenticationType: "deny",
        ...spec,
      };
      must(people.create(manifest("IscsiCredential", ...split(name), { spec: whole })));
    },
    edit: (name: Name, spec: object): void => must(people.edit("IscsiCredential", ...split(name), { spec })),
    end: (name: Name): void => must(people.delete("IscsiCredential", ...split(name))),
    exists: (name: Name): boolean => read(name) !== undefined,
    reason: (name: Name) => ready(name)?.reason,
    message: (name: Name) => ready(name)?.message,
    leftBehind: () => {
      const status = people.get("OntapConnection", owner, "array")?.["status"] as
        | { readonly leftBehind?: { readonly total: number } }
        | undefined;
      return status?.leftBehind?.total ?? 0;
    },
  };
}

async function open(grants: readonly object[] = [everything]) {
  const scene = await openScene();
  const people = peopleOf(scene);
  scene.connection({ grants });
  await scene.settles();
  scene.calls();
  return { scene, ...people };
}

const writes = (scene: Scene): readonly string[] => scene.calls().filter((call) => !call.startsWith("GET"));

/** Lets time pass one step at a time, and gives every type that the array held on the way; `nothing` for a gap. */
async function watched(scene: Scene, ms: number, of = initiator): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let step = 0; step < ms; step += 1) {
    await scene.later(1);
    const type = scene.held(of)?.authenticationType ?? "nothing";
    if (seen.at(-1) !== type) seen.push(type);
  }
  return seen;
}

describe("a younger object", () => {
  test.each<{ because: string; rival: Name }>([
    { because: "of the same namespace", rival: "tenant/younger" },
    { because: "of another namespace", rival: "rival/younger" },
    { because: "of the connection's owner", rival: `${owner}/younger` },
  ])("$because takes no initiator, and its deletion frees none", async ({ rival }) => {
    const { scene, declare, end, reason, exists } = await open();
    declare("tenant/elder");
    await scene.later(2000);
    declare(rival, { authenticationType: "none" });
    await scene.settles();
    expect(reason(rival)).toBe("Conflicted");
    expect(writes(scene)).toEqual(["POST 201"]);
    end(rival);
    await scene.later(2 * minute);
    expect(exists(rival)).toBe(false);
    expect([writes(scene), scene.held()?.authenticationType]).toEqual([[], "deny"]);
  });

  test("names a rival of the same namespace only, and is told how to get the initiator", async () => {
    const { scene, declare, message } = await open();
    declare("tenant/elder");
    await scene.later(2000);
    declare("tenant/younger");
    declare("rival/younger");
    await scene.settles();
    expect(message("tenant/younger")).toContain("IscsiCredential tenant/elder holds");
    expect(message("tenant/younger")).toContain("delete that one");
    expect(message("rival/younger")).not.toContain("tenant");
    expect(message("rival/younger")).not.toContain("elder");
  });
});

describe("the owner of the connection", () => {
  test("reads in an Event which objects of two namespaces want one initiator", async () => {
    const { scene, declare } = await open();
    declare("tenant/elder");
    await scene.later(2000);
    declare("rival/younger");
    await scene.later(15_000);
    const notes = scene.world.cluster.people
      .list("Event", owner)
      .filter(({ reason }) => reason === "CredentialConflicted")
      .map(({ note }) => String(note));
    expect(notes).toEqual([expect.stringContaining("rival/younger")]);
    expect(notes[0]).toContain("tenant/elder");
  });

  test.each(["tenant/elder", "rival/elder"] as const)(
    "gets the initiator when the grant of %s is withdrawn, whose deletion then removes nothing",
    async (elder) => {
      const { scene, declare, end, reason, exists } = await open();
      declare(elder);
      await scene.later(2000);
      declare(`${owner}/own`, { authenticationType: "none" });
      await scene.settles();
      expect(reason(`${owner}/own`)).toBe("Conflicted");
      scene.connection({ grants: [] });
      await scene.settles();
      expect([reason(elder), reason(`${owner}/own`)]).toEqual(["NotGranted", "Applied"]);
      expect(scene.held()?.authenticationType).toBe("none");
      writes(scene);
      end(elder);
      await scene.later(2 * minute);
      expect([exists(elder), writes(scene), scene.held()?.authenticationType]).toEqual([false, [], "none"]);
    },
  );
});

describe("an older object that holds nothing and cannot get it", () => {
  const refuse = [{ ...everything, adoption: "Refuse" }];
  const heldBefore = (scene: Scene): Promise<void> =>
    scene.admin({ do: "put-credential", svm: "svm1", initiator, authenticationType: "deny" });
  const rejectFirst = async (scene: Scene): Promise<void> =>
    scene.arrayAnswers({ effect: "error", code: "5374149", when: { method: "POST" }, times: 1 });
  test.each<{ because: string; grants: readonly object[]; before: (scene: Scene) => Promise<void>; elder: string }>([
    { because: "its grant refuses adoption", grants: refuse, before: heldBefore, elder: "AlreadyExists" },
    {
      because: "ONTAP rejects what it declares",
      grants: [everything],
      before: rejectFirst,
      elder: "InboundIncomplete",
    },
  ])("since $because keeps no younger one from it, also after a restart", async ({ grants, before, elder }) => {
    const { scene, declare, reason } = await open(grants);
    await before(scene);
    declare("tenant/elder");
    await scene.settles();
    expect(reason("tenant/elder")).toBe(elder);
    await scene.later(2000);
    declare(`${owner}/own`, { authenticationType: "none" });
    await scene.settles();
    expect([reason(`${owner}/own`), scene.held()?.authenticationType]).toEqual(["Applied", "none"]);
    scene.operator().kill();
    scene.world.start({ name: "second" });
    await scene.later(25 * minute);
    expect([reason(`${owner}/own`), scene.held()?.authenticationType]).toEqual(["Applied", "none"]);
  });
});

describe("a holder", () => {
  test.each([
    { because: "in mode Plan", spec: { mode: "Plan" } },
    { because: "suspended", spec: { suspend: true } },
    { because: "whose edit asks for a type that is not granted", spec: { authenticationType: "none" } },
  ])("$because keeps its claim, also after a restart", async ({ spec }) => {
    const { scene, declare, edit, reason } = await open([{ ...everything, authenticationTypes: ["chap", "deny"] }]);
    declare("tenant/holder");
    await scene.settles();
    edit("tenant/holder", spec);
    await scene.later(2000);
    declare("tenant/younger", { authenticationType: "deny" });
    declare(`${owner}/own`, { authenticationType: "none" });
    await scene.settles();
    const both = (): readonly unknown[] => [reason("tenant/younger"), reason(`${owner}/own`)];
    expect(both()).toEqual(["Conflicted", "Conflicted"]);
    scene.operator().kill();
    scene.world.start({ name: "second" });
    await scene.settles();
    expect(both()).toEqual(["Conflicted", "Conflicted"]);
    expect(scene.held()?.authenticationType).toBe("deny");
  });

  test("is not displaced by an older object that becomes complete later: a sleeper", async () => {
    const { scene, declare, reason } = await open();
    const chap = { authenticationType: "chap", chap: { inbound: { secretRef: { name: "chap" } } } };
    declare(`${owner}/sleeper`, chap);
    await scene.later(2000);
    declare("tenant/honest");
    await scene.settles();
    expect(reason("tenant/honest")).toBe("Applied");
    scene.secret("chap", "user", "sleeper-password");
    await scene.settles();
    expect([reason(`${owner}/sleeper`), reason("tenant/honest")]).toEqual(["Conflicted", "Applied"]);
    expect(scene.held()?.authenticationType).toBe("deny");
  });
});

describe("from one holder to the next", () => {
  test.each<{ because: string; successor: Name; deletionPolicy: string }>([
    { because: "a rename", successor: "tenant/renamed", deletionPolicy: "Delete" },
    { because: "a move to another namespace", successor: "rival/moved", deletionPolicy: "Delete" },
    { because: "a rename under Deny", successor: "tenant/renamed", deletionPolicy: "Deny" },
    { because: "a rename under Retain", successor: "tenant/renamed", deletionPolicy: "Retain" },
  ])("$because never lets the array lack a credential", async ({ successor, deletionPolicy }) => {
    const { scene, declare, end, exists, reason, leftBehind } = await open();
    declare("tenant/old", { deletionPolicy });
    await scene.later(2000);
    declare(successor, { authenticationType: "none" });
    await scene.settles();
    scene.calls();
    end("tenant/old");
    expect(await watched(scene, 8000)).toEqual(["deny", "none"]);
    expect([exists("tenant/old"), reason(successor), leftBehind()]).toEqual([false, "Applied", 0]);
    expect(writes(scene)).toEqual(["PATCH 200"]);
  });

  test.each(["Delete", "Deny", "Retain"])(
    "a process that starts between deletion and takeover goes on with it, under %s, for one that refuses to adopt",
    async (deletionPolicy) => {
      const { scene, declare, end, exists, reason } = await open();
      declare("tenant/old", { deletionPolicy });
      await scene.later(2000);
      declare("tenant/new", { authenticationType: "none", adoptionPolicy: "Refuse" });
      await scene.settles();
      scene.calls();
      scene.operator().kill();
      end("tenant/old");
      scene.world.start({ name: "second" });
      expect(await watched(scene, 8000)).toEqual(["deny", "none"]);
      expect([exists("tenant/old"), reason("tenant/new")]).toEqual([false, "Applied"]);
      const status = scene.world.cluster.people.get("IscsiCredential", "tenant", "new")?.["status"];
      expect(status).not.toMatchObject({ applied: { adopted: true } });
    },
  );

  test("Retain does not wait for a successor while the array is away", async () => {
    const { scene, declare, end, exists } = await open();
    declare("tenant/old", { deletionPolicy: "Retain" });
    await scene.later(2000);
    declare("tenant/new", { authenticationType: "none" });
    await scene.settles();
    scene.operator().kill();
    await scene.admin({ do: "refuse-connections" });
    end("tenant/old");
    scene.world.start({ name: "second" });
    await scene.later(10_000);
    expect(exists("tenant/old")).toBe(false);
  });

  test("a successor that is declared after the deletion began takes over too", async () => {
    const { scene, declare, end, exists, reason } = await open();
    scene.arrayAnswers({ effect: "error", code: "8", status: 503, when: { method: "DELETE" }, times: 1 });
    declare("tenant/old");
    await scene.settles();
    end("tenant/old");
    await scene.later(50);
    declare("tenant/new", { authenticationType: "none" });
    await scene.later(2 * minute);
    expect([exists("tenant/old"), reason("tenant/new")]).toEqual([false, "Applied"]);
    expect(scene.held()?.authenticationType).toBe("none");
  });

  test("ONTAP's default goes to the next one by a change, and stays what the last one declared", async () => {
    const { scene, declare, end, exists } = await open();
    const toDefault = { initiator: "default", deletionPolicy: "Retain" };
    declare("tenant/old", toDefault);
    await scene.later(2000);
    declare("rival/new", { ...toDefault, authenticationType: "none" });
    await scene.settles();
    scene.calls();
    end("tenant/old");
    expect(await watched(scene, 8000, "default")).toEqual(["deny", "none"]);
    expect(exists("tenant/old")).toBe(false);
    expect(writes(scene)).toEqual(["PATCH 200"]);
    end("rival/new");
    await scene.later(2 * minute);
    expect([exists("rival/new"), writes(scene), scene.held("default")?.authenticationType]).toEqual([
      false,
      [],
      "none",
    ]);
  });

  test("goes past one that may not take over to one that may, however old the first is", async () => {
    const own = { ...everything, namespaces: { names: ["tenant"] } };
    const other = { ...everything, namespaces: { names: ["rival"] }, adoption: "Refuse" };
    const { scene, declare, end, exists, reason } = await open([own, other]);
    declare("tenant/old");
    await scene.later(2000);
    declare("rival/elder", { authenticationType: "none" });
    await scene.later(2000);
    declare("tenant/younger", { authenticationType: "none" });
    await scene.settles();
    scene.calls();
    end("tenant/old");
    expect(await watched(scene, 8000)).toEqual(["deny", "none"]);
    expect(exists("tenant/old")).toBe(false);
    expect([reason("tenant/younger"), reason("rival/elder")]).toEqual(["Applied", "Conflicted"]);
  });

  test.each<{ because: string; successor: Name; more: object; grants: readonly object[] }>([
    {
      because: "lacks its Secret",
      successor: "tenant/new",
      more: { authenticationType: "chap", chap: { inbound: { secretRef: { name: "none" } } } },
      grants: [everything],
    },
    { because: "is in mode Plan", successor: "tenant/new", more: { mode: "Plan" }, grants: [everything] },
    { because: "is suspended", successor: "tenant/new", more: { suspend: true }, grants: [everything] },
    {
      because: "is of another namespace, whose grant refuses adoption",
      successor: "rival/new",
      more: {},
      grants: [{ ...everything, adoption: "Refuse" }],
    },
  ])("a rival that $because does not freeze a revocation", async ({ successor, more, grants }) => {
    const { scene, declare, end, exists } = await open(grants);
    declare("tenant/old");
    await scene.later(2000);
    declare(successor, more);
    await scene.settles();
    writes(scene);
    end("tenant/old");
    await scene.later(5000);
    expect(exists("tenant/old")).toBe(false);
    expect(writes(scene)[0]).toBe("DELETE 200");
  });

  test("a rival whose writes the array refuses holds a revocation up for a minute, and no longer", async () => {
    const { scene, declare, end, exists } = await open();
    declare("tenant/old");
    await scene.later(2000);
    declare("tenant/new", { authenticationType: "none" });
    await scene.settles();
    scene.arrayAnswers({ effect: "error", code: "8", status: 503, when: { method: "PATCH" } });
    scene.calls();
    end("tenant/old");
    await scene.later(minute - 10_000);
    expect([exists("tenant/old"), scene.held()?.authenticationType]).toEqual([true, "deny"]);
    await scene.later(20_000);
    expect(exists("tenant/old")).toBe(false);
    expect(writes(scene)).toContain("DELETE 200");
  });
});
