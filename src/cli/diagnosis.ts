import type { IscsiCredential, OntapConnection } from "../api/parse.ts";
import { readyOf } from "../api/verdict.ts";
import { isHeld, type ListedLease } from "./lease-namespace.ts";

/** What `doctor` has read. */
export interface ClusterFacts {
  readonly nowMs: number;
  /** Of the API server. */
  readonly version: string;
  readonly missingKinds: readonly string[];
  /** Those with a name of ours, held or not. */
  readonly leases: readonly ListedLease[];
  readonly connections: readonly OntapConnection[];
  readonly credentials: readonly IscsiCredential[];
}

/** One thing that was looked at. */
export interface Finding {
  readonly wrong: boolean;
  readonly what: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** From the ground up: what is missing below makes what is above wrong. */
export function diagnose(facts: ClusterFacts): readonly Finding[] {
  const { missingKinds, version } = facts;
  return [
    { wrong: false, what: `the API server answers, Kubernetes ${version}` },
    missingKinds.length === 0
      ? { wrong: false, what: "the definitions are installed" }
      : { wrong: true, what: `no definition of ${missingKinds.join(", ")}`, fix: "kubectl apply -k crds" },
    ...operators(facts),
    ...facts.connections.flatMap((connection) => problemOf("OntapConnection", connection)),
    { wrong: false, what: `OntapConnections: ${tallyOf(facts.connections)}` },
    ...facts.credentials.flatMap((credential) => problemOf("IscsiCredential", credential)).slice(0, mostListed),
    { wrong: false, what: `IscsiCredentials: ${tallyOf(facts.credentials)}` },
  ];
}

/** A cluster with a broken array has thousands of one kind: the tally tells of the rest. */
const mostListed = 20;

function operators({ leases, nowMs }: ClusterFacts): readonly Finding[] {
  const held = leases.filter((lease) => isHeld(lease, nowMs));
  const twice = held.find(({ name }, index) => held.findIndex((other) => other.name === name) !== index);
  const running = held.map(({ namespace, name, holder }) => ({
    wrong: false,
    what: `an operator leads: Lease ${namespace}/${name}, held by ${holder.split("_")[0] ?? ""}`,
  }));
  if (held.length === 0) {
    const fix = "see that its pod runs and what it logs: kubectl get pods -n ontap-iscsi-operator";
    return [{ wrong: true, what: "no operator leads: no Lease of its name has been renewed in five minutes", fix }];
  }
  if (twice === undefined) return running;
  const fix = "keep one; if both are meant, give each its own --namespaces, or a shard";
  return [...running, { wrong: true, what: `Lease ${twice.name} is held in two namespaces: two operators write`, fix }];
}

function problemOf(kind: string, { key, meta, status }: IscsiCredential | OntapConnection): readonly Finding[] {
  const ready = readyOf(status?.conditions);
  const what = `${kind} ${key}`;
  if (meta.deletionTimestamp !== undefined) {
    return [{ wrong: true, what: `${what} has been deleted and is still there: ${ready.reason}`, fix: ready.message }];
  }
  if ((status?.observedGeneration ?? 0) < meta.generation) {
    return [{ wrong: true, what: `${what} was changed, and no operator has looked at it since` }];
  }
  return ready.status === "True"
    ? []
    : [{ wrong: true, what: `${what} is not Ready: ${ready.reason}`, fix: ready.message }];
}

/** `3 Applied, 1 Conflicted`, most first. */
function tallyOf(objects: readonly (IscsiCredential | OntapConnection)[]): string {
  const counts = new Map<string, number>();
  for (const { status } of objects) {
    const { reason } = readyOf(status?.conditions);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const tally = [...counts].toSorted(([, a], [, b]) => b - a).map(([reason, count]) => `${count} ${reason}`);
  return tally.length === 0 ? "none" : tally.join(", ");
}
