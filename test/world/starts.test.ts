import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startControlPlane, type ControlPlane } from "../../tools/controlplane/start.ts";
import { startProduct } from "../../tools/harness/process.ts";

/** Started before the cluster is ready for it: each line says what to mend, and mended it goes on by itself. */

const deploy = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
let controlPlane: ControlPlane;
let kubeconfig: string;

async function apply(...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await controlPlane.kubectl(["apply", ...args]);
  if (exitCode !== 0) throw new Error(stderr);
}

beforeAll(async () => {
  controlPlane = await startControlPlane();
  await apply("-f", deploy("deploy/common/namespace.yaml"));
  const account = ["-n", "ontap-iscsi-operator", "create", "serviceaccount", "ontap-iscsi-operator"];
  await controlPlane.kubectl(account);
  kubeconfig = await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator");
});
afterAll(() => controlPlane.stop());

test("without API server, without Role, without definitions, and then with all of them", async () => {
  await controlPlane.killApiServer();
  const operator = startProduct(["run"], { KUBECONFIG: kubeconfig });
  try {
    await operator.line(/"msg":"the API server does not answer; see that it runs and that this process may connect/);
    await controlPlane.restartApiServer();
    await operator.line(
      /"msg":"the ServiceAccount may not use Lease ontap-iscsi-operator\/ontap-iscsi-operator; apply/,
    );
    await operator.line(/"msg":"the ServiceAccount may not list and watch this kind; apply the Role of deploy/);
    await apply("-f", deploy("deploy/common/rbac.yaml"), "-f", deploy("deploy/workload/lease.yaml"));
    await operator.line(/"msg":"the API server does not know this kind; apply the CustomResourceDefinitions of crds/);
    await apply("-k", deploy("crds"));
    await operator.line(/"msg":"reconciling"/);
  } finally {
    expect(await operator.end("SIGTERM")).toBe(0);
  }
}, 180_000);
