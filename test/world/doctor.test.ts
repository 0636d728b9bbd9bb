import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Simulator } from "../../src/simulator/start.ts";
import type { Cluster } from "../../tools/harness/cluster.ts";
import { startProduct, startReplica, type OperatorProcess } from "../../tools/harness/process.ts";
import { aPlace, connect, startArray } from "./harness.ts";

async function doctor(
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; out: string; errors: string }> {
  const command = startProduct(["doctor"], env);
  const code = await command.exit();
  return { code, out: command.lines.join("\n"), errors: command.errors.join("\n") };
}

let cluster: Cluster;
let array: Simulator;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
  array = await startArray();
  operator = await startReplica(inject("operatorPod"), "a-pod");
});
afterAll(async () => {
  await operator.end("SIGTERM");
  await array.stop();
  await cluster.close();
});

test("doctor names the operator that leads, and what is wrong with each object and what to do", async () => {
  const place = await aPlace({ cluster, array });
  await place.createCredential("fine", {});
  await place.createCredential("nowhere", { svm: { name: "svm9" } });
  await place.untilReady("fine");
  await place.untilReady("nowhere", "SvmNotFound");
  const { code, out } = await doctor({ KUBECONFIG: inject("adminKubeconfig") });
  expect(code).toBe(1);
  expect(out).toMatch(/^\[\+\] the API server answers, Kubernetes v1\./);
  expect(out).toContain("[+] the definitions are installed");
  expect(out).toContain("an operator leads: Lease ontap-iscsi-operator/ontap-iscsi-operator, held by a-pod");
  expect(out).toMatch(new RegExp(`IscsiCredential ${place.namespace}/nowhere is not Ready: SvmNotFound\n {6}.*svm9`));
  expect(out).not.toContain(`${place.namespace}/fine`);
});

test("who may not look is told so in one line", async () => {
  const { code, out, errors } = await doctor({ KUBECONFIG: inject("operatorKubeconfig") });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(errors).toMatch(/^ontap-iscsi-operator doctor: GET \/apis\/coordination\.k8s\.io\/v1\/leases: .*cannot list/);
});
