import { join } from "node:path";

import type { Binaries } from "./binaries.ts";
import { type Child, startChild } from "./child.ts";
import type { Watchdog } from "./watchdog.ts";

export interface ControllerManagerOptions {
  readonly file: string;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly watchdog: Watchdog;
}

/** Starts kube-controller-manager with the two controllers that make deletion work. It takes a moment to begin. */
export function startControllerManager({ file, folder, kubeconfig, watchdog }: ControllerManagerOptions): Child {
  const args = [
    `--kubeconfig=${kubeconfig}`,
    "--controllers=namespace-controller,garbage-collector-controller",
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
