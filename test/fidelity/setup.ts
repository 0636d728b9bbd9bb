import type { TestProject } from "vitest/node";
import { startControlPlane } from "../../tools/controlplane/start.ts";

/** One control plane, with our definitions and without controllers: nothing happens in it but what a sequence does. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const controlPlane = await startControlPlane();
  try {
    const applied = await controlPlane.kubectl(["apply", "-k", "crds"]);
    if (applied.exitCode !== 0) throw new Error(`crds/ cannot be applied: ${applied.stderr}`);
    const wait = ["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"];
    const established = await controlPlane.kubectl(wait);
    if (established.exitCode !== 0) throw new Error(`crds/ are not served: ${established.stderr}`);
    project.provide("adminKubeconfig", controlPlane.adminKubeconfig);
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
  return () => controlPlane.stop();
}
