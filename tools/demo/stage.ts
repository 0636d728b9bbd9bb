import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { SideDoor } from "../../src/simulator/control/side-door.ts";
import { createSideDoorClient } from "../../src/simulator/control/side-door-client.ts";
import { type ControlPlane, startControlPlane } from "../controlplane/start.ts";

/** Everything that the demo plays on: a control plane, an array and the operator, each a process of its own. */
export interface Stage {
  readonly controlPlane: ControlPlane;
  readonly arrayUrl: string;
  /** Of the array's certificate. */
  readonly caPem: string;
  readonly sideDoor: SideDoor;
  /** Runs the operator as the published ServiceAccount, which must exist. */
  readonly startOperator: () => Promise<void>;
  /** Where the operator's log is written. */
  readonly operatorLog: string;
  stop(): Promise<void>;
}

const bundle = new URL("../../dist/ontap-iscsi-operator.mjs", import.meta.url).pathname;

export async function setStage(arrayPassword: string): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "ontap-iscsi-demo-"));
  const controlPlane = await startControlPlane({ controllerManager: true });
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(end));
    await controlPlane.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const simulator = await startSimulator(folder, arrayPassword, children);
    return {
      controlPlane,
      ...simulator,
      operatorLog: join(folder, "operator.log"),
      stop,
      async startOperator() {
        const kubeconfig = await controlPlane.kubeconfigForServiceAccount(
          "ontap-iscsi-operator",
          "ontap-iscsi-operator",
        );
        const operator = spawn(process.execPath, [bundle, "run"], {
          env: { ...process.env, KUBECONFIG: kubeconfig },
          stdio: ["ignore", "pipe", "inherit"],
        });
        operator.stdout?.pipe(createWriteStream(join(folder, "operator.log")));
        children.push(operator);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSimulator(
  folder: string,
  password: string,
  children: ChildProcess[],
): Promise<Pick<Stage, "arrayUrl" | "caPem" | "sideDoor">> {
  const [passwordFile, caFile] = [join(folder, "password"), join(folder, "ca.pem")];
  await writeFile(passwordFile, password, { mode: 0o600 });
  const flags = {
    "--listen": "127.0.0.1:0",
    "--admin-listen": "127.0.0.1:0",
    "--user": "admin",
    "--password-file": passwordFile,
    "--ca-out": caFile,
    "--latency": "5ms",
  };
  const args = ["simulator", "--svm", "svm1", "--svm", "svm2:no-iscsi", ...Object.entries(flags).flat()];
  const child = spawn(process.execPath, [bundle, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const urls: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /https?:\/\/\S+/.exec(line)?.[0];
    if (url !== undefined) urls.push(url);
    if (urls.length === 2) break;
  }
  const [arrayUrl, sideDoorUrl] = urls;
  if (arrayUrl === undefined || sideDoorUrl === undefined) throw new Error("the ONTAP simulator did not start");
  return { arrayUrl, caPem: await readFile(caFile, "utf8"), sideDoor: createSideDoorClient(sideDoorUrl) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}
