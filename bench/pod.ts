import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ControlPlane } from "../tools/controlplane/start.ts";
import { builtBundle, type ExtraEnv } from "../tools/harness/process.ts";

/**
 * What a pod has instead of a kubeconfig, whose library takes memory and time that the deployment does not need. The operator
 * knows one folder for it, which is not ours to write to: what runs is a copy of the built product that names another one.
 */
export interface Pod {
  readonly env: ExtraEnv;
  readonly bundle: string;
  remove(): Promise<void>;
}

const mounted = "/var/run/secrets/kubernetes.io/serviceaccount";

export async function createPod(controlPlane: ControlPlane, namespace: string, serviceAccount: string): Promise<Pod> {
  const { url, caPem, kubectl } = controlPlane;
  const token = await kubectl(["create", "token", serviceAccount, `--namespace=${namespace}`, "--duration=24h"]);
  if (token.exitCode !== 0) throw new Error(`no token for ${serviceAccount}: ${token.stderr}`);
  const folder = await mkdtemp(join(tmpdir(), "ontap-iscsi-pod-"));
  const files = { token: token.stdout, "ca.crt": caPem, namespace };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  const { hostname, port } = new URL(url);
  return {
    env: { KUBECONFIG: undefined, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    bundle: await copyNaming(folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Gives the path of the copy's entry. */
async function copyNaming(folder: string): Promise<string> {
  const dist = join(folder, "dist");
  await cp(dirname(builtBundle), dist, { recursive: true });
  let replaced = 0;
  for (const name of await readdir(dist, { recursive: true })) {
    if (!name.endsWith(".mjs")) continue;
    const text = await readFile(join(dist, name), "utf8");
    if (!text.includes(mounted)) continue;
    await writeFile(join(dist, name), text.replaceAll(mounted, folder));
    replaced += 1;
  }
  if (replaced === 0) throw new Error(`the built product does not name ${mounted}`);
  return join(dist, "ontap-iscsi-operator.mjs");
}
