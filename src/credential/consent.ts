import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import { namespacedNameOf, type ObjectKey } from "../api/key.ts";
import type { IscsiCredential, OntapConnection } from "../api/parse.ts";
import {
  permits,
  rankOf,
  type NamespaceLabels,
  type Operation,
  type QuotaPeer,
  type Terms,
  type Wish,
} from "../authority/permits.ts";
import type { Clock } from "../std/clock.ts";
import { err, ok, type Result } from "../std/result.ts";
import { appliedOf } from "./applied.ts";
import { desiredAddressesOf } from "./differences.ts";
import type { CredentialFailure } from "./failure.ts";
import { connectionKeyOf, initiatorOf } from "./references.ts";

/** What the owner of a connection allows is read from caches, again at each question. */
export interface ConsentDeps {
  readonly findConnection: (key: ObjectKey) => OntapConnection | undefined;
  /** Every credential that refers to a connection. */
  readonly credentialsThrough: (connection: ObjectKey) => Iterable<IscsiCredential>;
  readonly namespaceLabels: (namespace: string) => NamespaceLabels;
  readonly clock: Clock;
}

/**
 * Whether the owner of its connection lets an object do something now, and on which terms. Asked before every request
 * that is made for the object, since a grant may have been withdrawn since the last one.
 */
export function authorise(
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  svm: Wish["svm"],
  operation: Operation,
  deps: ConsentDeps,
): Result<Terms, CredentialFailure> {
  const { meta } = credential;
  const connection = connectionKeyOf(spec, meta.namespace);
  const wish = (rank: Wish["rank"]): Wish => ({
    operation,
    svm,
    initiator: initiatorOf(spec),
    type: spec.authenticationType,
    mutual: spec.chap?.outbound !== undefined,
    addresses: desiredAddressesOf(spec),
    adoptionPolicy: spec.adoptionPolicy,
    rank,
  });
  const found = deps.findConnection(connection);
  const labels = deps.namespaceLabels(meta.namespace);
  const ask = (rank: Wish["rank"]) => permits(found, meta.namespace, labels, wish(rank), deps.clock.now());
  const beyondQuota = ask(firstInRank);
  const terms =
    beyondQuota.ok && hasQuota(found, meta.namespace) ? ask(rankIn(connection, credential, deps)) : beyondQuota;
  return terms.ok ? terms : err({ kind: "not-granted", connection, limit: terms.error });
}

/** As if the object were the first of its namespace. */
const firstInRank = { holds: true, before: 0 } as const;

function hasQuota(connection: OntapConnection | undefined, namespace: string): boolean {
  if (connection === undefined || !connection.spec.ok || connection.meta.namespace === namespace) return false;
  return connection.spec.value.grants.some(({ maxCredentials }) => maxCredentials !== undefined);
}

/**
 * The place of an object among those of its namespace that are granted in all else. One that is being deleted leaves its
 * place to the one that takes its initiator over: together they have one credential on the array.
 */
function rankIn(connection: ObjectKey, credential: IscsiCredential, deps: ConsentDeps): Wish["rank"] {
  const { namespace } = credential.meta;
  function* peers(): Iterable<QuotaPeer> {
    for (const peer of deps.credentialsThrough(connection)) {
      if (peer.meta.namespace !== namespace || isReplacedBy(peer, credential)) continue;
      if (isGrantedInAllElse(peer, deps)) yield quotaPeerOf(peer);
    }
  }
  return rankOf(quotaPeerOf(credential), peers());
}

function isReplacedBy({ meta, spec }: IscsiCredential, other: IscsiCredential): boolean {
  if (meta.deletionTimestamp === undefined || !spec.ok || !other.spec.ok) return false;
  const [svm, otherSvm] = [spec.value.svm, other.spec.value.svm];
  return (
    initiatorOf(spec.value) === initiatorOf(other.spec.value) &&
    svm.name === otherSvm.name &&
    svm.uuid === otherSvm.uuid
  );
}

function isGrantedInAllElse({ spec, meta }: IscsiCredential, deps: ConsentDeps): boolean {
  if (!spec.ok) return false;
  const connection = deps.findConnection(connectionKeyOf(spec.value, meta.namespace));
  const wish: Wish = {
    operation: { kind: "read" },
    svm: "not-known",
    initiator: initiatorOf(spec.value),
    type: spec.value.authenticationType,
    mutual: spec.value.chap?.outbound !== undefined,
    addresses: desiredAddressesOf(spec.value),
    adoptionPolicy: spec.value.adoptionPolicy,
    rank: firstInRank,
  };
  return permits(connection, meta.namespace, deps.namespaceLabels(meta.namespace), wish, deps.clock.now()).ok;
}

const quotaPeerOf = (credential: IscsiCredential): QuotaPeer => ({
  uid: credential.meta.uid,
  creationTimestamp: credential.meta.creationTimestamp,
  holds: appliedOf(credential) !== undefined,
});

/** Whether a connection is in the namespace of the object that refers to it. */
export const isOwn = (connection: ObjectKey, namespace: string): boolean =>
  namespacedNameOf(connection).namespace === namespace;

/**
 * Whether it is worth looking for the array at all. Objects of other namespaces get the same answer whether the connection
 * does not exist or grants them nothing.
 */
export function authoriseReference(
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  deps: ConsentDeps,
): Result<void, CredentialFailure> {
  if (isOwn(connectionKeyOf(spec, credential.meta.namespace), credential.meta.namespace)) return ok(undefined);
  const terms = authorise(credential, spec, "not-known", { kind: "read" }, deps);
  return terms.ok ? ok(undefined) : terms;
}

/**
 * Whether the owner of the connection still grants an object what it has on the array: one whose grant was withdrawn must not
 * keep an initiator from all others, nor the connection from its deletion. What the object has come to declare since, and what
 * cannot be judged now, takes nothing away.
 *
 * @param svm where it has that, with its present name; undefined if no list shows it.
 */
export function isStillGranted(
  credential: IscsiCredential,
  svm: Exclude<Wish["svm"], string> | undefined,
  deps: ConsentDeps,
): boolean {
  const { spec, meta } = credential;
  if (!spec.ok || isOwn(connectionKeyOf(spec.value, meta.namespace), meta.namespace)) return true;
  const terms = authorise(credential, spec.value, svm ?? "not-known", { kind: "read-before-deletion" }, deps);
  return terms.ok || (terms.error.kind === "not-granted" && terms.error.limit === "unknown");
}
