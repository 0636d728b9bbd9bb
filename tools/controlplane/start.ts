import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { apiServerUrl, startApiServer } from "./api-server.ts";
import { type Binaries, findBinaries } from "./binaries.ts";
import type { Child } from "./child.ts";
import { controllerManagerIn, startControllerManager } from "./controller-manager.ts";
import { etcdDataIn, startEtcd } from "./etcd.ts";
import { freePort, retryWhilePortTaken } from "./free-port.ts";
import { createIdentities } from "./identities.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { createKubectl, type Kubectl } from "./kubectl.ts";
import { createProgress } from "./progress.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

export interface ControlPlaneOptions {
  /** Whether requests are logged, at level Metadata. Off unless asked for. */
  readonly auditLog?: boolean;
  /**
   * Whether kube-controller-manager runs, with the controllers that empty deleted namespaces and that collect what deleted
   * owners leave behind. Off unless asked for.
   */
  readonly controllerManager?: boolean;
  /** Whether Deployments and Jobs get their pods as well, which nothing here runs (tools/harness/kubelet.ts). Off unless asked for. */
  readonly workloads?: boolean;
}

/**
 * A Kubernetes control plane of its own, with nothing in it yet and RBAC enforced. It ends at `stop`, or with the process
 * that started it, whichever way that one ends.
 */
export interface ControlPlane {
  /** Of the API server: `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** What a client must trust. */
  readonly caPem: string;
  /** The path of a kubeconfig that may do everything. */
  readonly adminKubeconfig: string;
  /** JSON lines, `audit.k8s.io/v1` Event each; `undefined` without `auditLog`. Gone after `stop`. */
  readonly auditLogPath: string | undefined;
  /** Runs kubectl as admin. That it fails shows in the exit code. */
  readonly kubectl: Kubectl;
  /** The path of a kubeconfig that acts as a ServiceAccount in its namespace; it must exist, and its token lasts a day. */
  kubeconfigForServiceAccount(namespace: string, name: string): Promise<string>;
  /** The environment of a pod that runs as a ServiceAccount, with a folder as kubelet would mount it. */
  podEnvironment(namespace: string, name: string): Promise<Readonly<Record<string, string>>>;
  /** Kills the API server (SIGKILL) and resolves when it is gone. May be repeated. */
  killApiServer(): Promise<void>;
  /** Kills the API server if it runs, starts it on the same port, and resolves when it is ready. */
  restartApiServer(): Promise<void>;
  /** Copies what etcd holds; etcd and the API server are away meanwhile. An earlier snapshot is replaced. */
  takeSnapshot(): Promise<void>;
  /**
   * Puts etcd back to the snapshot, so that resourceVersions go back too, and starts the API server on it, as an
   * administrator restores a cluster.
   */
  restoreSnapshot(): Promise<void>;
  /** Ends everything and removes its files. May be repeated. */
  stop(): Promise<void>;
}

/**
 * Starts a control plane, after building it if need be (see `findBinaries`). Several may run at once.
 * If it fails, its data and logs are kept in a folder that the error names.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = await findBinaries({ env: process.env, progress: createProgress(process.stderr) });
  const workloads = options.workloads === true;
  const managed = workloads || options.controllerManager === true;
  const controllerManagerFile = managed ? controllerManagerIn(binaries) : undefined;
  const folder = await mkdtemp(join(tmpdir(), "controlplane-"));
  const watchdog = startWatchdog(folder);
  try {
    const auditLog = options.auditLog === true;
    return await startIn(folder, { binaries, controllerManagerFile, workloads, auditLog, watchdog });
  } catch (error) {
    await watchdog.finish("keep");
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The control plane did not start: ${reason}\nIts data and logs are kept in ${folder}`, {
      cause: error,
    });
  }
}

interface Means {
  readonly binaries: Binaries;
  readonly controllerManagerFile: string | undefined;
  readonly workloads: boolean;
  readonly auditLog: boolean;
  readonly watchdog: Watchdog;
}

async function startIn(folder: string, means: Means): Promise<ControlPlane> {
  const { binaries, controllerManagerFile, workloads, auditLog, watchdog } = means;
  const identities = await createIdentities(folder);
  const { caPem, tokens } = identities;
  let etcd = startEtcd(binaries.etcd, folder, watchdog);
  const auditLogPath = auditLog ? join(folder, "audit.log") : undefined;
  const apiServerOn = (port: number): Promise<Child> =>
    startApiServer({ file: binaries.kubeApiserver, folder, watchdog, etcd, identities, auditLogPath }, port);
  const started = await retryWhilePortTaken(async () => {
    const port = await freePort();
    return { port, child: await apiServerOn(port) };
  });
  const { port } = started;
  let apiServer = started.child;

  const url = apiServerUrl(port);
  const kubeconfigFor = async (name: string, token: string, namespace = "default"): Promise<string> => {
    const path = join(folder, `${name}.kubeconfig`);
    await writeKubeconfig(path, { url, caPem, token, namespace });
    return path;
  };
  const adminKubeconfig = await kubeconfigFor("admin", tokens.admin);
  const kubectl = createKubectl(binaries.kubectl, adminKubeconfig);
  const others: Child[] = [];
  if (controllerManagerFile !== undefined) {
    const kubeconfig = await kubeconfigFor("kube-controller-manager", tokens["system:kube-controller-manager"]);
    others.push(startControllerManager({ file: controllerManagerFile, folder, kubeconfig, workloads, watchdog }));
  }

  async function tokenOf(namespace: string, name: string): Promise<string> {
    const args = ["create", "token", name, `--namespace=${namespace}`, "--duration=24h"];
    const { exitCode, stdout, stderr } = await kubectl(args);
    if (exitCode !== 0) throw new Error(`no token for ServiceAccount ${namespace}/${name}: ${stderr.trim()}`);
    return stdout.trim();
  }

  async function restartApiServer(): Promise<void> {
    await apiServer.kill();
    apiServer = await retryWhilePortTaken(() => apiServerOn(port));
  }

  /** Does something to etcd's files while neither etcd nor the API server runs. */
  async function whileDown(change: (data: string, snapshot: string) => Promise<void>): Promise<void> {
    await apiServer.kill();
    await etcd.child.kill();
    await change(etcdDataIn(folder), join(folder, "etcd-snapshot"));
    etcd = startEtcd(binaries.etcd, folder, watchdog);
    await restartApiServer();
  }

  async function replaceFolder(to: string, from: string): Promise<void> {
    await rm(to, { recursive: true, force: true });
    await cp(from, to, { recursive: true });
  }

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([apiServer, etcd.child, ...others].map((child) => child.kill()));
    await watchdog.finish("remove");
  };

  return {
    url,
    caPem,
    adminKubeconfig,
    auditLogPath,
    kubectl,
    async kubeconfigForServiceAccount(namespace, name) {
      return kubeconfigFor(`service-account_${namespace}_${name}`, await tokenOf(namespace, name), namespace);
    },
    async podEnvironment(namespace, name) {
      const mount = await mkdtemp(join(folder, "pod-"));
      const files = { token: await tokenOf(namespace, name), "ca.crt": caPem, namespace };
      await Promise.all(Object.entries(files).map(([file, text]) => writeFile(join(mount, file), text)));
      return {
        KUBECONFIG: "",
        KUBERNETES_SERVICE_HOST: "127.0.0.1",
        KUBERNETES_SERVICE_PORT: String(port),
        ONTAP_ISCSI_SERVICE_ACCOUNT_FOLDER: mount,
      };
    },
    killApiServer: () => apiServer.kill(),
    restartApiServer,
    takeSnapshot: () => whileDown((data, snapshot) => replaceFolder(snapshot, data)),
    restoreSnapshot: () => whileDown((data, snapshot) => replaceFolder(data, snapshot)),
    stop: () => (stopping ??= stop()),
  };
}
