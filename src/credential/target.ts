import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import type { ObjectKey } from "../api/key.ts";
import type { OntapConnectionSpec } from "../api/ontap-connection.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { ArrayCalls, OntapArray, Svm } from "../array/port.ts";
import type { Operation, Terms } from "../authority/permits.ts";
import type { OpenSession, Session } from "../connection/session.ts";
import { err, ok, type Result } from "../std/result.ts";
import { authorise, authoriseReference, isOwn, type ConsentDeps } from "./consent.ts";
import type { CredentialFailure } from "./failure.ts";
import type { Memory } from "./memory.ts";
import type { SvmSeen } from "./outcome.ts";
import { connectionKeyOf, initiatorOf } from "./references.ts";
import { resolveSvm } from "./svm.ts";

/** Where a credential lives, and on which terms its connection's owner lets it. */
export interface Target {
  readonly connection: ObjectKey;
  readonly array: OntapArray;
  /** The same array, asked for the object's namespace. */
  readonly calls: ArrayCalls;
  readonly svm: SvmSeen;
  readonly terms: Terms;
}

export interface FoundConnection {
  readonly key: ObjectKey;
  readonly spec: OntapConnectionSpec;
}

/** The connection that a spec names, if it grants this object anything, as far as that can be told without the array. */
export function findConnection(
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  deps: ConsentDeps,
): Result<FoundConnection, CredentialFailure> {
  const allowed = authoriseReference(credential, spec, deps);
  if (!allowed.ok) return allowed;
  const key = connectionKeyOf(spec, credential.meta.namespace);
  const connection = deps.findConnection(key);
  if (connection === undefined) return err({ kind: "connection-missing", connection: key });
  if (!connection.spec.ok) return err({ kind: "connection-down", connection: key, reason: "SpecInvalid" });
  return ok({ key, spec: connection.spec.value });
}

/** Why only the probe asks the array now. */
export function waitingFor(connection: ObjectKey, session: Exclude<Session, { state: "open" }>): CredentialFailure {
  return session.state === "unknown"
    ? { kind: "connection-unknown", connection }
    : { kind: "connection-down", connection, reason: session.meaning.verdict.reason };
}

/** The SVM that a spec means, among those that the connection's login sees, if it is granted. */
export function targetOf(
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  connection: ObjectKey,
  session: OpenSession,
  { applied }: Pick<Memory, "applied">,
  deps: ConsentDeps,
): Result<Target, CredentialFailure> {
  const appliedSvm = applied?.svm.uuid as Svm["uuid"] | undefined;
  const svm = resolveSvm(spec, session.svms, appliedSvm);
  if (svm === undefined && isOwn(connection, credential.meta.namespace)) {
    const wanted = spec.svm.name ?? spec.svm.uuid ?? "";
    const seen = session.svms.map(({ name }) => name).toSorted();
    return err({ kind: "svm-missing", connection, svm: wanted, seen });
  }
  const terms = authorise(credential, spec, svm ?? "not-seen", { kind: "read" }, deps);
  if (!terms.ok) return terms;
  if (svm === undefined) return err({ kind: "not-granted", connection, limit: "svm" });
  return ok(targetAt(credential, spec, connection, session, svm, terms.value));
}

/** A target on one SVM, for an operation that its owner allows there. */
export function authorisedAt(
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  connection: ObjectKey,
  session: OpenSession,
  svm: Svm,
  operation: Operation,
  deps: ConsentDeps,
): Result<Target, CredentialFailure> {
  const terms = authorise(credential, spec, svm, operation, deps);
  return terms.ok ? ok(targetAt(credential, spec, connection, session, svm, terms.value)) : terms;
}

function targetAt(
  { meta }: IscsiCredential,
  spec: IscsiCredentialSpec,
  connection: ObjectKey,
  { array }: OpenSession,
  { uuid, name }: Svm,
  terms: Terms,
): Target {
  return {
    connection,
    array,
    calls: array.as({ namespace: meta.namespace, urgency: "change" }),
    svm: { id: { svm: uuid, initiator: initiatorOf(spec) }, name },
    terms,
  };
}
