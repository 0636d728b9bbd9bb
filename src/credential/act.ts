import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import type { ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { CredentialWriter } from "../api/ports.ts";
import { requestOf } from "../api/reconcile-request.ts";
import { timestamp } from "../api/verdict.ts";
import { outboundStillShown, type ArrayFailure } from "../array/failure.ts";
import { acceptedFields } from "../array/visible-fields.ts";
import type { Operation } from "../authority/permits.ts";
import { defined } from "../std/defined.ts";
import { err, ok, type Result } from "../std/result.ts";
import { unreachable } from "../std/unreachable.ts";
import { noSecrets, type SecretVersions, type Attempt } from "./applied.ts";
import { authorise } from "./consent.ts";
import type { LiveStep } from "./decide.ts";
import { lowersGuard } from "./differences.ts";
import { driftFound, type DriftNow } from "./drift.ts";
import type { CredentialFailure } from "./failure.ts";
import type { GatherDeps, Gathered } from "./gather.ts";
import { lockedMs, type IdentityLocks } from "./identity-locks.ts";
import { assertWritable } from "./invariants.ts";
import type { CredentialMeter } from "./meter.ts";
import {
  failed,
  held,
  isConvergence,
  nothingToDo,
  planned,
  type Accepted,
  type Failed,
  type Held,
  type Outcome,
  type Written,
} from "./outcome.ts";
import { credentialFinalizer } from "./references.ts";
import { isPutAside, isRejected, rejectedWriteOf, type WriteAttempt } from "./rejected-write.ts";
import type { ReadSecrets } from "./secrets.ts";
import { takePass, type Allowance } from "./allowance.ts";

export interface ActDeps extends GatherDeps {
  /** The object as it is now. */
  readonly find: (key: ObjectKey) => IscsiCredential | undefined;
  readonly writer: CredentialWriter;
  readonly meter: CredentialMeter;
  readonly locks: IdentityLocks;
}

/** What a step is carried out on. */
export interface Scene extends Gathered {
  readonly credential: IscsiCredential;
  readonly spec: IscsiCredentialSpec;
  readonly secrets: ReadSecrets | undefined;
  /** What is left of the object's allowance, if this pass has taken from it. */
  readonly allowance: Allowance | undefined;
}

/** The steps that end a pass. */
export type FinalStep = Exclude<LiveStep, { do: "read-secrets" | "read-array" }>;
type WriteStep = Extract<LiveStep, { do: "create" | "change" }>;

/** Carries a step out: at most one write to the array, after the object carries our finalizer. Safe to repeat. */
export async function act(step: FinalStep, scene: Scene, deps: ActDeps, signal: AbortSignal): Promise<Outcome> {
  const { facts, target } = scene;
  switch (step.do) {
    case "settle":
    case "adopt": {
      const marked = await addFinalizer(scene, deps, signal);
      if (!marked.ok) return failed(step.do, marked.error, target.svm);
      const allowed = step.do === "adopt" ? allow(adoption(scene), scene, deps) : ok(undefined);
      if (!allowed.ok) return failed(step.do, allowed.error, target.svm);
      return holding(step.do, scene, settled(scene, deps));
    }
    case "plan": {
      const because = deps.dryRun ? "dry-run" : "mode";
      const plan = { operation: step.operation, changes: step.because, because } as const;
      return planned({ svm: target.svm, observed: facts.observed, plan });
    }
    case "refuse":
      return failed("refuse", step.failure, target.svm);
    case "create":
    case "change":
      return write(step, scene, deps, signal);
    default:
      return unreachable(step);
  }
}

async function write(step: WriteStep, scene: Scene, deps: ActDeps, signal: AbortSignal): Promise<Outcome> {
  const { credential, target, memory } = scene;
  const { connection, svm } = target;
  const attempted = attemptOf(step, scene);
  if (memory.rejected !== undefined && isRejected(attempted, memory.rejected)) {
    const { failure } = memory.rejected;
    return failed(step.do, failure, svm, { rejected: { ...attempted, failure } });
  }
  const allowance = scene.allowance ?? takePass(memory.allowance, deps.clock.monotonic());
  if (typeof allowance === "number") return { kind: "waits", ms: allowance };
  if (!deps.locks.enter(credential.key, connection, svm.id)) return { kind: "waits", ms: lockedMs };
  const marked = await addFinalizer(scene, deps, signal);
  if (!marked.ok) return failed(step.do, marked.error, svm);
  const begun = await beginCreation(step, scene, deps, signal);
  if (!begun.ok) return failed(step.do, begun.error, svm);
  if (isOvertaken(credential, deps)) return nothingToDo;
  const allowed = allow(operationOf(step, scene), scene, deps);
  if (!allowed.ok) return failed(step.do, allowed.error, svm);
  assertWritable(step, scene.facts, scene.spec, deps.find(credential.key));
  const sent = await send(step, scene, deps, signal);
  deps.arrays.wrote(connection, svm.id);
  const written = sent.ok && clearsOutbound(step, scene) ? await outboundIsGone(scene, deps, signal) : sent;
  if (!written.ok) return notWritten(step, scene, written.error, { begun: begun.value, attempted, allowance });
  const drift = driftIn(step, scene, deps);
  const wrote = writtenBy(step, scene);
  tell(drift, scene, deps);
  return holding(step.do, scene, accepted(scene, timestamp(deps.clock.now())), { wrote, drift, allowance });
}

function send(
  step: WriteStep,
  { target: { calls, connection, svm } }: Scene,
  { arrays }: ActDeps,
  signal: AbortSignal,
): Promise<Result<void, ArrayFailure>> {
  if (step.do === "create") return calls.createCredential(svm.id, step.creation, signal);
  const shownAs = arrays.shownAs(connection, svm.id);
  return calls.changeCredential({ ...svm.id, shownAs }, step.change, signal);
}

/** Whether the write takes an outbound pair away that ONTAP is known to hold. */
function clearsOutbound(step: WriteStep, { facts: { observed, applied } }: Scene): boolean {
  if (step.do !== "change" || step.change.authentication?.type !== "chap") return false;
  const shown = observed.state === "held" ? observed.credential.outboundUser : applied?.outboundUser;
  return shown !== undefined && step.change.authentication.outbound === undefined;
}

/** Older releases do not document how to clear a pair, and an array that answers 200 may have kept it. */
async function outboundIsGone(
  { target }: Scene,
  { arrays, clock }: ActDeps,
  signal: AbortSignal,
): Promise<Result<void, ArrayFailure>> {
  const read = await arrays.read(target, target.svm.id, { sinceMs: clock.monotonic(), crowd: 1 }, signal);
  if (!read.ok) return read;
  const { observed } = read.value;
  const stays = observed.state === "held" && observed.credential.outboundUser !== undefined;
  return stays ? err(outboundStillShown()) : ok(undefined);
}

/** What a write that failed leaves behind. A creation that found one there has proved that it is not this object's. */
function notWritten(
  step: WriteStep,
  { target: { svm }, facts: { adoption: terms } }: Scene,
  failure: ArrayFailure,
  { begun, attempted, allowance }: { begun: Attempt | undefined; attempted: WriteAttempt; allowance: Allowance },
): Failed {
  const rejected = rejectedWriteOf(attempted, failure);
  const isThere = step.do === "create" && alreadyThere.has(failure.meaning.reason);
  if (isThere && terms.policy === "Refuse") {
    return failed(step.do, { kind: "already-exists", by: terms.by }, svm, { attempt: "none", allowance });
  }
  const cameToNothing = isThere || (rejected !== undefined && !isPutAside(failure));
  const attempt = cameToNothing ? "none" : begun;
  return failed(step.do, failure, svm, { rejected, attempt, allowance });
}

/** The catalogue's words for a credential that was there already. */
const alreadyThere: ReadonlySet<string> = new Set(["CredentialExists", "EntryExists"]);

/**
 * While adoption is refused, a creation is noted in the status before it is sent: a credential that is found after a crash is
 * then known to be this object's own, and not one that was there before. Gives the note, if there is one.
 */
async function beginCreation(
  step: WriteStep,
  { credential, facts, target: { svm } }: Scene,
  { find, writer }: ActDeps,
  signal: AbortSignal,
): Promise<Result<Attempt | undefined, CredentialFailure>> {
  if (step.do !== "create" || facts.adoption.policy !== "Refuse" || facts.isOurs) return ok(undefined);
  const attempt: Attempt = {
    svm: { uuid: svm.id.svm },
    initiator: svm.id.initiator,
    uid: credential.meta.uid,
  };
  const now = find(credential.key) ?? credential;
  const written = await writer.setStatus(now, { ...now.status, attempt }, signal);
  return written.status === "retry" ? { ok: false, error: written.failure } : ok(attempt);
}

/** The operation as its owner's grants know it. */
function operationOf(step: WriteStep, scene: Scene): Operation {
  const { facts, claim } = scene;
  if (claim.succeeds !== undefined) return handOver(scene);
  if (step.do === "create") return { kind: "create", foreign: false };
  const foreign = facts.observed.state === "held" && !facts.isOurs;
  if (foreign) return { kind: "adopt", foreign };
  const { desired } = facts;
  const reason = desired.secrets === "read" ? desired.writeReason : "none";
  const kind = reason === "changed" ? "rotate" : reason === "reassert" ? "reassert" : "change";
  return { kind, foreign };
}

const adoption = (scene: Scene): Operation =>
  scene.claim.succeeds === undefined ? { kind: "adopt", foreign: !scene.facts.isOurs } : handOver(scene);

const handOver = ({ credential, claim }: Scene): Operation => ({
  kind: "hand-over",
  foreign: claim.succeeds?.namespace !== credential.meta.namespace,
});

/** Asks the owner's grants as they are now: they may have changed since the pass began. */
function allow(
  operation: Operation,
  { credential, spec, target: { svm } }: Scene,
  deps: ActDeps,
): Result<unknown, CredentialFailure> {
  return authorise(credential, spec, { uuid: svm.id.svm, name: svm.name }, operation, deps);
}

/** Two writes of one object with the same text say the same, and are asked for by the same edit or request. */
function attemptOf({ do: verb, because }: WriteStep, { credential: { meta }, target, secrets }: Scene): WriteAttempt {
  const { generation } = meta;
  const { svm } = target.svm.id;
  return {
    generation,
    svm,
    secrets: secrets?.versions ?? noSecrets,
    write: JSON.stringify([verb, because, generation, svm, secrets?.digest, requestOf(meta)]),
  };
}

function writtenBy(step: WriteStep, { facts: { desired }, secrets }: Scene): Written {
  return {
    verb: step.do === "create" ? "POST" : "PATCH",
    because: step.because,
    secrets: desired.secrets === "read" ? desired.writeReason : "none",
    versions: secrets?.versions,
  };
}

/** Tells the meters of a write that ONTAP has accepted. */
function tell(
  drift: DriftNow | undefined,
  { facts: { desired }, memory, secrets, target }: Scene,
  deps: ActDeps,
): void {
  const { connection } = target;
  if (drift !== undefined) deps.meter.driftCorrected(connection);
  if (secrets === undefined || desired.secrets !== "read" || desired.writeReason !== "changed") return;
  const editedMs = editSeenMs(secrets, memory.carriedBy);
  if (editedMs !== undefined) deps.meter.propagated(connection, deps.clock.monotonic() - editedMs);
}

/**
 * When the edit that these Secrets carry was seen: the latest one, if both directions were edited. Undefined if none was:
 * what ONTAP had accepted came from the same versions, or from other Secrets, which is an edit of the spec.
 */
export function editSeenMs(
  { versions, heardMs }: Pick<ReadSecrets, "versions" | "heardMs">,
  acceptedVersions: SecretVersions | undefined,
): number | undefined {
  const edits = (["inbound", "outbound"] as const).flatMap((direction) => {
    const [now, before] = [versions[direction], acceptedVersions?.[direction]];
    const edited = now?.name === before?.name && now?.resourceVersion !== before?.resourceVersion;
    return edited ? (heardMs[direction] ?? []) : [];
  });
  return edits.length === 0 ? undefined : Math.max(...edits);
}

/**
 * Whether the object was edited, suspended or deleted since this pass read it: what the pass was about to write may not be
 * wanted any more. The edit has enqueued a pass of its own.
 */
function isOvertaken({ key, meta }: IscsiCredential, { find }: Pick<ActDeps, "find">): boolean {
  const now = find(key);
  return (
    now?.meta.uid !== meta.uid ||
    now.meta.generation !== meta.generation ||
    now.meta.deletionTimestamp !== meta.deletionTimestamp
  );
}

/** What something else changed after ONTAP had accepted it: nothing is new on our side, and something visible differs. */
function driftIn(step: WriteStep, scene: Scene, { clock }: ActDeps): DriftNow | undefined {
  const { credential, memory, facts, resyncIntervalMs } = scene;
  const { observed, desired } = facts;
  const ours = facts.applied !== undefined && memory.applied?.generation === credential.meta.generation;
  const secretsAreNew = desired.secrets === "read" && desired.writeReason === "changed";
  const found = step.because.filter(({ field }) => !field.endsWith(".password"));
  if (!ours || secretsAreNew || found.length === 0 || observed.state === "unread") return undefined;
  const isMoreOpen = observed.state === "absent" || lowersGuard(observed.credential, desired.visible);
  return driftFound(memory.drift, found, { isMoreOpen, resyncIntervalMs, nowMs: clock.monotonic() });
}

function holding(
  step: Held["step"],
  { facts, target, secrets, memory, claim }: Scene,
  what: Accepted,
  { wrote, drift, allowance }: Partial<Pick<Held, "wrote" | "drift" | "allowance">> = {},
): Outcome {
  const hostDifferences = secrets?.hostDifferences ?? (what.applied.authenticationType === "chap" ? "unread" : []);
  const { observed } = facts;
  const tookOver = what.applied.adopted === true && memory.applied === undefined && claim.succeeds === undefined;
  return held({ step, svm: target.svm, observed, accepted: what, hostDifferences, wrote, drift, tookOver, allowance });
}

/** Nothing was written: what was accepted stays, also under a newer generation or newer versions of the same values. */
function settled(scene: Scene, { clock }: ActDeps): Accepted {
  const { credential, memory, secrets } = scene;
  const { applied } = memory;
  if (applied === undefined) return accepted(scene, timestamp(clock.now()));
  if (applied.generation !== credential.meta.generation) return accepted(scene, applied.time);
  // That newer versions carry the same values is remembered, not written: a label edit writes nothing anywhere.
  return { applied, digest: secrets?.digest, carriedBy: secrets?.versions ?? memory.carriedBy };
}

/** What ONTAP holds of this object from now on. */
function accepted({ credential, memory, facts, target, secrets, claim }: Scene, time: string): Accepted {
  const { authenticationType } = facts.desired.visible;
  const versions = authenticationType === "chap" ? (secrets?.versions ?? memory.carriedBy) : undefined;
  const { id, name } = target.svm;
  const foreign = facts.observed.state === "held" && !facts.isOurs;
  return {
    applied: defined({
      ...acceptedFields(facts.desired.visible),
      svm: defined({ name, uuid: id.svm }),
      uid: credential.meta.uid,
      adopted: foreign || claim.inheritsAdopted || memory.applied?.adopted === true ? true : undefined,
      authenticationType,
      inboundSecret: versions?.inbound,
      outboundSecret: versions?.outbound,
      generation: credential.meta.generation,
      time,
    }),
    digest: secrets?.digest,
    carriedBy: versions,
  };
}

async function addFinalizer(
  { credential, facts }: Scene,
  { writer }: ActDeps,
  signal: AbortSignal,
): Promise<Result<unknown, CredentialFailure>> {
  if (facts.hasFinalizer || facts.mode === "Plan") return ok(undefined);
  return writer.setFinalizers(credential, [...credential.meta.finalizers, credentialFinalizer], signal);
}

/** Whether the failure of a removal, or of a change, says that there is nothing to remove or change. */
export const saysAbsent = (failure: ArrayFailure): boolean =>
  isConvergence(failure) && absent.has(failure.meaning.reason);

/** The catalogue's words for a credential that is not there. */
const absent: ReadonlySet<string> = new Set(["CredentialMissing", "EntryMissing"]);
