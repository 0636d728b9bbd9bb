import type { ArrayReply, ArrayRequest, SimulatedArray } from "../model/simulated-array.ts";
import type { OperatorProcess } from "../model/operator.ts";
import { arrayLogin, createModelWorld, manifest, type ModelWorld } from "../model/world.ts";
import { canary, foreignInitiator, namespaces, type Plan } from "./plan.ts";
import type { Declared, Place } from "./step.ts";

/** The world that a run plays in: two arrays, three connections, three namespaces, one or two operators. */
export interface Stage {
  readonly plan: Plan;
  readonly world: ModelWorld;
  readonly arrays: readonly SimulatedArray[];
  /** Requests that asked an array for a change, and what it answered, oldest first. */
  readonly arrayWrites: readonly ArrayWrite[];
  /** All there ever were. */
  readonly operators: readonly OperatorProcess[];
  /** Starts one more process. */
  startOperator(): OperatorProcess;
  /** When anything last went wrong, or was changed by anybody but the operator. */
  disturbedMs: number;
  /** When a connection, a process or the way to an API server or array last had any trouble. */
  troubledMs: number;
  /** Whether an outage, or another thing that ends later, goes on. */
  isTroubled: () => boolean;
  /** Is told of each write when the array has answered it. */
  onArrayWrite: (write: ArrayWrite) => void;
  /** Whether etcd was restored from a backup. */
  wasRestored: boolean;
  /** Namespaces whose grant through `alias` is withdrawn, and since when. */
  readonly withdrawn: Map<string, number>;
  /** The SVMs that held another's credential from the beginning; one that is made again is another one. */
  readonly foreign: { readonly array: SimulatedArray; readonly svm: string }[];
  /** Everything that was ever declared, as it was then. */
  readonly declarations: Declared[];
  readonly trace: string[];
  tell(line: string): void;
}

export interface ArrayWrite {
  /** When it arrived. */
  readonly atMs: number;
  readonly array: number;
  /** The process that asked. */
  readonly who: string;
  readonly request: ArrayRequest;
  /** Undefined if no answer came back. */
  readonly status: number | undefined;
}

/**
 * Where each connection is, and which array that is. The two that lead to the first array are of one trust domain (namespace):
 * across domains no one counts the other's claims, and two objects that want the same initiator would fight for ever.
 */
export const connectionOf: Readonly<
  Record<string, { readonly namespace: string; readonly endpoints: readonly [string, string]; readonly array: number }>
> = {
  shared: { namespace: "storage", endpoints: ["https://a1.example.com", "https://a1-b.example.com"], array: 0 },
  alias: { namespace: "storage", endpoints: ["https://a1-svm.example.com", "https://a1-svm-b.example.com"], array: 0 },
  second: { namespace: "team-c", endpoints: ["https://a2.example.com", "https://a2-b.example.com"], array: 1 },
};

/** `alias` grants its use to namespaces with this label, the others to all. */
export const grantedLabel = { storage: "granted" } as const;

/** Short, so that a run need not last long; it is also how often the array is asked whether it is there. */
export const resyncMs = 60_000;

/** What every SVM holds of someone else. */
export const foreignPair = { user: "foreign", password: "foreign-password" } as const;

/** Resolves when everything is there, and no operator has been started. */
export async function createStage(plan: Plan): Promise<Stage> {
  const world = createModelWorld({ seed: plan.seed, watchLagMs: { from: 1, to: 400 } });
  const { cluster, clock } = world;
  const arrays = [world.addArray(), world.addArray()];
  const arrayWrites: ArrayWrite[] = [];
  const operators: OperatorProcess[] = [];
  const trace: string[] = [];

  const stage: Stage = {
    plan,
    world,
    arrays,
    arrayWrites,
    operators,
    startOperator() {
      const name = `operator-${operators.length + 1}`;
      const operator = world.start({ name, ...(plan.elects ? { leaseNamespace: "storage" } : {}) });
      operators.push(operator);
      return operator;
    },
    disturbedMs: 0,
    troubledMs: 0,
    isTroubled: () => false,
    onArrayWrite: () => {},
    wasRestored: false,
    withdrawn: new Map(),
    foreign: [],
    declarations: [],
    trace,
    tell: (line) => void trace.push(`${(clock.monotonic() / 1000).toFixed(3).padStart(9)}  ${line}`),
  };

  for (const { endpoints, array } of Object.values(connectionOf)) {
    for (const endpoint of endpoints) world.arrays.listen(endpoint, { send: (request) => noted(array, request) });
  }

  async function noted(at: number, request: ArrayRequest): Promise<ArrayReply> {
    const array = arrays[at];
    if (array === undefined) return { kind: "refused" };
    const arrivedMs = clock.monotonic();
    const reply = await array.send(request);
    if (request.verb !== "GET") {
      const who = request.headers["user-agent"] ?? "";
      const status = reply.kind === "answer" ? reply.status : undefined;
      const write = { atMs: arrivedMs, array: at, who, request, status };
      arrayWrites.push(write);
      stage.onArrayWrite(write);
      stage.tell(
        `  ${who} ${request.verb} a${at + 1} ${request.path.split("credentials")[1] ?? ""} ${request.body.slice(0, 300)}: ${status ?? reply.kind}`,
      );
    }
    return reply;
  }

  for (const namespace of ["storage", ...namespaces]) {
    cluster.people.create({ kind: "Namespace", metadata: { name: namespace, labels: grantedLabel } });
  }
  for (const name of Object.keys(connectionOf)) {
    cluster.people.create(loginOf(name, arrayLogin.password));
    cluster.people.create(connectionManifest(name));
  }
  for (const array of arrays) {
    for (const { uuid: svm } of array.svms()) {
      const chap = { authenticationType: "chap", inbound: foreignPair } as const;
      await array.act({ do: "put-credential", svm, initiator: foreignInitiator, ...chap });
      stage.foreign.push({ array, svm });
    }
  }
  return stage;
}

export const loginOf = (connection: string, password: string) =>
  manifest("Secret", connectionOf[connection]?.namespace ?? "", `login-${connection}`, {
    type: "kubernetes.io/basic-auth",
    stringData: { username: arrayLogin.user, password },
  });

/** Anyone who is refused something here is refused by another rule than a grant. */
const everything = {
  svms: ["*"],
  initiators: ["*"],
  defaultInitiator: true,
  authenticationTypes: ["chap", "none", "deny"],
  adoption: "Adopt",
} as const;

export const connectionManifest = (name: string) =>
  manifest("OntapConnection", connectionOf[name]?.namespace ?? "", name, {
    spec: {
      endpoint: connectionOf[name]?.endpoints[0],
      auth: { basic: { secretRef: { name: `login-${name}` } } },
      grants: [
        { ...everything, namespaces: name === "alias" ? { selector: { matchLabels: grantedLabel } } : { from: "All" } },
      ],
      resyncInterval: `${resyncMs / 1000}s`,
      limits: { requestTimeout: "5s" },
    },
  });

/** The type of Secret that kubelet reads, with the type's own keys, serves the array too. */
export const passwordKey = "node.session.auth.password";

/** No two objects declare the same user: what an array holds tells whose it is. */
export const userOf = ({ namespace, name }: Place): string => `user-${namespace}-${name}`;

const secretNameOf = ({ name }: Place): string => `chap-${name}`;

export const secretOf = (place: Place, password: string) =>
  manifest("Secret", place.namespace, secretNameOf(place), {
    type: "kubernetes.io/iscsi-chap",
    stringData: {
      "node.session.auth.username": userOf(place),
      [passwordKey]: password,
      "node.session.auth.username_in": `array-${place.name}`,
      "node.session.auth.password_in": `${password}-back`,
    },
  });

/** The object that a tenant declares. */
export function credentialManifest(place: Place, declared: Declared) {
  const { connection, svm, authenticationType, mutual, addresses, ...rest } = declared;
  const secretRef = { name: secretNameOf(place) };
  const isDefault = rest.initiator === "default";
  return manifest("IscsiCredential", place.namespace, place.name, {
    spec: {
      ...rest,
      connectionRef: { name: connection, namespace: connectionOf[connection]?.namespace },
      svm: { name: svm },
      authenticationType,
      ...(authenticationType === "chap"
        ? { chap: { inbound: { secretRef }, ...(mutual ? { outbound: { secretRef } } : {}) } }
        : {}),
      ...(addresses && !isDefault ? { initiatorAddress: { ranges: [{ start: "10.0.0.1", end: "10.0.0.9" }] } } : {}),
    },
  });
}

/** Whether a text shows a password of the run. */
export const showsSecret = (text: string): boolean => text.includes(canary) || text.includes(arrayLogin.password);
