import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Simulator } from "../../src/simulator/start.ts";
import type { Cluster } from "../../tools/harness/cluster.ts";
import { startOperatorProcess, startProduct } from "../../tools/harness/process.ts";
import { aPlace, chapFrom, connect, eventually, startArray, writesTo, type Place } from "./harness.ts";

/** The command that takes everything away before the operator goes; it is for the whole cluster. */

let cluster: Cluster;
let array: Simulator;

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
  array = await startArray();
});
afterAll(async () => {
  await array.stop();
  await cluster.close();
});

async function uninstall(...flags: readonly string[]): Promise<{ code: number | null; out: string; errors: string }> {
  const command = startProduct(["uninstall", ...flags], { KUBECONFIG: inject("adminKubeconfig") });
  const code = await command.exit();
  return { code, out: command.lines.join("\n"), errors: command.errors.join("\n") };
}

const runOperator = () => startOperatorProcess(inject("operatorPod"), ["--leader-elect=false"]);

/** Three credentials that end in three ways, and one that is suspended. */
async function aFilledPlace(): Promise<Place> {
  const place = await aPlace({ cluster, array });
  await place.createSecret("chap", { username: "host", password: "a-chap-password" });
  await place.createCredential("removed", chapFrom("chap"));
  await place.createCredential("closed", { deletionPolicy: "Deny" });
  await place.createCredential("kept", { deletionPolicy: "Retain" });
  await place.createCredential("suspended", {});
  for (const name of ["removed", "closed", "kept", "suspended"]) await place.untilReady(name);
  return place;
}

const typesStored = async (place: Place): Promise<object> => {
  const names = ["removed", "closed", "kept", "suspended"];
  const entries = names.map(async (name) => [name, (await place.stored(name))?.authenticationType] as const);
  return Object.fromEntries(await Promise.all(entries));
};

async function isEmpty(place: Place): Promise<boolean> {
  const left = [
    ...(await cluster.list("iscsicredentials", place.namespace)),
    ...(await cluster.list("ontapconnections", place.namespace)),
  ];
  return left.length === 0;
}

const untouched = { removed: "chap", closed: "none", kept: "none", suspended: "none" };

describe("uninstall", () => {
  test("--dry-run tells what would become of each, and changes nothing", async () => {
    const operator = await runOperator();
    const place = await aFilledPlace();
    const before = await cluster.list("iscsicredentials", place.namespace);
    const { code, out } = await uninstall("--delete", "--dry-run");
    expect(code).toBe(0);
    const line = (name: string, end: string): string =>
      `IscsiCredential ${place.namespace}/${name}: ${place.initiator(name)} on svm1 ${end}`;
    expect(out).toContain(line("removed", "is deleted from the array, and falls back to the SVM's default credential"));
    expect(out).toContain(line("closed", "stays on the array with type deny"));
    expect(out).toContain(line("kept", "stays on the array as it is"));
    expect(out).toContain(`OntapConnection ${place.namespace}/array`);
    expect((await uninstall("--retain", "--dry-run")).out).toContain(line("removed", "stays on the array as it is"));
    expect(await cluster.list("iscsicredentials", place.namespace)).toEqual(before);
    await operator.end("SIGTERM");
  });

  test("--delete does what each deletionPolicy says, credentials before connections", async () => {
    const operator = await runOperator();
    const place = await aFilledPlace();
    const { code, out, errors } = await uninstall("--delete");
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(out).toMatch(/\nAll are gone\. Now delete the operator/);
    expect(await isEmpty(place)).toBe(true);
    expect(await typesStored(place)).toEqual({ closed: "deny", kept: "none" });
    await operator.end("SIGTERM");
  });

  test("--retain leaves the array as it is, also for an object that is suspended", async () => {
    const operator = await runOperator();
    const place = await aFilledPlace();
    await place.edit("iscsicredentials", "suspended", { spec: { suspend: true } });
    await array.sideDoor.forgetRequests();
    expect(await uninstall("--retain")).toMatchObject({ code: 0, errors: "" });
    expect(await isEmpty(place)).toBe(true);
    expect(await typesStored(place)).toEqual(untouched);
    expect(await writesTo(array)).toEqual([]);
    await operator.end("SIGTERM");
  });

  test("--retain --release frees what an operator that is gone has left behind", async () => {
    const operator = await runOperator();
    const place = await aFilledPlace();
    await operator.end("SIGTERM");
    await cluster.delete("iscsicredentials", place.namespace, "removed");
    expect(await uninstall("--retain", "--release")).toMatchObject({ code: 0, errors: "" });
    await eventually(async () => ((await isEmpty(place)) ? true : undefined), "all objects are gone");
    expect(await typesStored(place)).toEqual(untouched);
  });

  test("--check names what only a running operator lets go, and passes when all are gone", async () => {
    const operator = await runOperator();
    const place = await aFilledPlace();
    const { code, out, errors } = await uninstall("--check");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    const { namespace } = place;
    for (const name of ["closed", "kept", "removed", "suspended"]) {
      expect(errors).toContain(`IscsiCredential ${namespace}/${name} has a finalizer of the operator\n`);
    }
    expect(errors).toContain(`OntapConnection ${namespace}/array has a finalizer of the operator\n`);
    expect(await typesStored(place)).toEqual(untouched);
    await uninstall("--retain");
    expect(await uninstall("--check")).toEqual({ code: 0, out: "", errors: "" });
    await operator.end("SIGTERM");
  });

  test("is stopped in one line, and goes on where it was when it is run again", async () => {
    const operator = await runOperator();
    const place = await aFilledPlace();
    await operator.end("SIGTERM");
    const waiting = startProduct(["uninstall", "--retain"], { KUBECONFIG: inject("adminKubeconfig") });
    await eventually(async () => {
      const left = await cluster.list("iscsicredentials", place.namespace);
      return left.every(({ metadata }) => metadata.deletionTimestamp !== undefined) ? true : undefined;
    }, "all are being deleted");
    expect(await waiting.end("SIGINT")).toBe(2);
    expect(waiting.errors).toEqual([
      "ontap-iscsi-operator uninstall: stopped before it was done; run it again to go on",
    ]);
    expect(await uninstall("--retain", "--release")).toMatchObject({ code: 0, errors: "" });
    expect(await isEmpty(place)).toBe(true);
  });

  test.each([
    { flags: [], says: "give one of --retain and --delete" },
    { flags: ["--retain", "--delete"], says: "give one of --retain and --delete" },
    { flags: ["--delete", "--release"], says: "--release needs --retain" },
    { flags: ["--check", "--retain"], says: "--check changes nothing and stands alone" },
    { flags: ["--all"], says: "Unknown option '--all'" },
  ])("$flags: $says", async ({ flags, says }) => {
    const { code, errors } = await uninstall(...flags);
    expect(code).toBe(2);
    expect(errors).toContain(`ontap-iscsi-operator uninstall: ${says}`);
  });
});
