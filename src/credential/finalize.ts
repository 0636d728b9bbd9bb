import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import type { ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { EmitEvent } from "../api/ports.ts";
import { requestOf } from "../api/reconcile-request.ts";
import { meaningOfJudgement } from "../array/catalogue/catalogue.ts";
import type { AuthenticationType } from "../array/credential.ts";
import type { ArrayFailure } from "../array/failure.ts";
import { defaultInitiator, type CredentialId, type SvmUuid } from "../array/identifiers.ts";
import type { Svm } from "../array/port.ts";
import type { LeftBehindLedger } from "../connection/left-behind.ts";
import type { Notices } from "../connection/notices.ts";
import { sessionForDeletion, type OpenSession, type Sessions } from "../connection/session.ts";
import { err, ok, type Result } from "../std/result.ts";
import { unreachable } from "../std/unreachable.ts";
import { saysAbsent, type ActDeps } from "./act.ts";
import { successionOf, type Succession } from "./claims.ts";
import { isOwn, isStillGranted, type ConsentDeps } from "./consent.ts";
import { decideFinalize, type FinalizeFacts, type FinalizeStep } from "./decide-finalize.ts";
import { deletedEvent, deniedEvent, leftBehindEvent, releasedEvent, svmGoneEvent } from "./events.ts";
import type { CredentialFailure } from "./failure.ts";
import { lockedMs } from "./identity-locks.ts";
import type { Memory } from "./memory.ts";
import { acceptedBy, appliedOf, evidenceIn, noSecrets, type FormerSvm } from "./applied.ts";
import { failed, nothingToDo, type Outcome, type SvmSeen } from "./outcome.ts";
import { connectionKeyOf, credentialFinalizer, initiatorOf } from "./references.ts";
import { isPutAside, isRejected, type WriteAttempt } from "./rejected-write.ts";
import { svmOf } from "./svm.ts";
import { authorisedAt, waitingFor, type Target } from "./target.ts";

export interface FinalizeDeps extends ActDeps {
  readonly emit: EmitEvent<IscsiCredential>;
  readonly leftBehind: LeftBehindLedger;
  readonly notices: Notices;
}

/** The pass over an object that is being deleted: the array forgets it, or not, as it asks; then its finalizer goes. */
export async function finalize(
  credential: IscsiCredential,
  memory: Memory,
  deps: FinalizeDeps,
  signal: AbortSignal,
): Promise<Outcome> {
  const { spec } = credential;
  const place = spec.ok ? placeOf(credential, spec.value, memory) : undefined;
  const succession = place === undefined ? none : successionOf(credential, place.connection, place.id, deps);
  const step = decideFinalize(factsOf(credential, memory, place, succession, deps));
  switch (step.do) {
    case "nothing":
      return nothingToDo;
    case "yield":
      return failed("yield", { kind: "handing-over", to: successorFor(credential, succession) }, place?.svm);
    case "wait":
      return { kind: "waits", ms: successionMs };
    case "refuse":
      return failed("refuse", step.failure, place?.svm);
    case "release":
      if (step.because === "nothing-applied") deps.emit(credential, releasedEvent());
      return release(credential, deps, signal);
    case "delete":
    case "deny":
      if (!spec.ok) return release(credential, deps, signal);
      return endOnArray(step, { credential, spec: spec.value, memory }, deps, signal);
    default:
      return unreachable(step);
  }
}

/**
 * Puts our finalizer back on an object that the array has accepted: a user may have taken it away, and whatever else keeps
 * the object from being applied must not let it go with its credential left there. Gives undefined if the object is gone.
 */
export async function keepFinalizer(
  credential: IscsiCredential,
  memory: Memory,
  { writer, dryRun }: FinalizeDeps,
  signal: AbortSignal,
): Promise<Result<IscsiCredential | undefined, CredentialFailure>> {
  const { finalizers } = credential.meta;
  const isOnArray = acceptedBy(memory).length > 0;
  if (dryRun || !isOnArray || finalizers.includes(credentialFinalizer)) return ok(credential);
  return writer.setFinalizers(credential, [...finalizers, credentialFinalizer], signal);
}

const none: Succession = { state: "none" };

/** So often an object that is deleted looks whether its successor's connection has been asked. */
const successionMs = 500;

/** Where the array accepted the object. */
interface Place {
  readonly connection: ObjectKey;
  readonly id: CredentialId;
  readonly svm: SvmSeen;
}

function placeOf(
  { meta }: IscsiCredential,
  spec: IscsiCredentialSpec,
  { applied, attempt }: Memory,
): Place | undefined {
  const [present] = acceptedBy({ applied, attempt, formerSvms: [] });
  if (present === undefined) return undefined;
  const id = { svm: present.uuid as SvmUuid, initiator: initiatorOf(spec) };
  return { connection: connectionKeyOf(spec, meta.namespace), id, svm: { id, name: present.name } };
}

function factsOf(
  { key, meta, spec }: IscsiCredential,
  memory: Memory,
  place: Place | undefined,
  { state }: Succession,
  { clock, seenMs, sessions, dryRun }: FinalizeDeps,
): FinalizeFacts {
  const servedSinceMs = place === undefined ? -Infinity : sessions.openSinceMs(place.connection);
  return {
    hasFinalizer: meta.finalizers.includes(credentialFinalizer),
    hasApplied: acceptedBy(memory).length > 0,
    succession: state,
    deletedForMs: clock.monotonic() - Math.max(seenMs(key), servedSinceMs),
    suspended: spec.ok && spec.value.suspend,
    dryRun,
    // What cannot be understood does not say what to delete, and must not hold its namespace.
    policy: spec.ok ? policyOf(spec.value) : "Retain",
  };
}

/** Whether the deletion of an object asks the array: then its connection has to outlive it. */
export function needsArrayToGo(credential: IscsiCredential): boolean {
  const { meta, spec } = credential;
  const isOnArray = acceptedBy(evidenceIn(credential)).length > 0;
  return spec.ok && isOnArray && meta.finalizers.includes(credentialFinalizer) && policyOf(spec.value) !== "Retain";
}

/** Whether a connection has to outlive an object: what its owner grants no more stays on the array whatever the object asks. */
export function needsConnection(
  credential: IscsiCredential,
  deps: ConsentDeps & { readonly sessions: Sessions },
): boolean {
  const accepted = appliedOf(credential)?.svm.uuid as SvmUuid | undefined;
  return needsArrayToGo(credential) && isStillGranted(credential, svmOf(credential, accepted, deps), deps);
}

/** ONTAP's `default` can only be left or denied, and mode Plan writes nothing. */
export function policyOf({ deletionPolicy, mode, initiator }: IscsiCredentialSpec): "Delete" | "Retain" | "Deny" {
  if (mode === "Plan" || (deletionPolicy === "Delete" && initiator === defaultInitiator)) return "Retain";
  return deletionPolicy;
}

/** Named only within one namespace. */
function successorFor({ meta }: IscsiCredential, succession: Succession): ObjectKey | undefined {
  return "by" in succession && succession.by.namespace === meta.namespace ? succession.by.key : undefined;
}

interface Ending {
  readonly credential: IscsiCredential;
  readonly spec: IscsiCredentialSpec;
  readonly memory: Memory;
}

type EndStep = Extract<FinalizeStep, { do: "delete" | "deny" }>;

/** Ends the object's credential wherever the array accepted it, then lets the object go. What has to stay there is told. */
async function endOnArray(step: EndStep, ending: Ending, deps: FinalizeDeps, signal: AbortSignal): Promise<Outcome> {
  const { credential, spec, memory } = ending;
  const connection = connectionKeyOf(spec, credential.meta.namespace);
  const found = deps.findConnection(connection);
  if (found === undefined) {
    // Objects of other namespaces are not told apart from those that nothing grants anything.
    if (isOwn(connection, credential.meta.namespace))
      return failed(step.do, { kind: "connection-missing", connection });
    return leave(connection, acceptedBy(memory), ending, deps, signal);
  }
  const serving = sessionForDeletion(deps.sessions.of(connection));
  if (!serving.ok) return failed(step.do, waitingFor(connection, serving.error));
  const session = serving.value;
  const left: FormerSvm[] = [];
  // The present one last: its failure is the one that counts.
  for (const place of acceptedBy(memory)) {
    const svm = session.svms.find(({ uuid }) => uuid === place.uuid);
    if (svm === undefined) {
      const isFormer = place.uuid !== memory.applied?.svm.uuid;
      if (session.presence(place.uuid as SvmUuid) === "gone") deps.emit(credential, svmGoneEvent(place));
      else if (isFormer) left.push(place);
      else return failed(step.do, { kind: "svm-not-seen", connection, svm: place.name ?? place.uuid });
      continue;
    }
    // An object may have come to hold what this one has left there. For the present one that is decided already.
    const id = { svm: svm.uuid, initiator: initiatorOf(spec) };
    if (successionOf(credential, connection, id, deps).state === "has-applied") continue;
    const ended = await endOn(step, { ...ending, connection, session, svm }, deps, signal);
    if (ended.kind === "ended") continue;
    if (ended.kind === "denied") left.push(place);
    else return ended.outcome;
  }
  return leave(connection, left, ending, deps, signal);
}

interface EndingOn extends Ending {
  readonly connection: ObjectKey;
  readonly session: OpenSession;
  readonly svm: Svm;
}

type Ended =
  | { readonly kind: "ended" }
  /** The owner of the connection does not allow it: what is there stays. */
  | { readonly kind: "denied" }
  | { readonly kind: "not-yet"; readonly outcome: Outcome };

async function endOn(step: EndStep, ending: EndingOn, deps: FinalizeDeps, signal: AbortSignal): Promise<Ended> {
  const { credential, connection } = ending;
  const readable = authorise(ending, { kind: "read-before-deletion" }, deps);
  if (!readable.ok) return deniedOr(step, readable.error);
  const { svm } = readable.value;
  if (!deps.locks.enter(credential.key, connection, svm.id)) {
    return { kind: "not-yet", outcome: { kind: "waits", ms: lockedMs } };
  }
  const fallback = step.do === "delete" ? await fallbackOf(readable.value, deps, signal) : "unknown";
  const policy = step.do === "delete" ? "Delete" : "Deny";
  const adopted = ending.memory.applied?.adopted === true;
  const allowed = authorise(ending, { kind: "delete", policy, adopted, fallback }, deps);
  if (!allowed.ok) return deniedOr(step, allowed.error);
  const attempted = attemptOf(step, ending);
  const { rejected } = ending.memory;
  const wasPutAside = rejected !== undefined && isRejected(attempted, rejected);
  const write = wasPutAside ? approvalOf(step, rejected.failure) : step.do === "delete" ? deleteOnArray : denyOnArray;
  const written = await write(allowed.value, deps, signal);
  if (!written.ok) {
    const failure = written.error;
    const putAside = isPutAside(failure) ? { ...attempted, failure } : undefined;
    return { kind: "not-yet", outcome: failed(step.do, failure, svm, { rejected: putAside }) };
  }
  deps.emit(credential, step.do === "delete" ? deletedEvent(svm, fallback) : deniedEvent(svm));
  return { kind: "ended" };
}

/** Two endings with the same text are one and the same, asked for by the same deletion or request. */
function attemptOf({ do: step }: EndStep, { credential: { meta }, svm: { uuid } }: EndingOn): WriteAttempt {
  const { generation } = meta;
  const write = JSON.stringify([step, generation, uuid, requestOf(meta)]);
  return { generation, svm: uuid, secrets: noSecrets, write };
}

/** In place of a write that the array keeps for a person to approve: looks whether it was carried out, and does not send it again. */
const approvalOf =
  ({ do: step }: EndStep, pending: ArrayFailure) =>
  async ({ svm, ...source }: Target, { arrays, clock }: FinalizeDeps, signal: AbortSignal): FinalWrite => {
    const read = await arrays.read(source, svm.id, { sinceMs: clock.monotonic(), crowd: 1 }, signal);
    if (!read.ok) return read;
    const { observed } = read.value;
    const type = observed.state === "held" ? observed.credential.authenticationType : "absent";
    return type === (step === "delete" ? "absent" : "deny") ? ok(undefined) : err(pending);
  };

function authorise(
  { credential, spec, connection, session, svm }: EndingOn,
  operation: Parameters<typeof authorisedAt>[5],
  deps: FinalizeDeps,
): Result<Target, CredentialFailure> {
  return authorisedAt(credential, spec, connection, session, svm, operation, deps);
}

/** What cannot be judged yet is waited for; what is not granted stays where it is. */
function deniedOr({ do: step }: EndStep, failure: CredentialFailure): Ended {
  const undecided = failure.kind === "not-granted" && failure.limit === "unknown";
  return undecided ? { kind: "not-yet", outcome: failed(step, failure) } : { kind: "denied" };
}

/** What the initiator falls back to, which tells people what a deletion opens. Read just before. */
async function fallbackOf(
  target: Target,
  { arrays, clock }: FinalizeDeps,
  signal: AbortSignal,
): Promise<AuthenticationType | "unknown"> {
  const id = { ...target.svm.id, initiator: defaultInitiator };
  const read = await arrays.read(target, id, { sinceMs: clock.monotonic(), crowd: 1 }, signal);
  const observed = read.ok ? read.value.observed : undefined;
  return (observed?.state === "held" ? observed.credential.authenticationType : undefined) ?? "unknown";
}

type FinalWrite = Promise<Result<void, ArrayFailure>>;

/**
 * A credential is gone only if a read afterwards does not show it: an array may accept a removal that it does not carry out, and
 * a release that compares names with case says of any spelling but its own that nothing is there.
 */
async function deleteOnArray(target: Target, { arrays, clock }: FinalizeDeps, signal: AbortSignal): FinalWrite {
  const { connection, calls, svm } = target;
  const deleteAs = async (shownAs: string | undefined) => {
    const deleted = await calls.removeCredential({ ...svm.id, shownAs }, signal);
    arrays.wrote(connection, svm.id);
    return deleted;
  };
  const first = await deleteAs(arrays.shownAs(connection, svm.id));
  if (!first.ok) return first;
  const crowd = first.value === "removed" ? 1 : Infinity;
  const read = await arrays.read(target, svm.id, { sinceMs: clock.monotonic(), crowd }, signal);
  if (!read.ok) return err(read.error);
  if (read.value.observed.state === "absent") return ok(undefined);
  if (first.value === "removed") return err(contradicted("DELETE", "not removed"));
  const again = await deleteAs(read.value.observed.credential.shownAs);
  if (!again.ok) return again;
  return again.value === "removed" ? ok(undefined) : err(contradicted("DELETE", "not removed"));
}

/** Leaves the credential there and locks the initiator out, which a read afterwards has to show. */
async function denyOnArray(target: Target, deps: FinalizeDeps, signal: AbortSignal): FinalWrite {
  const written = await writeDeny(target, deps, signal);
  if (!written.ok) return written;
  const { arrays, clock } = deps;
  const read = await arrays.read(target, target.svm.id, { sinceMs: clock.monotonic(), crowd: 1 }, signal);
  if (!read.ok) return read;
  const { observed } = read.value;
  const isDenied = observed.state === "held" && observed.credential.authenticationType === "deny";
  return isDenied ? ok(undefined) : err(contradicted("PATCH", "not denied"));
}

async function writeDeny(target: Target, { arrays }: FinalizeDeps, signal: AbortSignal): FinalWrite {
  const { connection, calls, svm } = target;
  const change = { authentication: { type: "deny" } as const, addresses: undefined };
  const shownAs = arrays.shownAs(connection, svm.id);
  const denied = await calls.changeCredential({ ...svm.id, shownAs }, change, signal);
  arrays.wrote(connection, svm.id);
  if (denied.ok || !saysAbsent(denied.error)) return denied;
  const created = await calls.createCredential(
    svm.id,
    { authentication: { type: "deny" }, addresses: undefined },
    signal,
  );
  arrays.wrote(connection, svm.id);
  return created;
}

/** How long an object waits for its connection to tell of what it leaves behind; the connection may not be able to. */
const longestTellingMs = 30_000;
const tellingMs = 500;

/** Lets the object go, once the connection tells of what stays on the array. */
async function leave(
  connection: ObjectKey,
  left: readonly FormerSvm[],
  { credential, spec }: Ending,
  deps: FinalizeDeps,
  signal: AbortSignal,
): Promise<Outcome> {
  const { leftBehind, notices, emit, clock, seenMs } = deps;
  const { key, meta } = credential;
  const initiator = initiatorOf(spec);
  const ids = left.map(({ uuid, name }) => ({ svm: uuid as SvmUuid, initiator, svmName: name }));
  for (const id of ids) leftBehind.record(connection, { ...id, namespace: meta.namespace });
  const isTold = ids.every((id) => leftBehind.isRecorded(connection, id));
  if (!isTold && clock.monotonic() - seenMs(key) < longestTellingMs) return { kind: "waits", ms: tellingMs };
  const released = await release(credential, deps, signal);
  if (released.kind !== "released") return released;
  for (const { svm, svmName = svm } of ids) {
    emit(credential, leftBehindEvent(initiator, svmName));
    notices.tell(connection, { kind: "left-behind", credential: key, initiator, svm: svmName });
  }
  return released;
}

async function release(credential: IscsiCredential, { writer }: FinalizeDeps, signal: AbortSignal): Promise<Outcome> {
  const others = credential.meta.finalizers.filter((finalizer) => finalizer !== credentialFinalizer);
  const written = await writer.setFinalizers(credential, others, signal);
  return written.ok ? { kind: "released" } : failed("release", written.error);
}

/** A write that ONTAP accepted, or said to be needless, and that its own reads contradict. */
const contradicted = (verb: "DELETE" | "PATCH", judgement: "not removed" | "not denied"): ArrayFailure => ({
  kind: "array",
  verb,
  meaning: meaningOfJudgement(judgement, undefined),
  answer: { httpStatus: 200, code: undefined, message: "", target: undefined },
  detail: undefined,
  retryAfterMs: undefined,
});
