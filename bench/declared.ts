import type { StoredCredential } from "../src/simulator/control/side-door.ts";
import type { KubeObject } from "../tools/harness/cluster.ts";

/**
 * What was declared for one credential, as versions that only grow: its passwords and its address carry theirs, so that the
 * array shows how far it has come. An initiator is never used again after its deletion.
 */
export interface Declared {
  readonly id: number;
  readonly namespace: string;
  readonly name: string;
  /** SVMs of all arrays have different names. */
  readonly svm: string;
  readonly initiator: string;
  readonly secret: number;
  readonly addresses: number;
  readonly deleted: boolean;
}

type Direction = "inbound" | "outbound";

/** What every password begins with, so that a leak of any can be found. */
export const passwordMark = "Xq7kZw";

/** Sixteen characters, which every host takes. */
export const passwordOf = ({ id, secret }: Pick<Declared, "id" | "secret">, direction: Direction): string =>
  `${passwordMark}${direction[0]}${inBase36(id, 4)}${inBase36(secret, 5)}`;

export const userOf = ({ name }: Pick<Declared, "name">, direction: Direction): string => `${name}-${direction}`;

export const addressOf = (version: number): string =>
  `10.${(version >> 16) & 255}.${(version >> 8) & 255}.${version & 255}`;

const inBase36 = (value: number, digits: number): string => value.toString(36).padStart(digits, "0");

/**
 * In what the arrays are not as declared; empty when they are. `exactly` is for when nobody changes anything; `at least` lets
 * newer versions pass, and credentials that are not known yet. Names versions, never passwords.
 */
export function differences(
  declared: readonly Declared[],
  stored: readonly StoredCredential[],
  how: "exactly" | "at least",
): readonly string[] {
  const held = new Map(stored.map((credential) => [`${credential.svm}/${credential.initiator}`, credential]));
  const reached = (version: number, wanted: number): boolean =>
    how === "exactly" ? version === wanted : version >= wanted;
  const wrong = declared.flatMap((one) => {
    const key = `${one.svm}/${one.initiator}`;
    const found = held.get(key);
    held.delete(key);
    if (one.deleted) return found === undefined ? [] : [`${key} is still there`];
    if (found === undefined) return [`${key} is absent`];
    const inbound = versionIn(found, one, "inbound");
    const outbound = versionIn(found, one, "outbound");
    const addresses = addressVersionIn(found);
    if (reached(inbound, one.secret) && outbound === inbound && reached(addresses, one.addresses)) return [];
    return [`${key} has ${inbound}/${outbound}/${addresses} instead of ${one.secret}/${one.secret}/${one.addresses}`];
  });
  const unknown = [...held.values()].filter(({ initiator }) => initiator !== "default");
  const surplus = how === "exactly" ? unknown.map(({ svm, initiator }) => `${svm}/${initiator} is nobody's`) : [];
  return [...wrong, ...surplus];
}

/** -1 for what nobody declared. */
function versionIn(found: StoredCredential, declared: Declared, direction: Direction): number {
  const { user, password } = found[direction] ?? { user: "", password: "" };
  const version = Number.parseInt(password.slice(-5), 36);
  const expected = passwordOf({ ...declared, secret: version }, direction);
  return user === userOf(declared, direction) && password === expected ? version : -1;
}

function addressVersionIn({ addresses }: StoredCredential): number {
  const ranges = (addresses?.["ranges"] ?? []) as readonly { readonly start: string; readonly end: string }[];
  const [range] = ranges;
  if (ranges.length !== 1 || range === undefined || range.start !== range.end) return -1;
  return range.start
    .split(".")
    .slice(1)
    .reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

/** The objects that are not as they must be when all is applied: there, Ready and up to date; or gone. */
export function unsettledObjects(declared: readonly Declared[], objects: readonly KubeObject[]): readonly string[] {
  const rest = new Map(objects.map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]));
  const wrong = declared.flatMap((one) => {
    const key = `${one.namespace}/${one.name}`;
    const object = rest.get(key);
    rest.delete(key);
    if (one.deleted) return object === undefined ? [] : [`${key} is still an object: ${readyIn(object)}`];
    if (object === undefined) return [`${key} is no object`];
    return readyIn(object) === "True Applied" ? [] : [`${key} shows ${readyIn(object)}`];
  });
  return [...wrong, ...[...rest.keys()].map((key) => `${key} was never declared`)];
}

function readyIn({ metadata, status }: KubeObject): string {
  const { conditions, observedGeneration } = (status ?? {}) as {
    readonly observedGeneration?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
  const ready = conditions?.find(({ type }) => type === "Ready");
  const late = observedGeneration === metadata.generation ? "" : " of an older generation";
  return `${ready?.status} ${ready?.reason}${late}`;
}
