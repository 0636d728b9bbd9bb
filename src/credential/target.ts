import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import { namespacedNameOf, type ObjectKey } from "../api/key.ts";
import type { OntapConnectionSpec } from "../api/ontap-connection.ts";
import type { IscsiCredential, OntapConnection } from "../api/parse.ts";
import { permits, type Operation, type Terms, type Wish } from "../authority/permits.ts";
import { parseSvmUuid, type CredentialId, type InitiatorName, type SvmUuid } from "../array/identifiers.ts";
import type { OntapArray, Svm } from "../array/port.ts";
import { sessionForDeletion, type OpenSession, type Session, type Sessions } from "../connection/session.ts";
import type { Clock } from "../std/clock.ts";
import type { Labels } from "../std/label-selector.ts";
import { err, ok, type Result } from "../std/result.ts";
import { winnerOver } from "./claims.ts";
import { desiredAddressesOf } from "./differences.ts";
import type { CredentialFailure } from "./failure.ts";
import type { Memory } from "./memory.ts";
import type { SvmSeen } from "./outcome.ts";
import { connectionKeyOf, initiatorOf } from "./references.ts";

/** Where a credential lives, who consents, and who else claims it: from caches alone. */
export interface TargetDeps {
  readonly findConnection: (key: ObjectKey) => OntapConnection | undefined;
  /** Every credential of an initiator, in any namespace and through any connection. */
  readonly credentialsOf: (initiator: InitiatorName) => readonly IscsiCredential[];
  /** Undefined while they are not known. */
  readonly namespaceLabels: (namespace: string) => Labels | undefined;
  readonly sessions: Sessions;
  readonly clock: Clock;
}

export interface Target {
  readonly connection: ObjectKey;
  readonly array: OntapArray;
  readonly svm: SvmSeen;
  readonly terms: Terms;
}

interface GrantingConnection {
  readonly key: ObjectKey;
  readonly spec: OntapConnectionSpec;
  readonly own: boolean;
}

/** The connection that a spec names, if it grants this object anything, as far as that can be told without the array. */
export function findConnection(
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  deps: TargetDeps,
): Result<GrantingConnection, CredentialFailure> {
  const { namespace } = credential.meta;
  const key = connectionKeyOf(spec, namespace);
  const own = namespacedNameOf(key).namespace === namespace;
  const connection = deps.findConnection(key);
  if (!own) {
    const terms = ask(credential, spec, "not-known", { kind: "read" }, deps);
    if (!terms.ok) return terms;
  }
  if (connection === undefined) return err({ kind: "connection-missing", connection: key });
  if (!connection.spec.ok) return err({ kind: "connection-down", connection: key, reason: "SpecInvalid" });
  return ok({ key, spec: connection.spec.value, own });
}

function ask(
  { meta, status }: IscsiCredential,
  spec: IscsiCredentialSpec,
  svm: Wish["svm"],
  operation: Operation,
  deps: TargetDeps,
): Result<Terms, CredentialFailure> {
  const connection = connectionKeyOf(spec, meta.namespace);
  const wish: Wish = {
    operation,
    svm,
    initiator: initiatorOf(spec),
    type: spec.authenticationType,
    mutual: spec.chap?.outbound !== undefined,
    addresses: desiredAddressesOf(spec),
    adoptionPolicy: spec.adoptionPolicy,
    rank: { holds: status?.applied?.uid === meta.uid, before: 0 },
  };
  const { findConnection: find, namespaceLabels, clock } = deps;
  const terms = permits(find(connection), meta.namespace, namespaceLabels(meta.namespace), wish, clock.now());
  return terms.ok ? terms : err({ kind: "not-granted", connection, limit: terms.error });
}

/** Why nobody but the probe asks the array now. */
export function waitingFor(connection: ObjectKey, session: Exclude<Session, { state: "open" }>): CredentialFailure {
  return session.state === "unknown"
    ? { kind: "connection-unknown", connection }
    : { kind: "connection-down", connection, reason: session.meaning.verdict.reason };
}

/** The SVM that a spec means, among those that the connection's login sees, if it is granted. */
export function resolveTarget(
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  { key: connection, own }: GrantingConnection,
  { array, svms }: OpenSession,
  appliedSvm: SvmUuid | undefined,
  deps: TargetDeps,
): Result<Target, CredentialFailure> {
  const uuid = resolvedUuid(spec, svms) ?? renamed(svms, appliedSvm);
  const svm = svms.find((candidate) => candidate.uuid === uuid);
  const terms = ask(credential, spec, svm ?? "not-seen", { kind: "read" }, deps);
  if (svm === undefined && own) {
    const wanted = spec.svm.name ?? spec.svm.uuid ?? "";
    return err({ kind: "svm-missing", connection, svm: wanted, seen: svms.map(({ name }) => name).toSorted() });
  }
  if (!terms.ok) return terms;
  if (svm === undefined) return err({ kind: "not-granted", connection, limit: "svm" });
  const id = { svm: svm.uuid, initiator: initiatorOf(spec) };
  return ok({ connection, array, svm: { id, name: svm.name }, terms: terms.value });
}

/** Finds where a deleted object's credential lives; undefined when there is nothing left to do on the array. */
export function targetOfDeleted(
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  memory: Memory,
  deps: TargetDeps,
): Result<Target | undefined, CredentialFailure> {
  const { meta } = credential;
  const connection = connectionKeyOf(spec, meta.namespace);
  const found = deps.findConnection(connection);
  if (found === undefined) return err({ kind: "connection-missing", connection });
  const serving = sessionForDeletion(deps.sessions.of(connection));
  if (!serving.ok) return err(waitingFor(connection, serving.error));
  const session = serving.value;
  const uuid = memory.appliedSvm ?? resolvedUuid(spec, session.svms);
  // An SVM that is gone has taken its credentials with it.
  const svm = session.svms.find((candidate) => candidate.uuid === uuid);
  if (svm === undefined) return ok(undefined);
  const terms = ask(credential, spec, svm, { kind: "read-before-deletion" }, deps);
  // Without a grant nothing is removed: what the grant of that time wrote is its owner's to remove.
  if (!terms.ok) return ok(undefined);
  const id = { svm: svm.uuid, initiator: initiatorOf(spec) };
  if (rivalThatWins(credential, id, deps) !== undefined) return ok(undefined);
  return ok({ connection, array: session.array, svm: { id, name: svm.name }, terms: terms.value });
}

function resolvedUuid({ svm }: IscsiCredentialSpec, svms: readonly Svm[]): SvmUuid | undefined {
  if (svm.uuid !== undefined) {
    const parsed = parseSvmUuid(svm.uuid);
    return parsed.ok ? parsed.value : undefined;
  }
  return svms.find(({ name }) => name === svm.name)?.uuid;
}

/** No SVM has the name any more, but the one that had it is still there: it was renamed, and its credential is still ours. */
function renamed(svms: readonly Svm[], appliedSvm: SvmUuid | undefined): SvmUuid | undefined {
  return svms.find(({ uuid }) => uuid === appliedSvm)?.uuid;
}

/** The older object that claims the same credential, if there is one. */
export function rivalThatWins(credential: IscsiCredential, id: CredentialId, deps: TargetDeps): ObjectKey | undefined {
  const rivals = deps.credentialsOf(id.initiator).filter(({ key }) => key !== credential.key);
  return winnerOver(credential, id.svm, rivals, (claimant) => svmClaimedBy(claimant, deps));
}

/** The SVM that an object claims; undefined while it is not known, and without a grant: then it claims nothing. */
function svmClaimedBy(claimant: IscsiCredential, deps: TargetDeps): SvmUuid | undefined {
  const { spec, status } = claimant;
  const known = status?.svm?.uuid as SvmUuid | undefined;
  if (!spec.ok) return known;
  const connection = findConnection(claimant, spec.value, deps);
  if (!connection.ok) return connection.error.kind === "not-granted" ? undefined : known;
  const session = deps.sessions.of(connection.value.key);
  if (session.state !== "open") return known;
  const target = resolveTarget(claimant, spec.value, connection.value, session, known, deps);
  if (target.ok) return target.value.svm.id.svm;
  return target.error.kind === "not-granted" ? undefined : known;
}
