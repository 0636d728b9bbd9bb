import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SideDoor } from "../../src/simulator/control/side-door.ts";
import { type ControlPlane, startControlPlane } from "../controlplane/start.ts";
import { startArrayProcess } from "../harness/array-process.ts";
import { type OperatorProcess, startOperatorProcess } from "../harness/process.ts";
import { scrape, type Scrape } from "../harness/scrape.ts";

/** Everything that the demo plays on: a control plane, an array and the operator, each a process of its own. */
export interface Stage {
  readonly controlPlane: ControlPlane;
  readonly arrayUrl: string;
  /** Of the array's certificate. */
  readonly caPem: string;
  readonly sideDoor: SideDoor;
  readonly sideDoorUrl: string;
  /** Runs the operator as the published ServiceAccount, which must exist. */
  readonly startOperator: () => Promise<void>;
  readonly operatorLog: () => readonly string[];
  /** The same, as a file. */
  readonly operatorLogFile: string;
  /** Where the operator serves metrics and probes; empty before it is started. */
  readonly operatorUrl: () => string;
  /** What the operator shows to Prometheus. */
  readonly metrics: () => Promise<Scrape>;
  readonly stop: () => Promise<void>;
}

export async function setStage(arrayPassword: string): Promise<Stage> {
  const controlPlane = await startControlPlane({ controllerManager: true });
  const array = await startArrayProcess({
    svms: ["svm1", "svm2:no-iscsi"],
    password: arrayPassword,
    latency: "5ms",
  }).catch(async (error: unknown) => {
    await controlPlane.stop();
    throw error;
  });
  let operator: OperatorProcess | undefined;
  const folder = await mkdtemp(join(tmpdir(), "ontap-iscsi-demo-"));
  const operatorLogFile = join(folder, "operator.log");
  return {
    controlPlane,
    arrayUrl: array.url,
    caPem: array.caPem,
    sideDoor: array.sideDoor,
    sideDoorUrl: array.sideDoorUrl,
    operatorLogFile,
    operatorUrl: () => operator?.url ?? "",
    async startOperator() {
      operator = await startOperatorProcess(
        await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator"),
      );
      const file = createWriteStream(operatorLogFile);
      operator.follow((line) => void file.write(`${line}\n`));
    },
    operatorLog: () => operator?.lines ?? [],
    metrics: () => scrape(operator?.url ?? ""),
    async stop() {
      await operator?.end("SIGTERM");
      await array.stop();
      await controlPlane.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
