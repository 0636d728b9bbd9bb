import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ControlPlane } from "../tools/controlplane/start.ts";
import type { ExtraEnv } from "../tools/harness/process.ts";

/**
 * What a pod has instead of a kubeconfig, whose library takes memory and time that the deployment does not need. The operator
 * knows one place for it, which is not ours to write to: Node is told to read another one before the operator's code runs.
 */
export interface Pod {
  readonly env: ExtraEnv;
  remove(): Promise<void>;
}

const preload = `
const fs = require("node:fs");
const { readFile } = fs.promises;
fs.promises.readFile = (path, options) =>
  readFile(String(path).replace("/var/run/secrets/kubernetes.io/serviceaccount", __dirname), options);
require("node:module").syncBuiltinESMExports();
`;

export async function createPod(controlPlane: ControlPlane, namespace: string, serviceAccount: string): Promise<Pod> {
  const { url, caPem, kubectl } = controlPlane;
  const token = await kubectl(["create", "token", serviceAccount, `--namespace=${namespace}`, "--duration=24h"]);
  if (token.exitCode !== 0) throw new Error(`no token for ${serviceAccount}: ${token.stderr}`);
  const folder = await mkdtemp(join(tmpdir(), "ontap-iscsi-pod-"));
  const files = { token: token.stdout, "ca.crt": caPem, namespace, "preload.cjs": preload };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  const { hostname, port } = new URL(url);
  return {
    env: {
      KUBECONFIG: undefined,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      NODE_OPTIONS: `--require=${join(folder, "preload.cjs")}`,
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
