import type { Condition } from "../../src/api/fields.ts";
import { apiGroup } from "../../src/api/fields.ts";
import type { IscsiCredentialStatus } from "../../src/api/iscsi-credential.ts";
import type { ActionInput } from "../../src/simulator/control/action.ts";
import type { FaultInput } from "../../src/simulator/faults/fault.ts";
import type { Credential } from "../../src/simulator/model/cluster.ts";
import type { SimulatedArray } from "../model/simulated-array.ts";
import { arrayLogin, createModelWorld, manifest, type ModelWorld } from "../model/world.ts";
import type { OperatorProcess } from "../model/operator.ts";

/**
 * One cluster with one connection to one array and an operator that runs, all in memory: what pass tables say of a credential
 * is played here. Time passes only in `settles` and `later`.
 */
export interface Scene {
  readonly world: ModelWorld;
  /** The process that runs now. */
  operator(): OperatorProcess;
  /** Ends it, wherever it is, and starts another. */
  restart(): void;
  readonly array: SimulatedArray;
  /** Creates a Secret that its type offers as login and as CHAP pair, or replaces what is in it. */
  secret(name: string, user: string, password: string): void;
  /** Creates a Secret of type Opaque, or merges values and labels of our group into it; null takes a label away. */
  opaque(
    name: string,
    stringData: Readonly<Record<string, string>>,
    labels?: Readonly<Record<string, string | null>>,
  ): void;
  /** Creates or edits an object. Throws if the API server refuses. */
  credential(spec: object, name?: string): void;
  connection(spec: object): void;
  /** Creates a second connection to the same array. */
  connect(name: string, spec: object): void;
  edit(kind: string, name: string, patch: object): void;
  delete(kind: string, name: string): void;
  /** What a storage administrator does. */
  admin(action: ActionInput): Promise<void>;
  arrayAnswers(...faults: readonly FaultInput[]): void;
  /** Lets time pass until nothing is written any more for two seconds. */
  settles(): Promise<void>;
  later(ms: number): Promise<void>;
  /** Status and reason of Ready. */
  ready(kind?: "IscsiCredential" | "OntapConnection", name?: string): string;
  status(name?: string): IscsiCredentialStatus | undefined;
  finalizers(kind?: string, name?: string): readonly string[] | "gone";
  held(initiator?: string): Credential | undefined;
  /** The array's requests since this was last asked for, such as `POST 201` and `PATCH 409 5374142`. */
  calls(): readonly string[];
  /** Reasons of the Events so far. */
  events(of?: "IscsiCredential" | "OntapConnection"): readonly string[];
}

export const namespace = "team";
export const initiator = "iqn.1994-05.com.redhat:a";
const basicAuth = "kubernetes.io/basic-auth";
const endpoint = "https://array.example.com";

export const connectionSpec = {
  endpoint,
  auth: { basic: { secretRef: { name: "login" } } },
  resyncInterval: "10m",
} as const;

export async function openScene(seed = 1): Promise<Scene> {
  const world = createModelWorld({ seed });
  const { cluster, clock } = world;
  const { people } = cluster;
  const array = world.addArray(endpoint);
  let seenRequests = 0;

  const must = (answer: { readonly status: number; readonly message?: string }): void => {
    if (answer.status >= 300) throw new Error(answer.message);
  };
  const secret: Scene["secret"] = (name, username, password) =>
    must(people.apply(manifest("Secret", namespace, name, { type: basicAuth, stringData: { username, password } })));
  const activity = (): number => cluster.writes.length + array.requests().length;

  people.create({ kind: "Namespace", metadata: { name: namespace } });
  secret("login", arrayLogin.user, arrayLogin.password);
  must(people.create(manifest("OntapConnection", namespace, "array", { spec: connectionSpec })));
  let operator = world.start({ name: "operator" });
  const scene: Scene = {
    world,
    operator: () => operator,
    restart() {
      operator.kill();
      operator = world.start({ name: "operator" });
    },
    array,
    secret,
    opaque(name, stringData, labels = {}) {
      const own = Object.fromEntries(Object.entries(labels).map(([label, value]) => [`${apiGroup}/${label}`, value]));
      must(
        people.apply(manifest("Secret", namespace, name, { stringData, metadata: { name, namespace, labels: own } })),
      );
    },
    credential(spec, name = "a") {
      const whole = {
        connectionRef: { name: "array" },
        svm: { name: "svm1" },
        initiator,
        authenticationType: "none",
        ...spec,
      };
      must(people.apply(manifest("IscsiCredential", namespace, name, { spec: whole })));
    },
    connection: (spec) => must(people.edit("OntapConnection", namespace, "array", { spec })),
    connect: (name, spec) =>
      must(people.create(manifest("OntapConnection", namespace, name, { spec: { ...connectionSpec, ...spec } }))),
    edit: (kind, name, patch) => must(people.edit(kind, namespace, name, patch)),
    delete: (kind, name) => must(people.delete(kind, namespace, name)),
    admin: (action) => array.act(action),
    arrayAnswers(...faults) {
      for (const fault of faults) array.addFault(fault);
    },
    async settles() {
      await clock.advanceUntilQuiet(activity, 2000, 60_000);
    },
    later: (ms) => clock.advance(ms),
    ready(kind = "IscsiCredential", name = kind === "IscsiCredential" ? "a" : "array") {
      const object = people.get(kind, namespace, name);
      const { conditions = [] } = (object?.["status"] ?? {}) as { readonly conditions?: readonly Condition[] };
      const ready = conditions.find(({ type }) => type === "Ready");
      return ready === undefined ? "no object" : `${ready.status} ${ready.reason}`;
    },
    status: (name = "a") =>
      people.get("IscsiCredential", namespace, name)?.["status"] as IscsiCredentialStatus | undefined,
    finalizers(kind = "IscsiCredential", name = "a") {
      const object = people.get(kind, namespace, name);
      return object === undefined
        ? "gone"
        : (object.metadata.finalizers ?? []).map((finalizer) => finalizer.replace(`${apiGroup}/`, ""));
    },
    held: (name = initiator) => array.held("svm1", name),
    calls() {
      const all = array.requests();
      const fresh = all.slice(seenRequests);
      seenRequests = all.length;
      return fresh.map(({ method, status = "lost", code }) => [method, status, code].filter(Boolean).join(" "));
    },
    events: (of = "IscsiCredential") =>
      people
        .list("Event", namespace)
        .filter(({ regarding }) => (regarding as { readonly kind: string }).kind === of)
        .map((event) => String(event["reason"])),
  };
  await scene.settles();
  scene.calls();
  return scene;
}
