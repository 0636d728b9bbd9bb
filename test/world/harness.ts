import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, inject, onTestFinished } from "vitest";
import type { IscsiCredentialStatus } from "../../src/api/iscsi-credential.ts";
import type { KubeTransport } from "../../src/kube/transport.ts";
import type { OpenTransport } from "../../src/ontap/send.ts";
import type { StoredCredential } from "../../src/simulator/control/side-door.ts";
import type { LoggedRequest } from "../../src/simulator/model/request-log.ts";
import type { Simulator } from "../../src/simulator/start.ts";
import { startSimulator } from "../../src/simulator/start.ts";
import { systemClock, type Clock } from "../../src/std/clock.ts";
import { defined } from "../../src/std/defined.ts";
import type { Log } from "../../src/std/log.ts";
import type { Random } from "../../src/std/random.ts";
import { connect, eventually, type Cluster, type KubeObject } from "../../tools/harness/cluster.ts";
import { startInProcess, type Scope } from "../../tools/harness/in-process.ts";
import type { SkippingClock } from "../../tools/harness/skipping-clock.ts";

export const arrayPassword = "array-login-password";

/** Of a Secret that may serve as login. */

/** A running operator, as the published ServiceAccount, in this process; its log lines are kept. */
export interface RunningOperator {
  readonly logLines: readonly string[];
  stop(): Promise<void>;
  /** Lets no pass end: what is under way is cut short. */
  abandon(): Promise<void>;
}

/** What an operator's decisions see of time and chance, and what stands between it and its world; left out, nothing does. */
export interface OperatorWorld extends Scope {
  /** The network always lives in real time. */
  readonly clock?: Clock;
  readonly random?: Random;
  readonly kube?: (real: KubeTransport) => KubeTransport;
  readonly openTransport?: (real: OpenTransport) => OpenTransport;
}

export async function startOperator(around: OperatorWorld = {}): Promise<RunningOperator> {
  const logLines: string[] = [];
  const logTo =
    (level: string) =>
    (fields: object, message: string): void =>
      void logLines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log: Log = { debug: logTo("debug"), info: logTo("info"), warn: logTo("warn"), error: logTo("error") };
  const { kube: throughKube, openTransport: throughTransport, ...chance } = around;
  const options = defined({ ...chance, throughKube, throughTransport });
  const operator = await startInProcess({ kubeconfig: inject("operatorKubeconfig"), log, ...options });
  return { logLines, ...operator };
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

export interface World {
  readonly cluster: Cluster;
  readonly array: Simulator;
  readonly operator: RunningOperator;
  /** Stops the operator and starts another one, which has to live on what the objects say. */
  restartOperator(meanwhile?: () => Promise<void>): Promise<void>;
}

/** A cluster, an array and an operator for all tests of a file; started before them and stopped after them. */
export function useWorld(around: OperatorWorld = {}): World {
  const world = {} as { -readonly [Part in keyof World]: World[Part] };
  beforeAll(async () => {
    world.cluster = await connect(inject("adminKubeconfig"));
    world.array = await startArray();
    world.operator = await startOperator(around);
    world.restartOperator = async (meanwhile) => {
      await world.operator.stop();
      await meanwhile?.();
      world.operator = await startOperator(around);
    };
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
  /** Offered as login or CHAP pair by its type, unless another one is given, and by labels and annotations of our group. */
  createSecret(
    name: string,
    stringData: Readonly<Record<string, string>>,
    type?: string,
    metadata?: Pick<KubeObject["metadata"], "labels" | "annotations">,
  ): Promise<KubeObject>;
  createCredential(name: string, spec: object): Promise<KubeObject>;
  credential(name: string): Promise<KubeObject | undefined>;
  /** Merges `patch` into an object of this place. */
  edit(resource: "iscsicredentials" | "ontapconnections" | "secrets", name: string, patch: object): Promise<KubeObject>;
  /** Waits until Ready has this status, or this reason. */
  untilReady(name: string, wanted?: "True" | "False" | (string & {})): Promise<KubeObject>;
  /** An initiator of this place alone; the one of the credential of the same name unless its spec says otherwise. */
  readonly initiator: (name: string) => string;
  /** What the array has stored for `initiator(name)`, secrets included. */
  stored(name: string): Promise<StoredCredential | undefined>;
}

export const basicAuth = "kubernetes.io/basic-auth";

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
  await cluster.create(
    object("Secret", "ontap-login", { type: basicAuth, stringData: { username: "admin", password: arrayPassword } }),
  );
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
    await deleteAll(cluster, "ontapconnections", namespace);
  });
  return {
    cluster,
    namespace,
    array,
    createSecret: (name, stringData, type = basicAuth, metadata = {}) =>
      cluster.create(object("Secret", name, { stringData, type, metadata: { name, namespace, ...metadata } })),
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
    edit: (resource, name, patch) => cluster.patch(resource, namespace, name, patch),
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

/** What is left in a namespace would be asked, told and counted in the tests of other files. */
export async function deleteAll(
  cluster: Cluster,
  resource: "iscsicredentials" | "ontapconnections",
  namespace: string,
): Promise<void> {
  await cluster.send({ method: "DELETE", path: `/apis/ontap-iscsi.dev/v1alpha1/namespaces/${namespace}/${resource}` });
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

/** Requests with which the array was asked to change something, since they were last forgotten. */
export async function writesTo({ sideDoor }: Simulator): Promise<readonly LoggedRequest[]> {
  return (await sideDoor.requests()).filter(({ method }) => method !== "GET");
}

export async function eventWith(place: Place, reason: string): Promise<KubeObject> {
  return eventually(
    async () => (await place.cluster.list("events", place.namespace)).find((event) => event["reason"] === reason),
    `an Event says ${reason}`,
  );
}

/** Waits until the connection of a place says this reason. */
export async function untilConnection(place: Place, reason: string, name = "array"): Promise<KubeObject> {
  return eventually(async () => {
    const seen = await place.cluster.get("ontapconnections", place.namespace, name);
    return conditionOf(seen, "Ready")?.reason === reason ? seen : undefined;
  }, `connection ${name} says ${reason}`);
}

/** Nothing listens at the array any more until the test ends, and the connection knows. */
export async function cutOff(place: Place): Promise<void> {
  const { sideDoor } = place.array;
  onTestFinished(async () => void (await sideDoor.act({ do: "accept-connections" })));
  await sideDoor.act({ do: "refuse-connections" });
  const annotations = { "ontap-iscsi.dev/reconcile-requested-at": "cut off" };
  await place.edit("ontapconnections", "array", { metadata: { annotations } });
  await untilConnection(place, "ConnectionRefused");
}

export async function untilGone(place: Place, name: string): Promise<void> {
  await eventually(async () => ((await place.credential(name)) === undefined ? true : undefined), `${name} is gone`);
}

/** Waits until the status of a credential is as `wanted` says, and gives it. */
export async function untilStatus(
  place: Place,
  name: string,
  wanted: (status: CredentialStatus) => boolean,
): Promise<CredentialStatus> {
  return eventually(async () => {
    const status = statusOf(await place.credential(name));
    return status !== undefined && wanted(status) ? status : undefined;
  }, `${name}: the status is as wanted`);
}

/**
 * Lets time pass until `look` gives something: one step at a time, the next one only when the operator has had two
 * seconds for the first. A step that falls between the operator's status and its plan for the next look is lost on it.
 */
export async function untilAsTimePasses<T>(
  clock: SkippingClock,
  stepMs: number,
  look: () => Promise<T | undefined>,
  what: string,
): Promise<T> {
  for (let step = 0; step < 8; step += 1) {
    await sleep(50);
    clock.skip(stepMs);
    const seen = await eventually(look, what, 2000).catch(() => undefined);
    if (seen !== undefined) return seen;
  }
  throw new Error(`not while time passed: ${what}`);
}

/** Lets a credential fail so many times, and gives its status then. */
export async function untilFailures(place: Place, name: string, clock: SkippingClock, failures: number) {
  const has = async (count: number): Promise<CredentialStatus | undefined> => {
    const status = statusOf(await place.credential(name));
    return (status?.consecutiveFailures ?? 0) >= count ? status : undefined;
  };
  let status = await eventually(() => has(1), `${name} has failed`);
  for (let count = 2; count <= failures; count += 1) {
    status = await untilAsTimePasses(clock, 11 * 60_000, () => has(count), `${name} has failed ${count} times`);
  }
  return status;
}

export type CredentialStatus = IscsiCredentialStatus;

export const statusOf = (object: KubeObject | undefined): CredentialStatus | undefined =>
  object?.["status"] as CredentialStatus | undefined;

export { connect, eventually };
