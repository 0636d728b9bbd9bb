import { delimiter } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { SecretText } from "../std/secret-text.ts";
import { AccessError } from "./access-error.ts";
import type { ClusterAccess, ClusterTls } from "./access.ts";

/** The current context of one or more kubeconfig files, separated as PATH is; the first that says something wins. */
export async function fromKubeconfig(paths: string): Promise<ClusterAccess> {
  const files = paths.split(delimiter).map(read);
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: firstOfEachName(files.flatMap(({ clusters }) => clusters)),
    users: firstOfEachName(files.flatMap(({ users }) => users)),
    contexts: firstOfEachName(files.flatMap(({ contexts }) => contexts)),
    currentContext: files.map(({ currentContext }) => currentContext).find((context) => Boolean(context)),
  });
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new AccessError("the kubeconfig names no current cluster; set KUBECONFIG to one that does");
  }
  const server = serverOf(cluster.server);
  const proxy = cluster.proxyUrl === undefined ? undefined : proxyOf(cluster.proxyUrl);

  async function readTls(): Promise<ClusterTls> {
    const { ca, cert, key } = await credentialsOf(config);
    return {
      ca: textOf(ca),
      cert: textOf(cert),
      key: textOf(key),
      serverName: cluster?.tlsServerName,
      skipVerify: cluster?.skipTLSVerify ?? false,
    };
  }
  const tls = await readTls().catch((error: unknown) => {
    throw new AccessError(
      `the kubeconfig's user or cluster cannot be used (${reasonOf(error)}); see that its files and its exec plugin work`,
    );
  });
  return {
    server,
    proxy,
    tls,
    readTls,
    // Runs exec plugins and re-reads token files as the library sees fit.
    authorization: async () => {
      const { headers } = await credentialsOf(config);
      const header = headers?.["Authorization"];
      return typeof header === "string" ? new SecretText(header) : undefined;
    },
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? "default",
  };
}

/** Its path counts: behind one host there may be several clusters. */
function serverOf(server: string): string {
  if (!server.startsWith("https://") || !URL.canParse(server)) {
    throw new AccessError(`the kubeconfig's server ${server} is not https`);
  }
  const { origin, pathname } = new URL(server);
  return `${origin}${pathname.replace(/\/+$/, "")}`;
}

/** Its text is not repeated: it may hold a password. */
function proxyOf(text: string): URL {
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy?.protocol === "http:" || proxy?.protocol === "https:") return proxy;
  const scheme = proxy === undefined ? "is not a URL" : `has the scheme ${proxy.protocol.slice(0, -1)}`;
  throw new AccessError(`the kubeconfig's proxy-url ${scheme}; name an http:// or https:// proxy, or remove it`);
}

function read(path: string): KubeConfig {
  const file = new KubeConfig();
  try {
    file.loadFromFile(path);
    return file;
  } catch (error) {
    // The lines after the first quote the file, tokens and all.
    const [why] = error instanceof Error ? error.message.split("\n") : [];
    throw new AccessError(`cannot read kubeconfig ${path} (${why}); set KUBECONFIG to one that can be read`);
  }
}

/** The system's own words; a plugin's may hold what it was to print. */
function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? (error.message.split("\n")[0] ?? "") : "it failed";
}

/** The library refuses two of one name, where kubectl takes the first. */
function firstOfEachName<T extends { readonly name: string }>(all: readonly T[]): T[] {
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
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
