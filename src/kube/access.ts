import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { SecretText } from "../std/secret-text.ts";
import { AccessError } from "./access-error.ts";

/** Whom to trust, and the certificate to show. */
export interface ClusterTls {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly serverName: string | undefined;
  readonly skipVerify: boolean;
}

/** Where the API server is, whom to trust and how to prove ourselves. */
export interface ClusterAccess {
  /** `https://host:port`, and the path before every other if it has one, as behind Rancher; without a trailing slash. */
  readonly server: string;
  /** The HTTP or HTTPS proxy on the way, user and password included. */
  readonly proxy: URL | undefined;
  readonly tls: ClusterTls;
  /** Reads it again: the authority of an API server may be replaced while we run. */
  readTls(): Promise<ClusterTls>;
  /** The value of the Authorization header; undefined when a client certificate is all. Read again for every use, since tokens rotate. */
  authorization(): Promise<SecretText | undefined>;
  /** The namespace of the pod, or of the kubeconfig's context. */
  readonly namespace: string;
}

/** Where kubelet puts a pod's own credentials, unless its manifest projects them elsewhere. */
const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Whether this is a pod that goes to the API server as its ServiceAccount. */
export const runsInPod = (env: Readonly<Record<string, string | undefined>>): boolean =>
  env["KUBERNETES_SERVICE_HOST"] !== undefined && (env["KUBECONFIG"] ?? "") === "";

/**
 * In a pod its ServiceAccount, else the kubeconfig that KUBECONFIG or ~/.kube/config names; an explicit KUBECONFIG wins.
 * Fails with AccessError, whose message is for people.
 */
export async function loadClusterAccess(env: Readonly<Record<string, string | undefined>>): Promise<ClusterAccess> {
  const kubeconfig = env["KUBECONFIG"] ?? "";
  const host = env["KUBERNETES_SERVICE_HOST"];
  if (host !== undefined && runsInPod(env)) {
    const folder = env["ONTAP_ISCSI_SERVICE_ACCOUNT_FOLDER"] ?? serviceAccountFolder;
    return fromServiceAccount(folder, host, env["KUBERNETES_SERVICE_PORT"] ?? "443");
  }
  // Loaded only here: a pod does without the library's megabytes.
  const { fromKubeconfig } = await import("./kubeconfig.ts");
  return fromKubeconfig(kubeconfig === "" ? join(homedir(), ".kube", "config") : kubeconfig);
}

async function fromServiceAccount(folder: string, host: string, port: string): Promise<ClusterAccess> {
  const read = async (name: string): Promise<string> => {
    const path = join(folder, name);
    return readFile(path, "utf8").catch(() => {
      throw new AccessError(`cannot read ${path}; does the pod mount its ServiceAccount token?`);
    });
  };
  const readTls = async (): Promise<ClusterTls> => ({
    ca: await read("ca.crt"),
    cert: undefined,
    key: undefined,
    serverName: undefined,
    skipVerify: false,
  });
  const address = host.includes(":") ? `[${host}]` : host;
  return {
    server: `https://${address}:${port}`,
    proxy: undefined,
    tls: await readTls(),
    readTls,
    authorization: async () => new SecretText(`Bearer ${(await read("token")).trim()}`),
    namespace: (await read("namespace")).trim(),
  };
}
