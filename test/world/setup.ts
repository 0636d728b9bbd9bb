import type { TestProject } from "vitest/node";
import { findBinaries } from "../../tools/controlplane/binaries.ts";
import { createProgress } from "../../tools/controlplane/progress.ts";
import { startControlPlane } from "../../tools/controlplane/start.ts";
import { install } from "../../tools/harness/install.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of a kubeconfig that may do everything. */
    adminKubeconfig: string;
    /** Path of a kubeconfig that may do what the published Role allows. */
    operatorKubeconfig: string;
    /** The environment of a pod that runs as the published ServiceAccount. */
    operatorPod: Readonly<Record<string, string>>;
    /** JSON lines, one per request that the API server got. */
    auditLogPath: string;
    /** The kubectl of the control plane's version. */
    kubectlPath: string;
  }
}

/** One control plane for all files of the project, with the published manifests applied as a user applies them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const binaries = await findBinaries({ env: process.env, progress: createProgress(process.stderr) });
  const controlPlane = await startControlPlane({ auditLog: true, controllerManager: true });
  try {
    await install(controlPlane.kubectl);
    project.provide("adminKubeconfig", controlPlane.adminKubeconfig);
    const serviceAccount = ["ontap-iscsi-operator", "ontap-iscsi-operator"] as const;
    project.provide("operatorKubeconfig", await controlPlane.kubeconfigForServiceAccount(...serviceAccount));
    project.provide("operatorPod", await controlPlane.podEnvironment(...serviceAccount));
    project.provide("kubectlPath", binaries.kubectl);
    project.provide("auditLogPath", controlPlane.auditLogPath ?? "");
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
  return () => controlPlane.stop();
}
