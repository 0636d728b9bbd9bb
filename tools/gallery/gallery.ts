import type { OpenArray } from "../../src/array/port.ts";
import type { KubeTransport } from "../../src/kube/transport.ts";
import { startSimulator, type Simulator } from "../../src/simulator/start.ts";
import { systemClock } from "../../src/std/clock.ts";
import { err } from "../../src/std/result.ts";
import type { ControlPlane } from "../controlplane/start.ts";
import { startControlPlane } from "../controlplane/start.ts";
import { connect, type Cluster, type KubeObject } from "../harness/cluster.ts";
import { install } from "../harness/install.ts";
import { startInProcess, type InProcessOperator, type InProcessOptions } from "../harness/in-process.ts";
import { arrayScenarios } from "./array-scenarios.ts";
import { connectionScenarios, unseenScenarios } from "./connection-scenarios.ts";
import { credentialScenarios } from "./credential-scenarios.ts";
import { withoutRules } from "./definitions.ts";
import { objectNameOf, type Scenario } from "./scenario.ts";
import {
  apiVersion,
  arrayPassword,
  basicAuth,
  createScene,
  galleryNamespace,
  namespaceOfOthers,
  sharedConnection,
  untilReason,
  type Scene,
} from "./scene.ts";
import { unrulyScenarios } from "./unruly-scenarios.ts";

/** Every state that an object of ours can be in. `excluded.ts` says of which reasons there is none, and why. */
export const scenarios: readonly Scenario[] = [
  ...unseenScenarios,
  ...credentialScenarios,
  ...connectionScenarios,
  ...arrayScenarios,
  ...unrulyScenarios,
];

/** One state, and the object in it, complete as a GET shows it. */
export interface Exhibit {
  readonly scenario: Scenario;
  readonly object: KubeObject;
  /** What `kubectl get -o wide` says of it, by column. */
  readonly columns: ReadonlyMap<string, unknown>;
}

export interface Gallery {
  readonly controlPlane: ControlPlane;
  readonly cluster: Cluster;
  readonly array: Simulator;
  readonly exhibits: readonly Exhibit[];
  /** Starts another operator over the same objects, after the one before was stopped. */
  startOperator(options: OperatorOptions): Promise<InProcessOperator>;
  stop(): Promise<void>;
}

type OperatorOptions = Pick<InProcessOptions, "log" | "clock"> & {
  readonly throughKube?: (transport: KubeTransport) => KubeTransport;
};

const silence: InProcessOptions["log"] = { debug() {}, info() {}, warn() {}, error() {} };

/** Brings about every state on a control plane, an array and an operator of its own; leaves no operator running. */
export async function openGallery(): Promise<Gallery> {
  const controlPlane = await startControlPlane();
  let array: Simulator | undefined;
  let cluster: Cluster | undefined;
  const stop = async (): Promise<void> => {
    await cluster?.close();
    await array?.stop();
    await controlPlane.stop();
  };
  try {
    await install(controlPlane.kubectl);
    const name = "ontap-iscsi-operator";
    const kubeconfig = await controlPlane.kubeconfigForServiceAccount(name, name);
    array = await startArray();
    cluster = await connect(controlPlane.adminKubeconfig);
    const startOperator = ({ throughKube = (same) => same, ...options }: OperatorOptions) =>
      startInProcess({
        kubeconfig,
        throughKube: (transport) => withUnreadableSecret(throughKube(transport)),
        throughArray: withDefect,
        ...options,
      });
    const exhibits = await hang(cluster, array, () => startOperator({ log: silence }));
    return { controlPlane, cluster, array, exhibits, startOperator, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startArray(): Promise<Simulator> {
  const svms = [{ name: "svm1" }, { name: "svm2" }, { name: "without-iscsi", iscsi: false }, { name: "stopped" }];
  const logins = [{ user: "admin", password: arrayPassword }];
  const array = await startSimulator({ svms, logins }, { clock: systemClock });
  await array.sideDoor.act({ do: "stop-svm", svm: "stopped" });
  return array;
}

async function hang(
  cluster: Cluster,
  array: Simulator,
  startOperator: () => Promise<InProcessOperator>,
): Promise<readonly Exhibit[]> {
  await furnish(cluster, array);
  const sceneOf = (scenario: Scenario): Scene => createScene(cluster, array, objectNameOf(scenario));
  const arrange = (stage: Scenario["stage"]): Promise<unknown> =>
    Promise.all(
      scenarios.filter((scenario) => scenario.stage === stage).map((scenario) => scenario.arrange(sceneOf(scenario))),
    );
  await withoutRules(cluster, galleryNamespace, () => arrange("unruly"));
  await arrange("unseen");
  const unseen = scenarios.filter(({ stage }) => stage === "unseen");
  const exhibits = await Promise.all(unseen.map((scenario) => exhibit(cluster, scenario)));
  for (const scenario of unseen) await cluster.delete(pluralOf(scenario), galleryNamespace, objectNameOf(scenario));

  const operator = await startOperator();
  try {
    await arrange("live");
    const seen = scenarios.filter(({ stage }) => stage !== "unseen");
    await Promise.all(
      seen.map(async (scenario) => {
        const object = [pluralOf(scenario), galleryNamespace, objectNameOf(scenario)] as const;
        await untilReason(cluster, object, scenario.reason, scenario.until);
        if (scenario.end === undefined) return;
        exhibits.push(await exhibit(cluster, scenario));
        await scenario.end(sceneOf(scenario));
      }),
    );
    await settle(cluster);
    const lasting = seen.filter(({ end }) => end === undefined);
    exhibits.push(...(await Promise.all(lasting.map((scenario) => exhibit(cluster, scenario)))));
  } finally {
    await operator.stop();
  }
  return exhibits;
}

/** What all scenarios share: namespaces, and a connection each. */
async function furnish(cluster: Cluster, array: Simulator): Promise<void> {
  for (const namespace of [galleryNamespace, namespaceOfOthers]) {
    await cluster.create({ kind: "Namespace", metadata: { name: namespace } });
    const metadata = { name: "shared-login", namespace };
    const stringData = { username: "admin", password: arrayPassword };
    await cluster.create({ apiVersion: "v1", kind: "Secret", metadata, type: basicAuth, stringData });
    const spec = {
      endpoint: array.url,
      auth: { basic: { secretRef: { name: "shared-login" } } },
      tls: { caBundle: array.caPem },
    };
    for (const [name, granted] of [
      [sharedConnection, {}],
      ["grants-svm2", { grants: [{ namespaces: { names: [galleryNamespace] }, svms: ["svm2"], initiators: ["*"] }] }],
    ] as const) {
      await cluster.create({
        apiVersion,
        kind: "OntapConnection",
        metadata: { name, namespace },
        spec: { ...spec, ...granted },
      });
    }
  }
}

/** Credentials are counted a second after they came; then nothing is left to be written. */
const settle = (cluster: Cluster): Promise<void> => untilUnchanged(cluster, 2500);

async function untilUnchanged(cluster: Cluster, forMs: number): Promise<void> {
  const versions = async (): Promise<string> => {
    const lists = await Promise.all([
      cluster.list("ontapconnections", galleryNamespace),
      cluster.list("iscsicredentials", galleryNamespace),
    ]);
    return JSON.stringify(
      lists
        .flat()
        .filter(isQuiet)
        .map(({ metadata }) => metadata.resourceVersion),
    );
  };
  const giveUpMs = performance.now() + 60_000;
  let before = await versions();
  let sinceMs = performance.now();
  while (performance.now() - sinceMs < forMs) {
    if (performance.now() > giveUpMs) throw new Error("the gallery's objects never come to rest");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = await versions();
    if (now !== before) [before, sinceMs] = [now, performance.now()];
  }
}

const attempting = new Set(scenarios.filter(({ attempts }) => attempts).map(keyOf));

/** Whether a pass over this object is no attempt of anything. */
function isQuiet({ kind, metadata }: KubeObject): boolean {
  return !attempting.has(`${kind} ${metadata.name}`);
}

function keyOf(scenario: Scenario): string {
  return `${scenario.kind} ${objectNameOf(scenario)}`;
}

export const pluralOf = ({ kind }: Pick<Scenario, "kind">): string =>
  kind === "IscsiCredential" ? "iscsicredentials" : "ontapconnections";

interface Table {
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[];
}

async function exhibit(cluster: Cluster, scenario: Scenario): Promise<Exhibit> {
  const [plural, name] = [pluralOf(scenario), objectNameOf(scenario)];
  const path = `/apis/${apiVersion}/namespaces/${galleryNamespace}/${plural}/${name}`;
  const object = await cluster.send({ method: "GET", path });
  const accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
  const table = (await cluster.send({ method: "GET", path, accept })) as unknown as Table;
  const cells = table.rows[0]?.cells ?? [];
  return {
    scenario,
    object,
    columns: new Map(table.columnDefinitions.map((column, at) => [column.name, cells[at]])),
  };
}

/** A defect of the operator, for the state that only a defect brings about. */
const withDefect =
  (open: OpenArray): OpenArray =>
  (...access) => {
    const array = open(...access);
    return {
      ...array,
      as(requester) {
        const calls = array.as(requester);
        return {
          ...calls,
          createCredential(id, creation, signal) {
            if (id.initiator.endsWith(":internal-error")) throw new Error("planted");
            return calls.createCredential(id, creation, signal);
          },
        };
      },
    };
  };

/** An API server that does not give one Secret out. */
function withUnreadableSecret(transport: KubeTransport): KubeTransport {
  return {
    ...transport,
    async send(request, signal) {
      const { method: verb, path } = request;
      if (verb !== "GET" || !path.endsWith("/secrets/to-kubernetes-unavailable-login"))
        return transport.send(request, signal);
      const message = "the server is currently unable to handle the request";
      return err({
        kind: "kube",
        problem: "unavailable",
        verb,
        path,
        httpStatus: 503,
        message,
        retryAfterMs: undefined,
      });
    },
  };
}
