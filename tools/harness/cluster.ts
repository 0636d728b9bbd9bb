import { setTimeout as sleep } from "node:timers/promises";
import { loadClusterAccess } from "../../src/kube/access.ts";
import { createKubeTransport, type KubeRequest, type KubeTransport } from "../../src/kube/transport.ts";
import { systemClock } from "../../src/std/clock.ts";

/** Any object of the cluster, as JSON. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly finalizers?: readonly string[];
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** A person with a kubeconfig: creates, edits and reads objects, and sees what the API server says. */
export interface Cluster {
  readonly transport: KubeTransport;
  /** The API server's answer; throws with its sentence when it refuses. */
  send(request: KubeRequest): Promise<KubeObject>;
  create(object: KubeObject): Promise<KubeObject>;
  get(resource: string, namespace: string, name: string): Promise<KubeObject | undefined>;
  /** JSON merge patch. */
  patch(resource: string, namespace: string, name: string, patch: object): Promise<KubeObject>;
  delete(resource: string, namespace: string, name: string): Promise<void>;
  list(resource: string, namespace: string): Promise<readonly KubeObject[]>;
  close(): Promise<void>;
}

/** Where each resource is served. */
const prefixes: Readonly<Record<string, string>> = {
  iscsicredentials: "/apis/ontap-iscsi.dev/v1alpha1",
  ontapconnections: "/apis/ontap-iscsi.dev/v1alpha1",
  events: "/apis/events.k8s.io/v1",
  secrets: "/api/v1",
  configmaps: "/api/v1",
};
const resources: Readonly<Record<string, string>> = {
  IscsiCredential: "iscsicredentials",
  OntapConnection: "ontapconnections",
  Secret: "secrets",
  ConfigMap: "configmaps",
};

export async function connect(kubeconfig: string): Promise<Cluster> {
  const transport = createKubeTransport(await loadClusterAccess({ KUBECONFIG: kubeconfig }), systemClock);
  const never = new AbortController().signal;

  async function send(request: KubeRequest): Promise<KubeObject> {
    const reply = await transport.send(request, never);
    if (!reply.ok) throw new Error(reply.error.message);
    return reply.value as KubeObject;
  }

  const pathOf = (resource: string, namespace: string, name = ""): string =>
    `${prefixes[resource] ?? ""}/namespaces/${namespace}/${resource}${name === "" ? "" : `/${name}`}`;

  return {
    transport,
    send,
    create(object) {
      const { kind = "", metadata } = object;
      if (kind === "Namespace") return send({ method: "POST", path: "/api/v1/namespaces", body: object });
      return send({ method: "POST", path: pathOf(resources[kind] ?? "", metadata.namespace ?? ""), body: object });
    },
    async get(resource, namespace, name) {
      const reply = await transport.send({ method: "GET", path: pathOf(resource, namespace, name) }, never);
      if (reply.ok) return reply.value as KubeObject;
      if (reply.error.problem === "not-found") return undefined;
      throw new Error(reply.error.message);
    },
    patch: (resource, namespace, name, patch) =>
      send({
        method: "PATCH",
        path: pathOf(resource, namespace, name),
        contentType: "application/merge-patch+json",
        body: patch,
      }),
    async delete(resource, namespace, name) {
      await send({ method: "DELETE", path: pathOf(resource, namespace, name) });
    },
    async list(resource, namespace) {
      const items: KubeObject[] = [];
      let next: string | undefined;
      do {
        const query = { limit: "500", ...(next === undefined ? {} : { continue: next }) };
        // oxlint-disable-next-line no-await-in-loop
        const page = await send({ method: "GET", path: pathOf(resource, namespace), query });
        items.push(...(page["items"] as readonly KubeObject[]));
        next = (page.metadata as { readonly continue?: string }).continue || undefined;
      } while (next !== undefined);
      return items;
    },
    close: () => transport.close(),
  };
}

/** Waits until `look` gives something, and says what it saw last when it never does. */
export async function eventually<T>(look: () => Promise<T | undefined>, what: string, withinMs = 15_000): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
}
