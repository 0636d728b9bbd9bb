import { adoptUntilAnnotation, millisecondsOf, time } from "../api/fields.ts";
import type { DeletionPolicy, Grant } from "../api/grants.ts";
import type { OntapConnection } from "../api/parse.ts";
import { emptyAddresses, isSubset, union, type AddressMerge, type AddressSet } from "../array/address-set.ts";
import type { AuthenticationType } from "../array/credential.ts";
import { defaultInitiator, uuidPattern, type InitiatorName, type SvmUuid } from "../array/identifiers.ts";
import { parseCidr } from "../std/ip.ts";
import { asksNameOnly, labelsByName, matchesLabels, type Labels } from "../std/label-selector.ts";
import { err, ok, type Result } from "../std/result.ts";
import { coversInitiator } from "./initiator-pattern.ts";
import type { Limit } from "./limits.ts";

/** What is about to be done for one object. */
export type Operation =
  /** Any read of the array for a live object. */
  | { readonly kind: "read" }
  /** A write for a live object; `foreign` if the array holds the credential and not by this object's own doing. */
  | {
      readonly kind: "create" | "change" | "adopt" | "reassert" | "rotate" | "hand-over";
      readonly foreign: boolean;
    }
  /** The reads that a deletion begins with, before it is known what it would leave. */
  | { readonly kind: "read-before-deletion" }
  | {
      readonly kind: "delete";
      readonly policy: DeletionPolicy;
      /** The array held the credential before this object. */
      readonly adopted: boolean;
      /** Type of the SVM's `default`, read just before; `unknown` if it could not be read. */
      readonly fallback: AuthenticationType | "unknown";
    };

/** What an object asks for, as far as a grant can limit it. */
export interface Wish {
  readonly operation: Operation;
  /**
   * The SVM with its present name. `not-seen`: complete lists do not show it. `not-known`: no list has been read yet, and
   * the answer only tells whether it is worth waiting for one.
   */
  readonly svm: { readonly uuid: SvmUuid; readonly name: string | undefined } | "not-seen" | "not-known";
  readonly initiator: InitiatorName;
  readonly type: AuthenticationType;
  /** Whether an outbound pair is declared. */
  readonly mutual: boolean;
  /** Undefined if addresses are not managed. */
  readonly addresses: { readonly merge: AddressMerge; readonly set: AddressSet } | undefined;
  /** The object's own `adoptionPolicy`. */
  readonly adoptionPolicy: "Adopt" | "Refuse";
  /** Its place among the objects of its namespace, as `rankOf` counts; `unknown` while not all of them have been read. */
  readonly rank: { readonly holds: boolean; readonly before: number } | "unknown";
}

/**
 * What is known of the labels of a namespace. `name-only`: the operator reads no namespaces (--namespaces), so it knows what the
 * name tells and cannot learn more. Undefined: they have not been read yet.
 */
export type NamespaceLabels = Labels | "name-only" | undefined;

/** What holds for an object that is granted what it asks for. */
export interface Terms {
  /** What happens to a credential that the array held before, and whose word that is. */
  readonly adoption:
    | { readonly policy: "Adopt"; readonly by: "object" | "adopt-until" }
    | { readonly policy: "Refuse"; readonly by: "object" | "grant" };
  /** The deletion policies that may be carried out. */
  readonly deletion: readonly DeletionPolicy[];
  /** Resync and reassert happen at most this often; a shorter interval is raised to it. */
  readonly leastIntervalMs: number;
  readonly mutualChap: "Optional" | "Required";
  /** Every declared address must be inside; undefined if any address may be declared. */
  readonly addresses: AddressSet | undefined;
}

/**
 * Whether a connection lets an object of `namespace` do what it asks for, and on which terms. The connection's own
 * namespace may do everything; any other one only what one single grant allows in full. Pure, and the only place that
 * knows grants: it stands before every request that is made for one object.
 *
 * `connection` is undefined if it does not exist, and `unknown` while not all connections have been read. `labels` are
 * those of the namespace: selectors match nothing as long as those that they ask for are not known.
 */
export function permits(
  connection: OntapConnection | "unknown" | undefined,
  namespace: string,
  labels: NamespaceLabels,
  wish: Wish,
  nowMs: number,
): Result<Terms, Limit> {
  if (isRetain(wish.operation)) return ok(retainTerms);
  if (connection === "unknown") return err("unknown");
  if (connection === undefined) return err(uncoveredBy(labels));
  const own = connection.meta.namespace === namespace;
  if (!connection.spec.ok) return err(own ? "unknown" : uncoveredBy(labels));
  const lifted = isAdoptionLifted(connection, nowMs);
  if (own) return ok(ownTerms(wish, lifted));
  const { grants, resyncInterval } = connection.spec.value;
  const leastIntervalMs = millisecondsOf(resyncInterval);
  let nearest: Limit | undefined;
  for (const grant of grants) {
    const limit = limitOf(grant, namespace, labels, wish, lifted);
    if (limit === undefined) return ok(termsOf(grant, wish, lifted, leastIntervalMs));
    if (nearest === undefined || checks.indexOf(limit) > checks.indexOf(nearest)) nearest = limit;
  }
  return err(nearest ?? uncoveredBy(labels));
}

/** Why no grant is for a namespace. The words are the same for a selector that cannot be judged and for what is not there at all. */
const uncoveredBy = (labels: NamespaceLabels): Limit => (labels === "name-only" ? "name" : "namespace");

/**
 * The order in which a grant is asked. Of several grants, the one that gets furthest says what stands in the way; one
 * that cannot be judged yet may turn out to allow everything.
 */
const checks: readonly Limit[] = [
  "namespace",
  "name",
  "svm",
  "initiator",
  "default",
  "type",
  "mutual",
  "addresses",
  "adoption",
  "deletion",
  "deletion-of-adopted",
  "deletion-opens",
  "quota",
  "unknown",
];

/** The first limit of a grant that the wish does not keep; undefined if it keeps all. */
function limitOf(
  grant: Grant,
  namespace: string,
  labels: NamespaceLabels,
  wish: Wish,
  lifted: boolean,
): Limit | undefined {
  const isFor = coversNamespace(grant, namespace, labels);
  if (isFor !== true) return isFor === "unknown" ? "unknown" : uncoveredBy(labels);
  if (!coversSvm(grant, wish.svm)) return "svm";
  if (wish.initiator === defaultInitiator) {
    if (!grant.defaultInitiator) return "default";
  } else if (!grant.initiators.some((pattern) => coversInitiator(pattern, namespace, wish.initiator))) {
    return "initiator";
  }
  switch (wish.operation.kind) {
    case "read-before-deletion":
      return undefined;
    case "delete":
      return deletionLimit(grant, wish.operation);
    default:
      return declarationLimit(grant, wish) ?? adoptionLimit(grant, wish, lifted) ?? quotaLimit(grant, wish);
  }
}

function coversNamespace({ namespaces }: Grant, namespace: string, labels: NamespaceLabels): boolean | "unknown" {
  if (namespaces.from === "All") return true;
  if (namespaces.names !== undefined) return namespaces.names.includes(namespace);
  if (namespaces.selector === undefined) return false;
  if (labels !== "name-only") return labels === undefined ? "unknown" : matchesLabels(namespaces.selector, labels);
  return asksNameOnly(namespaces.selector) && matchesLabels(namespaces.selector, labelsByName(namespace));
}

function coversSvm({ svms }: Grant, svm: Wish["svm"]): boolean {
  if (svm === "not-known") return true;
  if (svm === "not-seen") return false;
  // An SVM may bear a name that looks like the UUID of another one.
  return svms.some((entry) =>
    uuidPattern.test(entry) ? entry.toLowerCase() === svm.uuid : entry === "*" || entry === svm.name,
  );
}

/** Limits on what is declared: type, mutual CHAP, addresses. */
function declarationLimit(grant: Grant, { type, mutual, addresses }: Wish): Limit | undefined {
  if (!grant.authenticationTypes.includes(type)) return "type";
  if (type !== "chap") return undefined;
  if (grant.mutualChap === "Required" && !mutual) return "mutual";
  const within = networksOf(grant);
  if (within === undefined) return undefined;
  // ONTAP has no addresses for `default`: chap for it would let in from anywhere, which this grant excludes.
  const inside = addresses?.merge === "replace" && addresses.set.ranges.length > 0 && isSubset(addresses.set, within);
  return inside ? undefined : "addresses";
}

/** ONTAP always has a `default`, so granting it includes taking it over. */
function adoptionLimit(grant: Grant, { operation, initiator }: Wish, lifted: boolean): Limit | undefined {
  const foreign = "foreign" in operation && operation.foreign && initiator !== defaultInitiator;
  return foreign && grant.adoption === "Refuse" && !lifted ? "adoption" : undefined;
}

/** Who holds a credential keeps it above a lowered quota; only new ones are refused. */
function quotaLimit({ maxCredentials }: Grant, { rank }: Wish): Limit | undefined {
  if (maxCredentials === undefined) return undefined;
  if (rank === "unknown") return "unknown";
  return rank.holds || rank.before < maxCredentials ? undefined : "quota";
}

function deletionLimit(
  grant: Grant,
  { policy, adopted, fallback }: Extract<Operation, { kind: "delete" }>,
): Limit | undefined {
  if (!allowedDeletion(grant).includes(policy)) return "deletion";
  if (policy !== "Delete" || grant.authenticationTypes.includes("none")) return undefined;
  if (adopted) return "deletion-of-adopted";
  return fallback === "none" || fallback === "unknown" ? "deletion-opens" : undefined;
}

/** Retain writes nothing and is always allowed; Deny writes type deny, which has to be allowed too. */
function allowedDeletion({ deletion, authenticationTypes }: Grant): readonly DeletionPolicy[] {
  return (["Delete", "Deny", "Retain"] as const).filter(
    (policy) =>
      policy === "Retain" ||
      (deletion.includes(policy) && (policy === "Delete" || authenticationTypes.includes("deny"))),
  );
}

const isRetain = (operation: Operation): boolean => operation.kind === "delete" && operation.policy === "Retain";

const dayMs = 24 * 60 * 60 * 1000;

/** The owner's way back for a cluster that was rebuilt from Git. A time further ahead than a day lifts nothing. */
function isAdoptionLifted({ meta }: OntapConnection, nowMs: number): boolean {
  const parsed = time.safeParse(meta.annotations[adoptUntilAnnotation]);
  const until = parsed.success ? Date.parse(parsed.data) : Number.NaN;
  return nowMs < until && until <= nowMs + dayMs;
}

function adoptionOf(wish: Wish, granted: boolean, lifted: boolean): Terms["adoption"] {
  if (lifted) return { policy: "Adopt", by: "adopt-until" };
  if (!granted) return { policy: "Refuse", by: "grant" };
  return { policy: wish.adoptionPolicy, by: "object" };
}

function termsOf(grant: Grant, wish: Wish, lifted: boolean, leastIntervalMs: number): Terms {
  const granted = grant.adoption === "Adopt" || wish.initiator === defaultInitiator;
  return {
    adoption: adoptionOf(wish, granted, lifted),
    deletion: allowedDeletion(grant),
    leastIntervalMs,
    mutualChap: grant.mutualChap,
    addresses: networksOf(grant),
  };
}

function ownTerms(wish: Wish, lifted: boolean): Terms {
  return {
    adoption: adoptionOf(wish, true, lifted),
    deletion: ["Delete", "Deny", "Retain"],
    leastIntervalMs: 0,
    mutualChap: "Optional",
    addresses: undefined,
  };
}

/** For leaving a credential as it is, which asks nothing of the array. */
const retainTerms: Terms = {
  adoption: { policy: "Refuse", by: "grant" },
  deletion: ["Retain"],
  leastIntervalMs: 0,
  mutualChap: "Optional",
  addresses: undefined,
};

function networksOf({ addresses }: Grant): AddressSet | undefined {
  if (addresses === undefined) return undefined;
  const ranges = addresses.within.flatMap((cidr) => parseCidr(cidr) ?? []);
  return union(emptyAddresses, { ranges });
}

/** An object that counts towards a quota: one of the same namespace and connection that is granted in all else. */
export interface QuotaPeer {
  readonly uid: string;
  readonly creationTimestamp: string;
  /** Its status says, with its own uid, that the array accepted it. */
  readonly holds: boolean;
}

/** The place of an object among its peers: those that hold come first, then by age, then by uid. */
export function rankOf(
  self: QuotaPeer,
  peers: Iterable<QuotaPeer>,
): { readonly holds: boolean; readonly before: number } {
  let before = 0;
  for (const peer of peers) if (peer.uid !== self.uid && isBefore(peer, self)) before += 1;
  return { holds: self.holds, before };
}

function isBefore(a: QuotaPeer, b: QuotaPeer): boolean {
  if (a.holds !== b.holds) return a.holds;
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp;
  return a.uid < b.uid;
}
