import type { Condition } from "../../src/api/fields.ts";
import type { IscsiCredentialSpec, IscsiCredentialStatus } from "../../src/api/iscsi-credential.ts";
import type { OntapConnectionStatus } from "../../src/api/ontap-connection.ts";
import type { KubeRequest } from "../../src/kube/transport.ts";
import type { KubeObject } from "../model/kubernetes/object.ts";
import { foreignInitiator } from "./plan.ts";
import { connectionOf, foreignPair, passwordKey, resyncMs, showsSecret, userOf, type Stage } from "./stage.ts";
import type { Place } from "./step.ts";

/** What must hold, and what was seen instead. Everything is judged by what the array and the API server show. */
export interface Violation {
  readonly invariant: keyof typeof invariants;
  readonly seen: string;
}

export const invariants = {
  "one-writer": "Once another process has written, the one before it never writes again.",
  "ready-is-true":
    "Ready=True means that the array holds it, unless something changed within the last resync and pass.",
  "quiet-when-settled": "When everything is as declared, nothing is written to either side.",
  "deletes-own": "What was there before, and an object refused to take over, is neither changed nor deleted.",
  "leaves-nothing":
    "What an object with deletionPolicy Delete has written is gone when the object is, or is told to stay.",
  "no-gap": "An initiator that goes from one object to another is never without a credential in between.",
  "grants-count": "Nothing is written for an object whose grant was withdrawn.",
  "no-secret": "No password shows in a log line, a status, an Event or a path.",
  "no-defect": "No pass throws or spins, and no request is made that the array calls impossible.",
  liveness: "When everything works again, each object comes to be as declared, or says why a person has to act.",
} as const;

/** A write that was on its way when its sender died arrives a little later. */
const underWayMs = 100;

/** Of the whole life so far. */
export function twoWriters({ world, arrayWrites }: Stage): readonly Violation[] {
  const ofCluster = world.cluster.writes.filter(({ who }) => who.startsWith("operator-") && !who.endsWith("(lease)"));
  const writes = [...ofCluster, ...arrayWrites].toSorted((a, b) => a.atMs - b.atMs);
  const lastOf = new Map<string, number>();
  const firstOf = new Map<string, number>();
  for (const { who, atMs } of writes) {
    lastOf.set(who, atMs);
    if (!firstOf.has(who)) firstOf.set(who, atMs);
  }
  const order = [...firstOf.keys()];
  return order.flatMap((who, at) => {
    const next = order[at + 1];
    const overlapMs = next === undefined ? 0 : (lastOf.get(who) ?? 0) - (firstOf.get(next) ?? 0);
    const seen = `${who} writes ${Math.round(overlapMs)} ms after ${next ?? ""} has begun to`;
    return overlapMs > underWayMs ? [{ invariant: "one-writer", seen } as const] : [];
  });
}

export function defects({ operators }: Stage): readonly Violation[] {
  return operators
    .filter((operator) => operator.defects() > 0 || operator.spins())
    .map((operator) => {
      const { name, logLines } = operator;
      const last = logLines.at(-1) ?? "";
      const seen = operator.spins() ? `spins: ${last}` : (logLines.find((line) => / error /.test(line)) ?? "a defect");
      return { invariant: "no-defect", seen: `${name}: ${seen}` };
    });
}

/** Only objects that refuse to take it over name this credential. */
export function touchedForeign({ foreign }: Stage): readonly Violation[] {
  return foreign.flatMap(({ array, svm: uuid }) => {
    const svm = array.svms().find((each) => each.uuid === uuid);
    const held = svm?.credentials.get(foreignInitiator);
    const untouched = held?.authenticationType === "chap" && held.chap.inbound?.password === foreignPair.password;
    const seen = `${svm?.name ?? ""} holds ${held?.authenticationType ?? "nothing"} for ${foreignInitiator}`;
    return svm === undefined || untouched ? [] : [{ invariant: "deletes-own", seen } as const];
  });
}

/** To be asked in the end: what is held of objects that are gone and never asked to leave anything. */
export function leftBehind(stage: Stage): readonly Violation[] {
  const { world, arrays, declarations } = stage;
  const specs = world.cluster.people.list("IscsiCredential").map((object) => object["spec"] as IscsiCredentialSpec);
  return arrays.flatMap((array, at) =>
    array.credentials().flatMap(({ svm, svmUuid, initiator, chap }) => {
      const isHere = (connection: string, name: string | undefined, of: string): boolean =>
        connectionOf[connection]?.array === at && name === svm && of === initiator;
      const isDeclared = specs.some((spec) => isHere(spec.connectionRef.name, spec.svm.name, spec.initiator));
      const mayStay = declarations
        .filter((each) => isHere(each.connection, each.svm, each.initiator))
        .some(({ deletionPolicy, mode }) => deletionPolicy !== "Delete" || mode !== "Enforce");
      const user = chap.inbound?.user ?? "";
      const seen = `a${at + 1} still holds ${initiator} on ${svm} for ${user}`;
      const isOurs = user.startsWith("user-") && !diedUntold(stage, user, svmUuid);
      const isTold = tellsWhatStays(stage, svmUuid, initiator);
      return isOurs && !isDeclared && !mayStay && !isTold ? [{ invariant: "leaves-nothing", seen } as const] : [];
    }),
  );
}

/** Whether a connection's status, or an Event of the object, tells that a credential stays: of a deletion that no grant allows. */
function tellsWhatStays({ world }: Stage, svmUuid: string, initiator: string): boolean {
  const { people } = world.cluster;
  const ofConnections = people.list("OntapConnection").flatMap((object) => {
    const { leftBehind } = (object["status"] ?? {}) as OntapConnectionStatus;
    return leftBehind?.newest ?? [];
  });
  return (
    ofConnections.some((entry) => entry.svm.uuid === svmUuid && entry.initiator === initiator) ||
    people.list("Event").some(({ reason, note }) => reason === "LeftBehind" && String(note).includes(initiator))
  );
}

/**
 * Whether the process that wrote a credential died before the status of its object told of it. Then nothing proves that the
 * object wrote it (the finalizer does not: anyone can set it), and a deletion leaves it there, as authority asks for.
 */
function diedUntold({ world, arrayWrites, operators }: Stage, user: string, svmUuid: string): boolean {
  const writer = arrayWrites.findLast(({ request }) => request.body.includes(JSON.stringify(user)))?.who;
  const isDead = operators.some((operator) => operator.name === writer && !operator.alive());
  return isDead && !world.cluster.writes.some((write) => write.status === 200 && tells(write.request, user, svmUuid));
}

/** Whether a request writes a status that says that the array accepted this user of the object on this SVM. */
function tells({ body }: KubeRequest, user: string, svmUuid: string): boolean {
  const values = Array.isArray(body) ? (body as readonly { readonly value?: unknown }[]).map(({ value }) => value) : [];
  return values.some((value) => {
    const { applied } = (value ?? {}) as IscsiCredentialStatus;
    return applied?.inboundUser === user && applied.svm.uuid === svmUuid;
  });
}

export const readyOf = (object: KubeObject): Condition | undefined => {
  const { conditions = [] } = (object["status"] ?? {}) as { readonly conditions?: readonly Condition[] };
  return conditions.find(({ type }) => type === "Ready");
};

const observedGenerationOf = (object: KubeObject): unknown =>
  (object["status"] as { readonly observedGeneration?: number } | undefined)?.observedGeneration;

export const titleOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;

/** Whether it is long ago that anything was changed or broken. */
const isCalm = ({ world, disturbedMs }: Stage): boolean =>
  world.clock.monotonic() - disturbedMs > 2 * resyncMs + 10_000;

/** To be asked in the calm: objects that say what is not so. */
export function falselyReady(stage: Stage): readonly Violation[] {
  if (!isCalm(stage)) return [];
  const { people } = stage.world.cluster;
  return people.list("IscsiCredential").flatMap((object) => {
    const spec = object["spec"] as IscsiCredentialSpec;
    const ready = readyOf(object);
    const { namespace = "" } = connectionOf[spec.connectionRef.name] ?? {};
    const connection = people.get("OntapConnection", namespace, spec.connectionRef.name);
    const reachable = connection !== undefined && readyOf(connection)?.status === "True";
    const claims = ready?.status === "True" && observedGenerationOf(object) === object.metadata.generation;
    const isLive = object.metadata.deletionTimestamp === undefined && !spec.suspend && spec.mode === "Enforce";
    if (!claims || !isLive || !reachable) return [];
    const wrong = differenceOf(stage, object, spec);
    return wrong === undefined
      ? []
      : [{ invariant: "ready-is-true", seen: `${titleOf(object)} is True ${ready.reason}, and ${wrong}` } as const];
  });
}

/** How the array differs from what an object declares; undefined if it does not. */
function differenceOf(stage: Stage, { metadata }: KubeObject, spec: IscsiCredentialSpec): string | undefined {
  const { array = 0 } = connectionOf[spec.connectionRef.name] ?? {};
  const held = stage.arrays[array]?.held(spec.svm.name ?? "", spec.initiator);
  if (held === undefined) return "the array holds nothing";
  if (held.authenticationType !== spec.authenticationType) return `the array holds ${held.authenticationType}`;
  if (spec.initiatorAddress !== undefined && held.addresses.length !== 1) return "the array holds other addresses";
  if (spec.chap === undefined) return undefined;
  const { inbound, outbound } = held.chap;
  if (inbound?.user !== userOf(placeOf(metadata))) return `the array holds user ${inbound?.user ?? "none"}`;
  if ((outbound !== undefined) !== (spec.chap.outbound !== undefined)) return "the array holds another outbound pair";
  const password = passwordIn(stage, metadata.namespace ?? "", spec.chap.inbound.secretRef.name);
  if (password === undefined || knowsNoRewind(stage)) return undefined;
  const same = inbound.password === password && (outbound === undefined || outbound.password === `${password}-back`);
  return same ? undefined : `the array holds another password than the Secret`;
}

/**
 * Restored Secrets have the versions that restored statuses name. Only a process that saw newer ones knows that the array may hold
 * other passwords, which are write-only: one that began later believes what it reads.
 */
const knowsNoRewind = ({ wasRestored, plan, operators }: Stage): boolean =>
  wasRestored && (plan.elects || operators.some((operator) => !operator.alive()));

const placeOf = ({ namespace = "", name }: KubeObject["metadata"]): Place => ({ namespace, name });

function passwordIn({ world }: Stage, namespace: string, name: string): string | undefined {
  const data = world.cluster.people.get("Secret", namespace, name)?.["data"] as Record<string, string> | undefined;
  const password = data?.[passwordKey];
  return password === undefined ? undefined : Buffer.from(password, "base64").toString();
}

/** To be asked when everything has worked again for long: what is not as declared, and does not say why for good. */
export function unfinished(stage: Stage): readonly Violation[] {
  const { people } = stage.world.cluster;
  const late = (seen: string): Violation => ({ invariant: "liveness", seen });
  const connections = people.list("OntapConnection").flatMap((object) => {
    const ready = readyOf(object);
    // One that was deleted while credentials need it waits for them to go.
    const waits = object.metadata.deletionTimestamp !== undefined && ready?.reason === "InUse";
    return ready?.status === "True" || waits
      ? []
      : [late(`connection ${titleOf(object)} is ${ready?.status} ${ready?.reason}`)];
  });
  const objects = people.list("IscsiCredential");
  const credentials = objects.flatMap((object) => {
    const ready = readyOf(object);
    const spec = object["spec"] as IscsiCredentialSpec;
    const title = titleOf(object);
    if (object.metadata.deletionTimestamp !== undefined)
      return [late(`${title} is deleted and still there: ${ready?.reason}`)];
    if (observedGenerationOf(object) !== object.metadata.generation)
      return [late(`${title}: its generation was not seen`)];
    const rivals = objects.filter(
      (other) => other !== object && isSamePlace(spec, other["spec"] as IscsiCredentialSpec),
    );
    if (ready?.reason === "Conflicted" && rivals.length > 0) return [];
    if (ready?.reason === "AlreadyExists" && spec.adoptionPolicy === "Refuse") return [];
    if (ready?.status !== "True") return [late(`${title} is ${ready?.status} ${ready?.reason}`)];
    const wrong = differenceOf(stage, object, spec);
    return wrong === undefined ? [] : [late(`${title} is True ${ready.reason}, and ${wrong}`)];
  });
  const queued = stage.operators
    .filter((operator) => operator.alive() && operator.leads())
    .flatMap((operator) => operator.observe().controllers)
    .filter(({ depth }) => depth > 0)
    .map(({ name, depth }) => late(`${depth} of ${name} wait in the queue`));
  return [...connections, ...credentials, ...queued];
}

export function isSamePlace(a: IscsiCredentialSpec, b: IscsiCredentialSpec): boolean {
  const arrayOf = ({ connectionRef }: IscsiCredentialSpec) => connectionOf[connectionRef.name]?.array;
  return arrayOf(a) === arrayOf(b) && a.svm.name === b.svm.name && a.initiator === b.initiator;
}

/** How many writes of operators there have been, the Lease's renewals aside. */
export function writesOf({ world, arrayWrites }: Stage): readonly string[] {
  const ofCluster = world.cluster.writes
    .filter(({ who }) => who.startsWith("operator-") && !who.endsWith("(lease)"))
    .map(({ request }) => `${request.method} ${request.path}`);
  return [...ofCluster, ...arrayWrites.map(({ request }) => `${request.verb} ${request.path}`)];
}

/** Everything that people and programs can read. */
export function shownSecrets({ world, operators }: Stage): readonly Violation[] {
  const { people } = world.cluster;
  const objects = ["IscsiCredential", "OntapConnection", "Event"].flatMap((kind) => people.list(kind));
  const sinks = [
    ...objects.map((object) => [titleOf(object), JSON.stringify(object)] as const),
    ...operators.flatMap(({ name, logLines }) => logLines.map((line) => [`log of ${name}`, line] as const)),
  ];
  return sinks
    .filter(([, text]) => showsSecret(text))
    .map(([where, text]) => ({ invariant: "no-secret", seen: `${where}: ${text.slice(0, 300)}` }));
}
