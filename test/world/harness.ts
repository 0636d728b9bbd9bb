import { afterAll, beforeAll, inject, onTestFinished } from "vitest";
import { loadClusterAccess } from "../../src/kube/access.ts";
import { alone } from "../../src/lease/leadership.ts";
import { createKubeTransport } from "../../src/kube/transport.ts";
import { createOpenArray } from "../../src/ontap/open-array.ts";
import { createOpenTransport } from "../../src/ontap/transport.ts";
import { createOperator, type World } from "../../src/operator.ts";
import type { StoredCredential } from "../../src/simulator/control/side-door.ts";
import type { Simulator } from "../../src/simulator/start.ts";
import { startSimulator } from "../../src/simulator/start.ts";
import { systemClock } from "../../src/std/clock.ts";
import type { Log } from "../../src/std/log.ts";
import { connect, eventually, type Cluster, type KubeObject } from "../../tools/harness/cluster.ts";

export const arrayPassword = "array-login-password";

/** A running operator, as the published ServiceAccount, in this process; its log lines are kept. */
export interface RunningOperator {
  readonly logLines: readonly string[];
  stop(): Promise<void>;
}

export async function startOperator(special: Partial<Pick<World, "shard" | "dryRun">> = {}): Promise<RunningOperator> {
  const logLines: string[] = [];
  const logTo =
    (level: string) =>
    (fields: object, message: string): void =>
      void logLines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log: Log = { debug: logTo("debug"), info: logTo("info"), warn: logTo("warn"), error: logTo("error") };
  const access = await loadClusterAccess({ KUBECONFIG: inject("operatorKubeconfig") });
  const kube = createKubeTransport(access, systemClock);
  const openTransport = createOpenTransport({ clock: systemClock, version: "test", instance: "test" });
  const operator = createOperator({
    clock: systemClock,
    random: Math.random,
    log,
    kube,
    openArray: createOpenArray({ clock: systemClock, openTransport }),
    instance: "test",
    leadership: alone,
    shard: () => true,
    dryRun: false,
    ...special,
  });
  const stop = new AbortController();
  const running = operator.run(stop.signal, new AbortController().signal);
  await eventually(async () => (operator.synced() ? true : undefined), "the operator's caches are complete");
  return {
    logLines,
    async stop() {
      stop.abort();
      await running;
      await kube.close();
    },
  };
}

/** An array with SVMs svm1, svm2 and svm3, the last one without iSCSI service. */
export function startArray(): Promise<Simulator> {
  return startSimulator(
    {
      svms: [{ name: "svm1" }, { name: "svm2" }, { name: "svm3", iscsi: false }],
      logins: [{ user: "admin", password: arrayPassword }],
    },
    { clock: systemClock },
  );
}

/** A cluster, an array and an operator for all tests of a file; started before them and stopped after them. */
export function useWorld(): {
  readonly cluster: Cluster;
  readonly array: Simulator;
  readonly operator: RunningOperator;
} {
  const world = {} as { cluster: Cluster; array: Simulator; operator: RunningOperator };
  beforeAll(async () => {
    world.cluster = await connect(inject("adminKubeconfig"));
    world.array = await startArray();
    world.operator = await startOperator();
  });
  afterAll(async () => {
    await world.operator.stop();
    await world.array.stop();
    await world.cluster.close();
  });
  return world;
}

/** A namespace with a login and a connection to the array; what is in it is deleted when the test ends. */
export interface Place {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly array: Simulator;
  createSecret(name: string, stringData: Readonly<Record<string, string>>, type?: string): Promise<KubeObject>;
  createCredential(name: string, spec: object): Promise<KubeObject>;
  credential(name: string): Promise<KubeObject | undefined>;
  /** Waits until Ready has this status, or this reason. */
  untilReady(name: string, wanted?: "True" | "False" | (string & {})): Promise<KubeObject>;
  /** An initiator of this place alone; the one of the credential of the same name unless its spec says otherwise. */
  initiator(name: string): string;
  /** What the array has stored for `initiator(name)`, secrets included. */
  stored(name: string): Promise<StoredCredential | undefined>;
}

let places = 0;

export async function aPlace(
  { cluster, array }: { readonly cluster: Cluster; readonly array: Simulator },
  connectionSpec: object = {},
): Promise<Place> {
  const namespace = `place-${process.pid}-${++places}`;
  const initiator = (name: string): string => `iqn.1994-05.com.redhat:${namespace}.${name}`;
  await cluster.create({ kind: "Namespace", metadata: { name: namespace } });
  const object = (kind: string, name: string, rest: object): KubeObject => ({
    apiVersion: ["Secret", "ConfigMap"].includes(kind) ? "v1" : "ontap-iscsi.dev/v1alpha1",
    kind,
    metadata: { name, namespace },
    ...rest,
  });
  await cluster.create(object("Secret", "ontap-login", { stringData: { username: "admin", password: arrayPassword } }));
  await cluster.create(
    object("OntapConnection", "array", {
      spec: {
        endpoint: array.url,
        auth: { basic: { secretRef: { name: "ontap-login" } } },
        tls: { caBundle: array.caPem },
        ...connectionSpec,
      },
    }),
  );
  const credential = (name: string): Promise<KubeObject | undefined> =>
    cluster.get("iscsicredentials", namespace, name);
  onTestFinished(async () => {
    for (const { metadata } of await cluster.list("iscsicredentials", namespace)) {
      await cluster.patch("iscsicredentials", namespace, metadata.name, { spec: { deletionPolicy: "Retain" } });
      await cluster.delete("iscsicredentials", namespace, metadata.name);
    }
  });
  return {
    cluster,
    namespace,
    array,
    createSecret: (name, stringData, type = "Opaque") => cluster.create(object("Secret", name, { stringData, type })),
    createCredential: (name, spec) =>
      cluster.create(
        object("IscsiCredential", name, {
          spec: {
            connectionRef: { name: "array" },
            svm: { name: "svm1" },
            initiator: initiator(name),
            authenticationType: "none",
            ...spec,
          },
        }),
      ),
    credential,
    untilReady: (name, wanted = "True") =>
      eventually(async () => {
        const seen = await credential(name);
        const ready = conditionOf(seen, "Ready");
        return ready?.status === wanted || ready?.reason === wanted ? seen : undefined;
      }, `${name}: Ready is ${wanted}`),
    initiator,
    stored: async (name) =>
      (await array.sideDoor.credentials()).find((credential) => credential.initiator === initiator(name)),
  };
}

export interface SeenCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
}

export function conditionOf(object: KubeObject | undefined, type: string): SeenCondition | undefined {
  const status = object?.["status"] as { readonly conditions?: readonly SeenCondition[] } | undefined;
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Chap in one direction, from a Secret. */
export const chapFrom = (name: string, ref: object = {}): object => ({
  authenticationType: "chap",
  chap: { inbound: { secretRef: { name, ...ref } } },
});

export const mutualFrom = (name: string): object => ({
  authenticationType: "chap",
  chap: { inbound: { secretRef: { name } }, outbound: { secretRef: { name } } },
});

export { connect, eventually };
