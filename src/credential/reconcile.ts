import { reconcileRequestAnnotation } from "../api/fields.ts";
import type { IscsiCredentialStatus } from "../api/iscsi-credential.ts";
import type { ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { Reconcile, ReconcileResult } from "../controller/controller.ts";
import type { DefectMeter } from "../controller/meter.ts";
import type { Log } from "../std/log.ts";
import { topFrameOf } from "../std/top-frame.ts";
import type { Random } from "../std/random.ts";
import { eventsOf } from "./events.ts";
import { finalize, type FinalizeDeps } from "./finalize.ts";
import { livePass, type LivePass, type LivePassDeps } from "./live-pass.ts";
import { createMemories, memoryAfter, withoutRead, type Memory } from "./memory.ts";
import { resultAfterFailure, resultAfterSuccess, resultAfterUnwrittenStatus } from "./next.ts";
import { failed, type Outcome } from "./outcome.ts";
import { passLine } from "./pass-line.ts";
import { connectionKeyOf } from "./references.ts";
import { credentialStatusAfter, suspendedStatus } from "./status.ts";

export interface CredentialDeps extends LivePassDeps, FinalizeDeps {
  readonly random: Random;
  readonly log: Log;
  readonly defects: DefectMeter;
}

/** gather → decide → act (at most one write to the array) → report (only if something changed). */
export function createCredentialReconcile(deps: CredentialDeps): Reconcile<ObjectKey> {
  const { find, writer, emit, sessions, arrays, clock, random, log, defects } = deps;
  const memories = createMemories();

  return async function reconcile(key, signal): Promise<ReconcileResult> {
    const credential = find(key);
    if (credential === undefined) {
      memories.forget(key);
      return { kind: "await-change" };
    }
    const before = memories.of(credential);
    const startedMs = clock.monotonic();
    const pass = await passOver(credential, before, signal);
    const endedMs = clock.monotonic();
    const memory = memoryAfter(before, { ...pass, endedMs });
    memories.put(credential, memory);
    learn(credential, pass.outcome);
    // The pass may have written the finalizer: the status belongs to the object as it is now.
    const result = await report(find(key) ?? credential, before, memory, pass.outcome, signal);
    const { level, message, fields } = passLine(credential, pass.outcome, memory.failures, endedMs - startedMs);
    log[level](fields, message);
    return result;
  };

  async function passOver(credential: IscsiCredential, memory: Memory, signal: AbortSignal): Promise<LivePass> {
    const { key, meta, spec } = credential;
    try {
      if (meta.deletionTimestamp !== undefined) return withoutRead(await finalize(credential, memory, deps, signal));
      if (!spec.ok) return withoutRead(failed("gather", { kind: "spec-invalid", problems: spec.error }));
      if (spec.value.suspend) return withoutRead({ kind: "suspended" });
      return await livePass(credential, spec.value, memory, deps, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const place = topFrameOf(error);
      defects.defect("exception");
      log.error({ credential: key, place }, "a defect stopped the pass");
      return withoutRead(failed("gather", { kind: "bug", place }));
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
      case "not-compared":
        return whenReadAgain(credential, outcome.svm.id.svm);
      case "suspended":
        return write(credential, suspendedStatus(credential, clock.now()), { kind: "await-change" }, signal);
      default: {
        const isFailed = outcome.kind === "failed";
        const result = isFailed
          ? resultAfterFailure(outcome.meaning.retry, memory.failures, random)
          : resultAfterSuccess(credential, memory, clock);
        if (isFailed && outcome.meaning.silent) return result;
        for (const event of eventsOf(credential, outcome, before.lastReportedVerdict)) emit(credential, event);
        const status = credentialStatusAfter(
          credential,
          {
            outcome,
            memory,
            nextAttemptMs: isFailed && result.kind === "requeue-after" ? clock.now() + result.ms : undefined,
            lastHandledReconcileAt: credential.meta.annotations[reconcileRequestAnnotation],
          },
          clock.now(),
        );
        return write(credential, status, result, signal);
      }
    }
  }

  /** All credentials of an SVM that could not be read are compared again at one time. */
  function whenReadAgain(
    { spec, meta }: IscsiCredential,
    svm: Parameters<typeof arrays.nextAttemptMs>[1],
  ): ReconcileResult {
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
    const written = await writer.setStatus(credential, status, signal);
    return written.status === "retry" ? resultAfterUnwrittenStatus(random) : result;
  }

  /** An answer of the array, or the lack of one, may say something about more than this object. */
  function learn({ meta, spec }: IscsiCredential, outcome: Outcome): void {
    const failure = arrayFailureIn(outcome);
    if (failure === undefined) return;
    const { meaning, answer } = failure;
    if (meaning.class === "bug") defects.defect("request");
    const doubtful = answer === undefined || answer.httpStatus === 401 || meaning.code === "2621462";
    if (doubtful && spec.ok) sessions.requestProbe(connectionKeyOf(spec.value, meta.namespace));
  }
}

function arrayFailureIn(outcome: Outcome): ArrayFailure | undefined {
  if (outcome.kind === "not-compared") return outcome.failure;
  return outcome.kind === "failed" && outcome.failure.kind === "array" ? outcome.failure : undefined;
}
