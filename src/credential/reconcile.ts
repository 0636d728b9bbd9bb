import type { IscsiCredentialStatus } from "../api/iscsi-credential.ts";
import type { ObjectKey } from "../api/key.ts";
import { millisecondsOf } from "../api/fields.ts";
import type { IscsiCredential } from "../api/parse.ts";
import { pendingRequest, requestOf } from "../api/reconcile-request.ts";
import { writeRetryMs } from "../api/write-retry.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import type { Reconcile, ReconcileResult } from "../controller/controller.ts";
import type { DefectMeter } from "../controller/meter.ts";
import type { Log } from "../std/log.ts";
import type { Random } from "../std/random.ts";
import { defined } from "../std/defined.ts";
import { topFrameOf } from "../std/top-frame.ts";
import { isOwn } from "./consent.ts";
import { createDepartures } from "./departures.ts";
import { eventsOf } from "./events.ts";
import { finalize, keepFinalizer, type FinalizeDeps } from "./finalize.ts";
import { livePass, type LivePassDeps, type Pass } from "./live-pass.ts";
import { BrokenInvariant } from "./invariants.ts";
import { createMemories, memoryAfter, withoutRead, type Memory } from "./memory.ts";
import { resultAfterFailure, resultAfterSuccess } from "./next.ts";
import { notifyOfLoss, notifyOwner } from "./notify-owner.ts";
import {
  arrayFailureIn,
  failed,
  isConvergence,
  nothingToDo,
  withPatience,
  type Failed,
  type Outcome,
  type ReportedOutcome,
} from "./outcome.ts";
import { passLine } from "./pass-line.ts";
import { connectionKeyOf } from "./references.ts";
import { credentialStatusAfter, suspendedStatus } from "./status.ts";

export interface CredentialDeps extends LivePassDeps, FinalizeDeps {
  /** Of the object that is there now, whether or not this process serves it. */
  readonly presentUid: (key: ObjectKey) => string | undefined;
  readonly random: Random;
  readonly log: Log;
  readonly defects: DefectMeter;
}

export interface CredentialReconcile {
  readonly reconcile: Reconcile<ObjectKey>;
  /** The API server's data is older than it was: the secrets are written again, each object's at its next resync. */
  reassertAll(): void;
}

/** gather → decide → act (at most one write to the array) → report (only if something changed). */
export function createCredentialReconcile(deps: CredentialDeps): CredentialReconcile {
  const { find, presentUid, writer, emit, sessions, arrays, locks, clock, random, log, defects } = deps;
  const memories = createMemories();
  const departures = createDepartures();
  /** How often in a row the status of an object could not be written. */
  const unwritten = new Map<ObjectKey, number>();

  async function reconcile(key: ObjectKey, signal: AbortSignal): Promise<ReconcileResult> {
    const credential = find(key);
    const remains = departures.take(key, presentUid(key));
    if (remains !== undefined) {
      notifyOfLoss(remains, deps);
      const { connection, initiator } = remains;
      log.warn(
        { credential: key, connection, initiator },
        "the object went without its finalizer, its credential stays",
      );
    }
    if (credential === undefined) {
      memories.forget(key);
      unwritten.delete(key);
      return { kind: "await-change" };
    }
    const before = memories.of(credential);
    const startedMs = clock.monotonic();
    try {
      const pass = await passOver(credential, before, signal);
      const endedMs = clock.monotonic();
      const outcome = withPatience(pass.outcome, before);
      const memory = memoryAfter({ ...withRequest(credential, pass), outcome, endedMs });
      memories.put(credential, memory);
      departures.note(credential, memory, outcome);
      learn(credential, outcome);
      notifyOwner(credential, before, memory, outcome, deps);
      // The pass may have written the finalizer: the status belongs to the object as it is now.
      const result = await report(find(key) ?? credential, before, memory, outcome, signal);
      const { level, message, fields } = passLine(credential, outcome, memory.failures, endedMs - startedMs);
      log[level](fields, message);
      return result;
    } finally {
      locks.leave(key);
    }
  }

  async function passOver(found: IscsiCredential, memory: Memory, signal: AbortSignal): Promise<Pass> {
    const { key, meta, spec } = found;
    try {
      if (meta.deletionTimestamp !== undefined) {
        return withoutRead(memory, await finalize(found, memory, deps, signal));
      }
      const kept = await keepFinalizer(found, memory, deps, signal);
      if (!kept.ok) return withoutRead(memory, failed("gather", kept.error));
      const credential = kept.value;
      if (credential === undefined) return withoutRead(memory, nothingToDo);
      if (!spec.ok) return withoutRead(memory, failed("gather", { kind: "spec-invalid", problems: spec.error }));
      if (spec.value.suspend) return withoutRead(memory, { kind: "suspended" });
      return await livePass(credential, spec.value, memory, deps, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const place = topFrameOf(error);
      const invariant = error instanceof BrokenInvariant ? error.message : undefined;
      defects.defect(invariant === undefined ? "exception" : "invariant");
      log.error({ credential: key, place, ...defined({ invariant }) }, "a defect stopped the pass");
      return withoutRead(memory, failed("gather", { kind: "bug", place }));
    }
  }

  async function report(
    credential: IscsiCredential,
    before: Memory,
    memory: Memory,
    outcome: Outcome,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    switch (outcome.kind) {
      case "released":
      case "nothing-to-do":
        return { kind: "await-change" };
      case "waits":
        return { kind: "requeue-after", ms: outcome.ms, urgency: "retry" };
      case "not-compared":
        return whenReadAgain(credential, outcome.svm.id.svm);
      case "suspended":
        return write(credential, suspendedStatus(credential, clock.now()), { kind: "await-change" }, signal);
      default:
        return reportVerdict(credential, before, memory, outcome, signal);
    }
  }

  async function reportVerdict(
    credential: IscsiCredential,
    before: Memory,
    memory: Memory,
    outcome: ReportedOutcome,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    const isFailed = outcome.kind === "failed";
    const leastMs = leastIntervalMs(credential);
    const result = isFailed
      ? resultAfterFailure(outcome.meaning.retry, attemptsOf(outcome, memory), random)
      : resultAfterSuccess(credential, memory, leastMs, clock);
    if (isFailed && outcome.meaning.silent) return result;
    for (const event of eventsOf(credential, outcome, before.lastReportedVerdict)) emit(credential, event);
    const nextAttemptMs = isFailed && result.kind === "requeue-after" ? clock.now() + result.ms : undefined;
    const lastHandledReconcileAt = requestOf(credential.meta);
    const input = { outcome, memory, leastIntervalMs: leastMs, nextAttemptMs, lastHandledReconcileAt };
    return write(credential, credentialStatusAfter(credential, input, clock.now()), result, signal);
  }

  /** Objects of other namespaces are served no more often than the connection's owner says. */
  function leastIntervalMs({ spec, meta }: IscsiCredential): number {
    if (!spec.ok) return 0;
    const connection = connectionKeyOf(spec.value, meta.namespace);
    const found = deps.findConnection(connection);
    return isOwn(connection, meta.namespace) || found?.spec.ok !== true
      ? 0
      : millisecondsOf(found.spec.value.resyncInterval);
  }

  /** All credentials of an SVM that could not be read are compared again at one time. */
  function whenReadAgain({ spec, meta }: IscsiCredential, svm: SvmUuid): ReconcileResult {
    if (!spec.ok) return { kind: "await-change" };
    const dueMs = arrays.nextAttemptMs(connectionKeyOf(spec.value, meta.namespace), svm);
    return { kind: "requeue-after", ms: Math.max(0, dueMs - clock.monotonic()), urgency: "resync" };
  }

  /** Gives `result`, unless the status has to be written again. */
  async function write(
    credential: IscsiCredential,
    status: IscsiCredentialStatus,
    result: ReconcileResult,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    const { key } = credential;
    const written = await writer.setStatus(credential, status, signal);
    if (written.status !== "retry") {
      unwritten.delete(key);
      return result;
    }
    const failures = (unwritten.get(key) ?? 0) + 1;
    unwritten.set(key, failures);
    return { kind: "requeue-after", ms: writeRetryMs(failures, written.failure, random), urgency: "retry" };
  }

  /** An answer of the array, or the lack of one, may say something about more than this object. */
  function learn({ meta, spec }: IscsiCredential, outcome: Outcome): void {
    const failure =
      outcome.kind === "not-compared"
        ? outcome.failure
        : outcome.kind === "failed"
          ? arrayFailureIn(outcome.failure)
          : undefined;
    if (failure === undefined) return;
    const { meaning, answer } = failure;
    if (meaning.class === "bug") defects.defect("request");
    const doubtful = answer === undefined || answer.httpStatus === 401 || meaning.code === "2621462";
    if (doubtful && spec.ok) sessions.requestProbe(connectionKeyOf(spec.value, meta.namespace));
  }

  return { reconcile, reassertAll: () => memories.reassertAll() };
}

/** The status says that a request was handled, however early the pass ended: what a person asked for outlives that. */
function withRequest(credential: IscsiCredential, pass: Pass): Pass {
  return pendingRequest(credential) === undefined ? pass : { ...pass, wantedRead: true, wantedReassert: true };
}

/** What was silent for as long as it may be is told at once, however often something else had failed before. */
const attemptsOf = ({ failure }: Failed, { convergences, failures }: Memory): number =>
  isConvergence(failure) ? convergences : failures;
