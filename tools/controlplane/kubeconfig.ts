import { writeFile } from "node:fs/promises";

export interface Access {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  /** Where its user is at home. */
  readonly namespace: string;
}

/** Writes a kubeconfig that only its owner can read. It is JSON, which is YAML too. */
export async function writeKubeconfig(path: string, { url, caPem, token, namespace }: Access): Promise<void> {
  const name = "controlplane";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: url, "certificate-authority-data": Buffer.from(caPem).toString("base64") } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    "current-context": name,
  };
  await writeFile(path, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
}
