import type { Kubectl } from "../controlplane/kubectl.ts";

const root = new URL("../../", import.meta.url).pathname;

/** Installs the definitions and the operator's manifests as an administrator does. Throws what kubectl says if that fails. */
export async function install(kubectl: Kubectl): Promise<void> {
  for (const folder of ["crds", "deploy"]) {
    const { exitCode, stderr } = await kubectl(["apply", "-k", `${root}${folder}`]);
    if (exitCode !== 0) throw new Error(`${folder}/ cannot be applied: ${stderr}`);
  }
}
