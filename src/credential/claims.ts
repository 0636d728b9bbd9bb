import { namespacedNameOf, type ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { DataReader } from "../api/ports.ts";
import type { CredentialId, InitiatorName } from "../array/identifiers.ts";
import { holderOf, type Claimant } from "../authority/holder.ts";
import type { Sessions } from "../connection/session.ts";
import { appliedOf } from "./applied.ts";
import { authorise, authoriseReference, isOwn, isStillGranted, type ConsentDeps } from "./consent.ts";
import { secretsNamed } from "./credential-index.ts";
import { connectionKeyOf, initiatorOf } from "./references.ts";
import { svmOf } from "./svm.ts";
import type { CredentialReason } from "./vocabulary.ts";

/** Who claims what is read from caches alone. */
export interface ClaimDeps extends ConsentDeps {
  /** Every credential of an initiator, in any namespace and through any connection. */
  readonly credentialsOf: (initiator: InitiatorName) => readonly IscsiCredential[];
  readonly sessions: Sessions;
  readonly secrets: DataReader;
}

/** How an object stands among those that claim the same credential of the same array. */
export interface Claim {
  /** The object that keeps this one from writing; undefined if nothing does. */
  readonly rival: Claimant | undefined;
  /** The holder is being deleted, and this object takes its place without a gap. */
  readonly succeeds: Claimant | undefined;
  /** The holder had taken the credential over itself, so this object does as well. */
  readonly inheritsAdopted: boolean;
}

/**
 * @param holds whether this process knows that the array accepted the object there, which its status may not show yet.
 * @param canWrite whether the pass over the object found nothing that keeps it from writing.
 */
export function claimOf(
  credential: IscsiCredential,
  connection: ObjectKey,
  id: CredentialId,
  { holds, canWrite }: { readonly holds: boolean; readonly canWrite: boolean },
  deps: ClaimDeps,
): Claim {
  const self: Claimant = { ...identityOf(credential), holdsByStatus: holds, eligible: canWrite };
  const { holder, waiting } = holderOf([self, ...rivalsOf(credential, connection, id, deps)]);
  const alone = { rival: undefined, succeeds: undefined, inheritsAdopted: false };
  if (holder === undefined || holder.uid === self.uid) return alone;
  const isNext = holder.deleting && successorIn(waiting, holder, id, deps)?.uid === self.uid;
  if (!isNext) return { ...alone, rival: holder };
  const predecessor = deps.credentialsOf(id.initiator).find(({ key }) => key === holder.key);
  const inheritsAdopted = predecessor !== undefined && appliedOf(predecessor)?.adopted === true;
  return { ...alone, succeeds: holder, inheritsAdopted };
}

/** Who has taken, or could take, the place of an object that is being deleted. */
export type Succession =
  | { readonly state: "none" }
  /** Others claim it too; whether one could write is not known before its connection has been asked. */
  | { readonly state: "unknown" }
  /** This object waits, and could write now. */
  | { readonly state: "can-write"; readonly by: Claimant }
  /** The array accepted another object there, so there is nothing of the deleted one to remove. */
  | { readonly state: "has-applied"; readonly by: Claimant };

export function successionOf(
  credential: IscsiCredential,
  connection: ObjectKey,
  id: CredentialId,
  deps: ClaimDeps,
): Succession {
  const rivals = rivalsOf(credential, connection, id, deps);
  const self: Claimant = { ...identityOf(credential), holdsByStatus: true, eligible: false };
  const { holder, waiting } = holderOf([self, ...rivals]);
  if (holder !== undefined && holder.uid !== self.uid) return { state: "has-applied", by: holder };
  const next = successorIn(waiting, self, id, deps);
  if (next !== undefined) return { state: "can-write", by: next };
  return { state: isRivalUnasked(credential, connection, id, deps) ? "unknown" : "none" };
}

/** After a start the deleted object may come up before the connection of the one that takes its place. */
function isRivalUnasked(
  { key: own }: IscsiCredential,
  connection: ObjectKey,
  { initiator }: CredentialId,
  { credentialsOf, findConnection, sessions }: ClaimDeps,
): boolean {
  const { namespace: domain } = namespacedNameOf(connection);
  return credentialsOf(initiator).some((rival) => {
    const { key, meta, spec } = rival;
    if (key === own || !spec.ok || meta.deletionTimestamp !== undefined || domainOf(rival) !== domain) return false;
    const through = connectionKeyOf(spec.value, meta.namespace);
    return findConnection(through) !== undefined && sessions.of(through).state === "unknown";
  });
}

/** The first of those that wait whose owner lets it take the place of the holder. Both sides of a hand-over ask this. */
function successorIn(
  waiting: readonly Claimant[],
  holder: Claimant,
  id: CredentialId,
  deps: ClaimDeps,
): Claimant | undefined {
  const claimants = deps.credentialsOf(id.initiator);
  return waiting.find(({ key }) => {
    const claimant = claimants.find((candidate) => candidate.key === key);
    return claimant !== undefined && maySucceed(claimant, holder, id, deps);
  });
}

/** To take over from an object of another namespace is to adopt what that one had applied. */
function maySucceed(credential: IscsiCredential, holder: Claimant, id: CredentialId, deps: ClaimDeps): boolean {
  if (!credential.spec.ok) return false;
  const svm = svmOf(credential, id.svm, deps);
  const foreign = credential.meta.namespace !== holder.namespace;
  return (
    svm !== undefined && authorise(credential, credential.spec.value, svm, { kind: "hand-over", foreign }, deps).ok
  );
}

/** The other objects that claim an identity, whose connections are in the same namespace: across namespaces nothing counts. */
function rivalsOf(
  { key: own }: IscsiCredential,
  connection: ObjectKey,
  id: CredentialId,
  deps: ClaimDeps,
): readonly Claimant[] {
  const { namespace: domain } = namespacedNameOf(connection);
  return deps.credentialsOf(id.initiator).flatMap((rival) => {
    if (rival.key === own || domainOf(rival) !== domain) return [];
    const holdsByStatus =
      appliedOf(rival)?.svm.uuid === id.svm && isStillGranted(rival, svmOf(rival, id.svm, deps), deps);
    const eligible = canWriteTo(rival, id, deps);
    return holdsByStatus || eligible ? [{ ...identityOf(rival), holdsByStatus, eligible }] : [];
  });
}

function domainOf({ spec, meta }: IscsiCredential): string | undefined {
  return spec.ok ? namespacedNameOf(connectionKeyOf(spec.value, meta.namespace)).namespace : undefined;
}

const identityOf = ({ key, meta }: IscsiCredential): Omit<Claimant, "holdsByStatus" | "eligible"> => ({
  key,
  uid: meta.uid,
  creationTimestamp: meta.creationTimestamp,
  namespace: meta.namespace,
  deleting: meta.deletionTimestamp !== undefined,
});

/** Whether an object could write to an identity now: complete, granted, in mode Enforce, not suspended nor stalled, its array open. */
function canWriteTo(credential: IscsiCredential, id: CredentialId, deps: ClaimDeps): boolean {
  const { spec, meta } = credential;
  if (!spec.ok || spec.value.mode !== "Enforce" || spec.value.suspend) return false;
  if (initiatorOf(spec.value) !== id.initiator || !hasUsableSecrets(credential, deps)) return false;
  if (waitsForPerson(credential)) return false;
  if (!authoriseReference(credential, spec.value, deps).ok) return false;
  const svm = svmOf(credential, undefined, deps);
  if (svm?.uuid !== id.svm) return false;
  const own = isOwn(connectionKeyOf(spec.value, meta.namespace), meta.namespace);
  return own || authorise(credential, spec.value, svm, { kind: "read" }, deps).ok;
}

/**
 * Whether the last pass over this spec ended with what only a person changes, such as a value that ONTAP rejects, or a credential
 * that the object may not take over: it must not keep from others what it cannot get itself. That another one holds it, or fills the
 * quota, says nothing of the kind, and what is granted is asked again.
 */
function waitsForPerson({ meta, status }: IscsiCredential): boolean {
  const stalled = status?.conditions?.find(({ type }) => type === "Stalled");
  const isOfNow = stalled?.status === "True" && stalled.observedGeneration === meta.generation;
  return isOfNow && !judgedAgain.has(stalled.reason);
}

const judgedAgain: ReadonlySet<string> = new Set(["Conflicted", "NotGranted"] satisfies CredentialReason[]);

/** Whether the Secrets that an object names are there, and its last pass over this spec did not find a flaw in them. */
function hasUsableSecrets({ spec, meta, status }: IscsiCredential, { secrets }: ClaimDeps): boolean {
  if (!spec.ok || spec.value.authenticationType !== "chap") return true;
  if (secretsNamed(spec.value, meta.namespace).some((secret) => secrets.seen(secret) === "absent")) return false;
  const resolved = status?.conditions?.find(({ type }) => type === "SecretsResolved");
  return resolved?.status !== "False" || resolved.observedGeneration !== meta.generation;
}
