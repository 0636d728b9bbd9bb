import { setTimeout as sleep } from "node:timers/promises";
import { createFineTime } from "../src/cli/fine-time.ts";
import { startControlPlane } from "../tools/controlplane/start.ts";
import { startArrayProcess, type ArrayProcess } from "../tools/harness/array-process.ts";
import { createAuditReader, type AuditReader } from "../tools/harness/audit.ts";
import { connect, type Cluster } from "../tools/harness/cluster.ts";
import { install } from "../tools/harness/install.ts";
import { startOperatorProcess, type OperatorProcess, type ProductProcess } from "../tools/harness/process.ts";
import { createFleet, type Fleet } from "./fleet.ts";

/** A control plane with the published manifests and a simulated array, each a process of its own, and nothing in them. */
export interface Stage {
  readonly cluster: Cluster;
  readonly array: ArrayProcess;
  readonly fleet: Fleet;
  /** Acts as the published ServiceAccount. */
  readonly kubeconfig: string;
  readonly audit: AuditReader;
  /** Epoch milliseconds, to be compared with the audit log and the array's request log. */
  readonly now: () => number;
  /** Runs the built operator as in a pod; resolves when it reconciles. It ends with the stage at the latest. */
  startOperator(): Promise<OperatorProcess>;
  /** Ends the process with the stage, whatever happens. */
  track<P extends ProductProcess>(process: P): P;
  /** What was asked until now, of the API server and of the array, counts no more. */
  forget(): Promise<void>;
}

export interface StageOptions {
  readonly svms: readonly string[];
  readonly latencyMs: number;
}

const namespace = "ontap-iscsi-operator";
const serviceAccount = "ontap-iscsi-operator";

export const arrayPassword = "bench-array-login";

export async function onStage<T>({ svms, latencyMs }: StageOptions, play: (stage: Stage) => Promise<T>): Promise<T> {
  await using cleanUp = new AsyncDisposableStack();
  const controlPlane = await startControlPlane({ auditLog: true });
  cleanUp.defer(() => controlPlane.stop());
  const array = await startArrayProcess({ svms, password: arrayPassword, latency: `${latencyMs}ms` });
  cleanUp.defer(() => array.stop());
  await install(controlPlane.kubectl);
  const kubeconfig = await controlPlane.kubeconfigForServiceAccount(namespace, serviceAccount);
  const pod = await controlPlane.podEnvironment(namespace, serviceAccount);
  const cluster = await connect(controlPlane.adminKubeconfig);
  cleanUp.defer(() => cluster.close());
  const audit = createAuditReader(controlPlane.auditLogPath ?? "");
  const track = <P extends ProductProcess>(process: P): P => {
    cleanUp.defer(async () => void (await process.end("SIGKILL")));
    return process;
  };
  return await play({
    cluster,
    array,
    fleet: createFleet(cluster, { url: array.url, caPem: array.caPem, password: arrayPassword, svms }),
    kubeconfig,
    audit,
    now: createFineTime(),
    track,
    startOperator: async () => track(await startOperatorProcess(pod)),
    async forget() {
      // The last lines of the audit log lag a little.
      await sleep(500);
      await audit.newRequests();
      await array.sideDoor.forgetRequests();
    },
  });
}
