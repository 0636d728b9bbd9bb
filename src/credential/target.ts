import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import type { ObjectKey } from "../api/key.ts";
import type { OntapConnectionSpec } from "../api/ontap-connection.ts";
import type { IscsiCredential, OntapConnection } from "../api/parse.ts";
import { parseSvmUuid, type CredentialId, type InitiatorName, type SvmUuid } from "../array/identifiers.ts";
import type { OntapArray, Svm } from "../array/port.ts";
import { allowsNamespace } from "../connection/consent.ts";
import { sessionForDeletion, type OpenSession, type Session, type Sessions } from "../connection/session.ts";
import { err, ok, type Result } from "../std/result.ts";
import { winnerOver } from "./claims.ts";
import type { CredentialFailure } from "./failure.ts";
import type { Memory } from "./memory.ts";
import type { SvmSeen } from "./outcome.ts";
import { connectionKeyOf, initiatorOf } from "./references.ts";

/** Where a credential lives, who consents, and who else claims it: from caches alone. */
export interface TargetDeps {
  readonly findConnection: (key: ObjectKey) => OntapConnection | undefined;
  /** Every credential of an initiator, in any namespace and through any connection. */
  readonly credentialsOf: (initiator: InitiatorName) => readonly IscsiCredential[];
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>>;
  readonly sessions: Sessions;
}

export interface Target {
  readonly connection: ObjectKey;
  readonly array: OntapArray;
  readonly svm: SvmSeen;
}

interface ConsentingConnection {
  readonly key: ObjectKey;
  readonly spec: OntapConnectionSpec;
}

/** The connection that a spec names, if it lets this namespace use it. */
export function findConnection(
  spec: IscsiCredentialSpec,
  namespace: string,
  deps: TargetDeps,
): Result<ConsentingConnection, CredentialFailure> {
  const key = connectionKeyOf(spec, namespace);
  const connection = deps.findConnection(key);
  if (connection === undefined) return err({ kind: "connection-missing", connection: key });
  if (!connection.spec.ok) return err({ kind: "connection-down", connection: key, reason: "SpecInvalid" });
  const own = connection.meta.namespace === namespace;
  if (!allowsNamespace(connection.spec.value.allowedNamespaces, own, deps.namespaceLabels(namespace))) {
    return err({ kind: "namespace-not-allowed", connection: key, namespace });
  }
  return ok({ key, spec: connection.spec.value });
}

/** Why nobody but the probe asks the array now. */
export function waitingFor(connection: ObjectKey, session: Exclude<Session, { state: "open" }>): CredentialFailure {
  return session.state === "unknown"
    ? { kind: "connection-unknown", connection }
    : { kind: "connection-down", connection, reason: session.meaning.verdict.reason };
}

/** The SVM that a spec means, among those that the connection's login sees and its owner allows. */
export function resolveTarget(
  spec: IscsiCredentialSpec,
  { key: connection, spec: { allowedSvms } }: ConsentingConnection,
  { array, svms }: OpenSession,
  appliedSvm: SvmUuid | undefined,
): Result<Target, CredentialFailure> {
  const uuid = resolvedUuid(spec, svms) ?? renamed(svms, appliedSvm);
  const svm = svms.find((candidate) => candidate.uuid === uuid);
  if (svm === undefined) {
    const wanted = spec.svm.name ?? spec.svm.uuid ?? "";
    return err({ kind: "svm-missing", connection, svm: wanted, seen: svms.map(({ name }) => name).toSorted() });
  }
  if (allowedSvms !== undefined && !allowedSvms.includes(svm.name)) {
    return err({ kind: "svm-not-allowed", connection, svm: svm.name });
  }
  return ok({ connection, array, svm: { id: { svm: svm.uuid, initiator: initiatorOf(spec) }, name: svm.name } });
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
  const id = { svm: svm.uuid, initiator: initiatorOf(spec) };
  if (rivalThatWins(credential, id, deps) !== undefined) return ok(undefined);
  return ok({ connection, array: session.array, svm: { id, name: svm.name } });
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

/** The SVM that an object claims; undefined while it is not known, and when nobody consents: then it claims nothing. */
function svmClaimedBy({ spec, meta, status }: IscsiCredential, deps: TargetDeps): SvmUuid | undefined {
  const known = status?.svm?.uuid as SvmUuid | undefined;
  if (!spec.ok) return known;
  const consent = findConnection(spec.value, meta.namespace, deps);
  if (!consent.ok) return lacksConsent(consent.error) ? undefined : known;
  const session = deps.sessions.of(consent.value.key);
  if (session.state !== "open") return known;
  const target = resolveTarget(spec.value, consent.value, session, known);
  if (target.ok) return target.value.svm.id.svm;
  return lacksConsent(target.error) ? undefined : known;
}

const lacksConsent = ({ kind }: CredentialFailure): boolean =>
  kind === "namespace-not-allowed" || kind === "svm-not-allowed";
