import { join } from "node:path";

import type { Binaries } from "./binaries.ts";
import { type Child, startChild } from "./child.ts";
import type { Watchdog } from "./watchdog.ts";

export interface ControllerManagerOptions {
  readonly file: string;
  readonly folder: string;
  readonly kubeconfig: string;
  /** Whether it makes pods for Deployments and Jobs. */
  readonly workloads: boolean;
  readonly watchdog: Watchdog;
}

/** What makes deletion work. */
const deletion = ["namespace-controller", "garbage-collector-controller"];
const pods = ["deployment-controller", "replicaset-controller", "job-controller"];

/** Starts kube-controller-manager with few of its controllers. It takes a moment to begin. */
export function startControllerManager(options: ControllerManagerOptions): Child {
  const { file, folder, kubeconfig, workloads, watchdog } = options;
  const controllers = workloads ? [...deletion, ...pods] : deletion;
  const args = [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=${controllers.join(",")}`,
    "--leader-elect=false",
    // It serves nothing.
    "--secure-port=0",
  ];
  const logPath = join(folder, "kube-controller-manager.log");
  return startChild({ name: "kube-controller-manager", file, args, logPath }, watchdog);
}

/** The program; throws if a `KUBEBUILDER_ASSETS` does not have it. */
export function controllerManagerIn({ folder, kubeControllerManager }: Binaries): string {
  if (kubeControllerManager !== undefined) return kubeControllerManager;
  throw new Error(`KUBEBUILDER_ASSETS is ${folder}, which has no executable kube-controller-manager`);
}
