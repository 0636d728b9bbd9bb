import { collectionPath } from "../kube/paths.ts";
import { AccessError } from "../kube/access-error.ts";
import { loadClusterAccess } from "../kube/access.ts";
import { createKubeTransport, type KubeRequest, type KubeTransport } from "../kube/transport.ts";
import type { Kind } from "../api/kinds.ts";
import type { Clock } from "../std/clock.ts";
import { version } from "../version.ts";

/** What a command could not do, in words for the person who runs it. */
export class DeskError extends Error {}

/** The cluster as a person at a desk has it: every refusal ends the command. */
export interface Desk {
  readonly transport: KubeTransport;
  /** Of the kubeconfig's context. */
  readonly namespace: string;
  /** The answer; throws a DeskError with the API server's sentence. */
  send(request: KubeRequest): Promise<unknown>;
  /** The same, but undefined for what is not there. */
  find(request: KubeRequest): Promise<unknown>;
  /** All objects of a kind, in the cluster or in these namespaces; asked for in pages. */
  list(kind: Kind, namespaces: readonly string[] | undefined): Promise<readonly unknown[]>;
}

const pageSize = "500";

/** Runs `work` with the cluster that KUBECONFIG, ~/.kube/config or the pod names; resolves to its exit code, or 2 for a refusal or a stop. */
export async function atDesk(
  { env, clock, signal, complain }: DeskOptions,
  work: (desk: Desk) => Promise<number>,
): Promise<number> {
  try {
    const access = await loadClusterAccess(env);
    const transport = createKubeTransport(access, clock, { userAgent: `ontap-iscsi-operator/${version} (cli)` });
    try {
      return await work(deskOn(transport, access.namespace, signal));
    } finally {
      await transport.close();
    }
  } catch (error) {
    if (error instanceof AccessError || error instanceof DeskError) complain(error.message);
    else if (signal.aborted && error === signal.reason) complain("stopped before it was done; run it again to go on");
    else throw error;
    return 2;
  }
}

interface DeskOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly complain: (message: string) => void;
}

function deskOn(transport: KubeTransport, namespace: string, signal: AbortSignal): Desk {
  async function find(request: KubeRequest): Promise<unknown> {
    const reply = await transport.send(request, signal);
    if (reply.ok) return reply.value;
    if (reply.error.problem === "not-found") return undefined;
    throw new DeskError(`${request.method} ${request.path}: ${reply.error.message}`);
  }

  async function send(request: KubeRequest): Promise<unknown> {
    const answer = await find(request);
    if (answer === undefined) throw new DeskError(`${request.method} ${request.path}: there is no such object`);
    return answer;
  }

  async function list(kind: Kind, namespaces: readonly string[] | undefined): Promise<readonly unknown[]> {
    const paths = namespaces?.map((namespace) => collectionPath(kind, namespace)) ?? [collectionPath(kind)];
    const items: unknown[] = [];
    for (const path of paths) items.push(...(await listAt(path)));
    return items;
  }

  async function listAt(path: string): Promise<readonly unknown[]> {
    const items: unknown[] = [];
    for (let token: string | undefined = ""; token !== undefined;) {
      const query: Record<string, string> = { limit: pageSize, ...(token === "" ? {} : { continue: token }) };
      const page = (await find({ method: "GET", path, query })) as
        | { readonly items: readonly unknown[]; readonly metadata: { readonly continue?: string } }
        | undefined;
      items.push(...(page?.items ?? []));
      token = (page?.metadata.continue ?? "") === "" ? undefined : page?.metadata.continue;
    }
    return items;
  }

  return { transport, namespace, send, find, list };
}
