import type { KubeObject } from "../../../tools/harness/cluster.ts";
import type { CredentialStatus, Place } from "../harness.ts";

/** What a scenario leaves in the world, without what two runs of it cannot have in common: times, uids, names of places. */
export interface EndState {
  /** What the array has stored, secrets included. */
  readonly array: readonly unknown[];
  /** Spec, finalizers and status of every object of ours. */
  readonly objects: readonly unknown[];
}

export async function endStateOf(place: Place): Promise<EndState> {
  const { cluster, namespace, array } = place;
  const current = await currentVersions(place);
  const objects = [
    ...(await cluster.list("ontapconnections", namespace)),
    ...(await cluster.list("iscsicredentials", namespace)),
  ];
  const stored = await array.sideDoor.credentials();
  const end = timeless({ array: stored, objects: objects.map((object) => essenceOf(object, current)) });
  return JSON.parse(alike(JSON.stringify(end), place)) as EndState;
}

/** Of the place's Secrets, by name. */
type CurrentVersions = ReadonlyMap<string, string | undefined>;

async function currentVersions({ cluster, namespace }: Place): Promise<CurrentVersions> {
  const secrets = await cluster.list("secrets", namespace);
  return new Map(secrets.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
}

function essenceOf({ kind, metadata, spec, status }: KubeObject, current: CurrentVersions) {
  const { name, finalizers, deletionTimestamp } = metadata;
  return {
    kind,
    name,
    finalizers,
    deleted: deletionTimestamp !== undefined,
    spec,
    status: JSON.parse(JSON.stringify(status ?? null), (key, value: unknown) =>
      versionless(key, value, current),
    ) as unknown,
  };
}

/** A Secret's version tells nothing by itself; whether it is the current one does. */
function versionless(key: string, value: unknown, current: CurrentVersions): unknown {
  if (key === "history") return verdictsOf(value as History);
  if (typeof value !== "object" || value === null || !("resourceVersion" in value) || !("name" in value)) return value;
  const { name, resourceVersion } = value;
  return { name, carries: current.get(String(name)) === resourceVersion ? "current values" : "old values" };
}

type History = NonNullable<CredentialStatus["history"]>;

/** The verdicts in their order. Which write brought one about may differ: that of the process that ended may be repeated, or seen to be done. */
const verdictsOf = (history: History): readonly string[] =>
  history
    .map(({ ready, reason, generation }) => `${ready} ${reason} ${generation}`)
    .filter((verdict, at, all) => verdict !== all[at - 1]);

const ageOf = (version: string, current: CurrentVersions): string =>
  [...current.values()].includes(version) ? "current" : "old";

/** What two runs cannot have in common. */
const passing = new Set([
  "time",
  "lastTransitionTime",
  "lastProbeTime",
  "since",
  "uid",
  "resourceVersion",
  "inboundSecretVersion",
  "outboundSecretVersion",
  "caBundle",
]);

export const timeless = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value), (key, inner: unknown) => (passing.has(key) ? undefined : inner)) as T;

/** The same text in every run of a scenario. */
export const alike = (text: string, { namespace, array }: Place): string =>
  text
    .replaceAll(namespace, "PLACE")
    .replaceAll(array.url, "URL")
    .replaceAll(new URL(array.url).host, "HOST")
    .replaceAll(/\(resourceVersion \d+\)/g, "(resourceVersion OLD OR NEW)");

/** Every Event that people see, as often as they are told of it. */
export async function eventsOf(place: Place): Promise<readonly string[]> {
  const current = await currentVersions(place);
  const events = await place.cluster.list("events", place.namespace);
  return events.flatMap(({ regarding, reason, note, series }) => {
    const { kind, name } = regarding as { readonly kind: string; readonly name: string };
    const { count } = (series ?? { count: 1 }) as { readonly count: number };
    const versionlessNote = String(note).replaceAll(/(?<=resourceVersion )\d+/g, (version) => ageOf(version, current));
    const text = alike(`${kind} ${name}: ${String(reason)}: ${versionlessNote}`, place);
    return Array.from({ length: count }, () => text);
  });
}
