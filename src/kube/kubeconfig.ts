import { delimiter } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { SecretText } from "../std/secret-text.ts";
import { AccessError, type ClusterAccess } from "./access.ts";

/** The current context of one or more kubeconfig files, separated as PATH is; the first that says something wins. */
export async function fromKubeconfig(paths: string): Promise<ClusterAccess> {
  const config = new KubeConfig();
  for (const [index, path] of paths.split(delimiter).entries()) {
    const file = new KubeConfig();
    try {
      file.loadFromFile(path);
    } catch (error) {
      const why = error instanceof Error ? error.message : "unknown error";
      throw new AccessError(`cannot read kubeconfig ${path} (${why}); set KUBECONFIG to one that can be read`);
    }
    if (index === 0) config.loadFromOptions(file);
    else config.mergeConfig(file, true);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new AccessError("the kubeconfig names no current cluster; set KUBECONFIG to one that does");
  }
  if (!cluster.server.startsWith("https://")) {
    throw new AccessError(`the kubeconfig's server ${cluster.server} is not https`);
  }
  const options = await credentialsOf(config);
  return {
    server: new URL(cluster.server).origin,
    tls: {
      ca: textOf(options.ca),
      cert: textOf(options.cert),
      key: textOf(options.key),
      serverName: cluster.tlsServerName,
      skipVerify: cluster.skipTLSVerify ?? false,
    },
    // Runs exec plugins and re-reads token files as the library sees fit.
    authorization: async () => {
      const { headers } = await credentialsOf(config);
      const header = headers?.["Authorization"];
      return typeof header === "string" ? new SecretText(header) : undefined;
    },
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? "default",
  };
}

interface Credentials {
  readonly ca?: unknown;
  readonly cert?: unknown;
  readonly key?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
}

async function credentialsOf(config: { applyToHTTPSOptions(options: object): Promise<void> }): Promise<Credentials> {
  const options: Credentials = {};
  await config.applyToHTTPSOptions(options);
  return options;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : undefined;
}
