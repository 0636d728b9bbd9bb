import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../controlplane/start.ts";
import type { Cluster, KubeObject } from "./cluster.ts";
import { startProduct, type ProductProcess } from "./process.ts";

/**
 * What stands in for a kubelet where no pod can run: for each pod of the product it runs the built product as a process, with
 * the pod's arguments, environment and ServiceAccount, probes it, and tells the API server. So Deployments become Available for
 * the reasons for which they would. It pulls no image, knows no node, and has one network for all: what is to listen beyond
 * loopback gets a free port there.
 */
export interface Kubelet {
  /** Where the pods with this label `app.kubernetes.io/name` listen, as their Service would lead there. */
  addressOf(name: string): string | undefined;
  /** Ends all processes. */
  stop(): Promise<void>;
}

interface Pod extends KubeObject {
  readonly spec: {
    readonly serviceAccountName: string;
    readonly automountServiceAccountToken?: boolean;
    readonly restartPolicy: string;
    readonly terminationGracePeriodSeconds: number;
    readonly containers: readonly [Container];
    readonly volumes?: readonly {
      readonly name: string;
      readonly secret?: { readonly secretName: string };
    }[];
  };
  readonly status?: { readonly phase?: string };
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
  }[];
  readonly readinessProbe?: { readonly httpGet?: { readonly path: string } };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

const lookEveryMs = 200;

export function startKubelet(controlPlane: ControlPlane, cluster: Cluster): Kubelet {
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();
  const addresses = new Map<string, string>();

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      const { items } = await cluster.send({ method: "GET", path: "/api/v1/pods" });
      for (const pod of items as readonly Pod[]) {
        const { uid = "" } = pod.metadata;
        // A pod with a command of its own runs other programs than the product.
        if (running.has(uid) || pod.spec.containers[0].command !== undefined) continue;
        running.set(uid, pod.spec.restartPolicy === "Never" ? runOnce(pod) : run(pod));
      }
      await sleep(lookEveryMs);
    }
  }

  /** One pod's life, from its start until it is deleted. */
  async function run(pod: Pod): Promise<void> {
    const { namespace = "", name } = pod.metadata;
    const [container] = pod.spec.containers;
    const access =
      pod.spec.automountServiceAccountToken === false
        ? {}
        : await controlPlane.podEnvironment(namespace, pod.spec.serviceAccountName);
    const volumes = await mountsOf(pod, container, cluster);
    const product = startProduct(argumentsOf(container, volumes), { ...access, ...environmentOf(pod, container) });
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const [, operator, simulator] = await product.line(/"address":"([^"]+)"|^listening on https:\/\/(\S+)/);
    const address = operator ?? simulator ?? "";
    addresses.set(pod.metadata.labels?.["app.kubernetes.io/name"] ?? name, address);
    let told: boolean | undefined;
    while (!stopping.signal.aborted) {
      if (!product.running()) throw new Error(`pod ${name} ended by itself: ${product.errors.join("\n")}`);
      const now = await current(namespace, name);
      if (now === undefined || now.metadata.deletionTimestamp !== undefined) break;
      const ready = await isReady(address, container);
      if (ready !== told) await tell(path, container, ready);
      told = ready;
      await sleep(lookEveryMs);
    }
    await end(product, pod.spec.terminationGracePeriodSeconds);
    await Promise.all([...volumes.values()].map((folder) => rm(folder, { recursive: true, force: true })));
    if (!stopping.signal.aborted) await remove(path);
  }

  /** One pod of a Job. What it says is its termination message. */
  async function runOnce(pod: Pod): Promise<void> {
    const { namespace = "", name } = pod.metadata;
    const [container] = pod.spec.containers;
    const access = await controlPlane.podEnvironment(namespace, pod.spec.serviceAccountName);
    const product = startProduct(container.args ?? [], { ...access, ...environmentOf(pod, container) });
    const exitCode = await product.exit();
    const terminated = { exitCode, message: product.errors.join("\n") };
    const containerStatuses = [
      {
        name: container.name,
        image: container.image,
        imageID: "",
        ready: false,
        restartCount: 0,
        state: { terminated },
      },
    ];
    await cluster.send({
      method: "PATCH",
      path: `/api/v1/namespaces/${namespace}/pods/${name}/status`,
      contentType: "application/merge-patch+json",
      body: { status: { phase: exitCode === 0 ? "Succeeded" : "Failed", containerStatuses } },
    });
  }

  async function current(namespace: string, name: string): Promise<KubeObject | undefined> {
    const { items } = await cluster.send({ method: "GET", path: `/api/v1/namespaces/${namespace}/pods` });
    return (items as readonly KubeObject[]).find(({ metadata }) => metadata.name === name);
  }

  async function tell(path: string, { name, image }: Container, ready: boolean): Promise<void> {
    const now = new Date().toISOString().replace(/\.\d+/, "");
    const status = ready ? "True" : "False";
    const conditions = ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map((type) => ({
      type,
      status: type === "Ready" || type === "ContainersReady" ? status : "True",
      lastTransitionTime: now,
    }));
    const containerStatuses = [
      { name, image, imageID: "", ready, restartCount: 0, started: true, state: { running: { startedAt: now } } },
    ];
    await cluster.send({
      method: "PATCH",
      path: `${path}/status`,
      contentType: "application/merge-patch+json",
      body: { status: { phase: "Running", startTime: now, conditions, containerStatuses } },
    });
  }

  const remove = (path: string): Promise<unknown> =>
    cluster.send({ method: "DELETE", path, query: { gracePeriodSeconds: "0" } }).catch(() => undefined);

  const watching = watch();
  return {
    addressOf: (name) => addresses.get(name),
    async stop() {
      stopping.abort();
      await watching;
      await Promise.all(running.values());
    },
  };
}

function environmentOf(pod: Pod, { env = [] }: Container): Readonly<Record<string, string>> {
  const fields: Readonly<Record<string, string>> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace ?? "",
  };
  return Object.fromEntries(
    env.map(({ name, value = "", valueFrom }) => [name, fields[valueFrom?.fieldRef?.fieldPath ?? ""] ?? value]),
  );
}

/** A folder for each volume that the container mounts, by its mount path; Secrets are written into theirs. */
async function mountsOf(pod: Pod, container: Container, cluster: Cluster): Promise<ReadonlyMap<string, string>> {
  const folders = new Map<string, string>();
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const folder = await mkdtemp(join(tmpdir(), "volume-"));
    folders.set(mountPath, folder);
    const { secret } = pod.spec.volumes?.find((volume) => volume.name === name) ?? {};
    if (secret === undefined) continue;
    const found = await cluster.get("secrets", pod.metadata.namespace ?? "", secret.secretName);
    for (const [key, value] of Object.entries((found?.["data"] ?? {}) as Readonly<Record<string, string>>)) {
      await writeFile(join(folder, key), Buffer.from(value, "base64"), { mode: 0o600 });
    }
  }
  return folders;
}

/** The container's arguments, where paths below a mount lead into the folder that stands for it. */
const argumentsOf = ({ args = [] }: Container, volumes: ReadonlyMap<string, string>): readonly string[] =>
  args.map((arg) => {
    if (arg.startsWith("--listen=") && !arg.includes("=127.0.0.1:")) return "--listen=127.0.0.1:0";
    for (const [path, folder] of volumes) if (arg.includes(`=${path}/`)) return arg.replace(path, folder);
    return arg;
  });

async function isReady(address: string, { readinessProbe }: Container): Promise<boolean> {
  // One that only asks whether the port is open: it is.
  if (readinessProbe?.httpGet === undefined) return true;
  try {
    return (await fetch(`http://${address}${readinessProbe.httpGet.path}`)).ok;
  } catch {
    return false;
  }
}

/** As kubelet does: SIGTERM, and SIGKILL to what has not ended in time. */
async function end(product: ProductProcess, graceSeconds: number): Promise<void> {
  const late = setTimeout(() => void product.end("SIGKILL"), graceSeconds * 1000);
  await product.end("SIGTERM");
  clearTimeout(late);
}
