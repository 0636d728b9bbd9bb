import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { Simulator } from "../../src/simulator/start.ts";
import type { Cluster, KubeObject } from "../../tools/harness/cluster.ts";
import { startProduct } from "../../tools/harness/process.ts";
import { createKubectl } from "../../tools/controlplane/kubectl.ts";
import { aPlace, connect, startArray, startOperator, writesTo, type RunningOperator } from "./harness.ts";

/** Forty hosts were there before the operator: their credentials become manifests, and nothing is written or lost on the way. */

let cluster: Cluster;
let array: Simulator;
let operator: RunningOperator;

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
  array = await startArray();
  operator = await startOperator();
});
afterAll(async () => {
  await operator.stop();
  await array.stop();
  await cluster.close();
});

async function runImport(...args: readonly string[]): Promise<{ code: number | null; out: string; errors: string }> {
  const command = startProduct(["import", ...args], { KUBECONFIG: inject("adminKubeconfig") });
  const code = await command.exit();
  return { code, out: command.lines.join("\n"), errors: command.errors.join("\n") };
}

const host = (name: string): string => `iqn.1998-01.com.vmware:${name}`;
const inbound = { user: "esx", password: "known-to-the-host" };

async function putHosts(): Promise<void> {
  const outbound = { user: "array", password: "known-to-the-array" };
  const put = (svm: string, initiator: string, rest: object) =>
    array.sideDoor.act({ do: "put-credential", svm, initiator, authenticationType: "chap", inbound, ...rest });
  await put("svm1", host("esx01"), {});
  await put("svm1", host("esx02"), { outbound });
  await put("svm2", host("esx01"), { addresses: { ranges: [{ start: "10.0.0.1", end: "10.0.0.9" }], masks: [] } });
  await array.sideDoor.act({ do: "put-credential", svm: "svm2", initiator: host("old"), authenticationType: "deny" });
}

describe("import", () => {
  test("prints what the array holds; applied, it is a plan, and enforced it is the array's own state with our passwords", async () => {
    await putHosts();
    const place = await aPlace({ cluster, array });
    const { namespace } = place;
    const before = await array.sideDoor.credentials();
    const { code, out, errors } = await runImport("array", "-n", namespace);
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(out).not.toMatch(/known-to/);
    const objects = parseAllDocuments(out).map((document) => document.toJS() as KubeObject);
    const named = objects.map(({ kind, metadata }) => `${kind === "Secret" ? "Secret " : ""}${metadata.name}`);
    expect(named.join(", ")).toBe(
      "default-svm1, Secret esx01-svm1, esx01-svm1, Secret esx02, esx02, default-svm2, Secret esx01-svm2, esx01-svm2, old",
    );

    const kubectl = createKubectl(inject("kubectlPath"), inject("adminKubeconfig"));
    expect(await kubectl(["apply", "-f", "-"], { input: out })).toMatchObject({ exitCode: 0 });
    const old = await place.untilReady("old", "PlanPending");
    expect(old["status"]).toMatchObject({ plan: { operation: "Adopt", changes: [] } });
    for (const name of ["esx01-svm1", "esx02", "esx01-svm2"]) await place.untilReady(name, "SecretValueEmpty");
    expect(await array.sideDoor.credentials()).toEqual(before);

    const values = {
      "node.session.auth.password": "ours-from-now-on",
      "node.session.auth.password_in": "ours-as-well-now",
    };
    await place.edit("secrets", "esx02", { stringData: values });
    await place.untilReady("esx02", "PlanPending");
    await place.edit("iscsicredentials", "esx02", { spec: { mode: "Enforce" } });
    await place.untilReady("esx02", "Applied");
    const stored = (await array.sideDoor.credentials()).find(({ initiator }) => initiator === host("esx02"));
    expect(stored?.inbound).toEqual({ user: "esx", password: "ours-from-now-on" });
    expect(stored?.outbound).toEqual({ user: "array", password: "ours-as-well-now" });
    expect((await writesTo(array)).map(({ method }) => method)).toEqual(["PATCH"]);

    const again = await runImport("array", "-n", namespace, "--svm", "svm1", "--svm", "svm2");
    expect(again).toEqual({ code: 0, out: "", errors: "Every credential on the array is declared already." });
  });

  test("can name SVMs, and a namespace of its own for the objects", async () => {
    await putHosts();
    const place = await aPlace({ cluster, array });
    await array.sideDoor.act({ do: "put-credential", svm: "svm3", initiator: host("new"), authenticationType: "none" });
    const { out } = await runImport("array", "-n", place.namespace, "--svm", "svm3", "--into", "esx");
    const objects = parseAllDocuments(out).map((document) => document.toJS() as KubeObject);
    expect(objects.at(-1)).toMatchObject({
      metadata: { name: "new", namespace: "esx" },
      spec: { connectionRef: { name: "array", namespace: place.namespace }, svm: { name: "svm3" } },
    });
  });

  test.each([
    { args: [], says: "give the name of one OntapConnection" },
    { args: ["nowhere", "-n", "default"], says: "OntapConnection default/nowhere does not exist; create it" },
    { args: ["--all"], says: "Unknown option '--all'" },
  ])("$args: $says", async ({ args, says }) => {
    const { code, errors } = await runImport(...args);
    expect(code).toBe(2);
    expect(errors).toContain(`ontap-iscsi-operator import: ${says}`);
  });

  test("says in a sentence what the array refuses", async () => {
    const place = await aPlace({ cluster, array });
    expect((await runImport("array", "-n", place.namespace, "--svm", "svm9")).errors).toContain(
      "--svm: the login sees no SVM svm9, only svm1, svm2, svm3",
    );
    await place.edit("secrets", "ontap-login", { stringData: { password: "wrong" } });
    const { code, errors } = await runImport("array", "-n", place.namespace);
    expect(code).toBe(2);
    expect(errors).toContain("ONTAP refuses the login");
  });
});
