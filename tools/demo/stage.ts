import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SideDoor } from "../../src/simulator/control/side-door.ts";
import { createSideDoorClient } from "../../src/simulator/control/side-door-client.ts";
import { type ControlPlane, startControlPlane } from "../controlplane/start.ts";
import { type OperatorProcess, type ProductProcess, startOperatorProcess, startProduct } from "../harness/process.ts";
import { scrape, type Scrape } from "../harness/scrape.ts";

/** Everything that the demo plays on: a control plane, an array and the operator, each a process of its own. */
export interface Stage {
  readonly controlPlane: ControlPlane;
  readonly arrayUrl: string;
  /** Of the array's certificate. */
  readonly caPem: string;
  readonly sideDoor: SideDoor;
  /** Runs the operator as the published ServiceAccount, which must exist. */
  readonly startOperator: () => Promise<void>;
  readonly operatorLog: () => readonly string[];
  /** What the operator shows to Prometheus. */
  readonly metrics: () => Promise<Scrape>;
  readonly stop: () => Promise<void>;
}

export async function setStage(arrayPassword: string): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "ontap-iscsi-demo-"));
  const controlPlane = await startControlPlane({ controllerManager: true });
  const processes: ProductProcess[] = [];
  let operator: OperatorProcess | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((running) => running.end("SIGTERM")));
    await controlPlane.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [passwordFile, caFile] = [join(folder, "password"), join(folder, "ca.pem")];
    await writeFile(passwordFile, arrayPassword, { mode: 0o600 });
    const flags = {
      "--listen": "127.0.0.1:0",
      "--admin-listen": "127.0.0.1:0",
      "--user": "admin",
      "--password-file": passwordFile,
      "--ca-out": caFile,
      "--latency": "5ms",
    };
    const svms = ["--svm", "svm1", "--svm", "svm2:no-iscsi"];
    const simulator = startProduct(["simulator", ...svms, ...Object.entries(flags).flat()]);
    processes.push(simulator);
    const [arrayUrl = ""] = await simulator.line(/https:\/\/\S+/);
    const [sideDoorUrl = ""] = await simulator.line(/http:\/\/\S+/);
    return {
      controlPlane,
      arrayUrl,
      caPem: await readFile(caFile, "utf8"),
      sideDoor: createSideDoorClient(sideDoorUrl),
      async startOperator() {
        operator = await startOperatorProcess(
          await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator"),
        );
        processes.push(operator);
      },
      operatorLog: () => operator?.lines ?? [],
      metrics: () => scrape(operator?.url ?? ""),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
