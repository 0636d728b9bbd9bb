import { reconcileRequestAnnotation } from "../api/fields.ts";
import type { IscsiCredentialStatus } from "../api/iscsi-credential.ts";
import type { ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { Next, Reconcile } from "../controller/controller.ts";
import type { DefectMeter } from "../controller/meter.ts";
import type { Log } from "../std/log.ts";
import { placeOf } from "../std/place.ts";
import type { Random } from "../std/random.ts";
import { act } from "./act.ts";
import { decide } from "./decide.ts";
import { end, type EndDeps } from "./end.ts";
import { eventsOf, toldBy } from "./events.ts";
import type { CredentialFailure } from "./failure.ts";
import { gatherLive } from "./gather.ts";
import { meaningOfFailure } from "./meaning.ts";
import { createMemories, type Memory } from "./memory.ts";
import { nextAttempt, nextLook, statusRetry } from "./next.ts";
import { failed, undisturbed, type Outcome } from "./outcome.ts";
import { passLine } from "./pass-line.ts";
import { connectionKeyOf } from "./references.ts";
import { credentialStatusAfter, suspendedStatus } from "./status.ts";

export interface CredentialDeps extends EndDeps {
  readonly random: Random;
  readonly log: Log;
  readonly defects: DefectMeter;
}

const onChange: Next = { look: "on-change" };

/** gather → decide → act (at most one write to the array) → report (only if something changed). */
export function createCredentialReconcile(deps: CredentialDeps): Reconcile<ObjectKey> {
  const { find, writer, emit, sessions, clock, random, log, defects } = deps;
  const memories = createMemories();

  return async function reconcile(key, signal): Promise<Next> {
    const credential = find(key);
    if (credential === undefined) {
      memories.forget(key);
      return onChange;
    }
    const memory = memories.of(credential);
    const startedMs = clock.monotonic();
    const outcome = await pass(credential, memory, signal);
    const tookMs = clock.monotonic() - startedMs;
    // The pass may have written the finalizer: the status belongs to the object as it is now.
    const next = await report(find(key) ?? credential, memory, outcome, signal);
    const { level, message, fields } = passLine(credential, outcome, memory.failures, tookMs);
    log[level](fields, message);
    return next;
  };

  async function pass(credential: IscsiCredential, memory: Memory, signal: AbortSignal): Promise<Outcome> {
    try {
      const { meta, spec } = credential;
      if (meta.deletionTimestamp !== undefined) return await end(credential, memory, deps, signal);
      if (!spec.ok) return failed({ kind: "spec-invalid", problems: spec.error });
      if (spec.value.suspend) return { kind: "suspended" };
      const gathered = await gatherLive(credential, spec.value, memory, deps, signal);
      if (gathered === "idle") return undisturbed;
      if ("missed" in gathered) return { kind: "undisturbed", missed: gathered.missed };
      if (!gathered.ok) return failed(gathered.error);
      const step = decide(gathered.value.facts);
      return await act(step, { credential, memory, ...gathered.value }, deps, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const place = placeOf(error);
      defects.defect("exception");
      log.error({ credential: credential.key, place }, "a defect stopped the pass");
      return failed({ kind: "bug", place });
    }
  }

  async function report(
    credential: IscsiCredential,
    memory: Memory,
    outcome: Outcome,
    signal: AbortSignal,
  ): Promise<Next> {
    if (outcome.kind === "released") return onChange;
    if (outcome.kind === "undisturbed") {
      return outcome.missed === undefined ? onChange : afterFailure(credential, memory, outcome.missed);
    }
    if (outcome.kind === "suspended") {
      return write(credential, suspendedStatus(credential, clock.now()), onChange, signal);
    }
    const next =
      outcome.kind === "failed" ? afterFailure(credential, memory, outcome.failure) : afterSuccess(credential, memory);
    if (outcome.kind === "failed" && meaningOfFailure(outcome.failure).silent) return next;
    for (const event of eventsOf(credential, outcome, memory.told)) emit(credential, event);
    memory.told = toldBy(outcome);
    const status = credentialStatusAfter(
      credential,
      {
        outcome,
        applied: memory.applied,
        refused: memory.refused,
        failures: memory.failures,
        nextAttemptMs: outcome.kind === "failed" && next.look === "after" ? clock.now() + next.ms : undefined,
        lastHandledReconcileAt: credential.meta.annotations[reconcileRequestAnnotation],
      },
      clock.now(),
    );
    return write(credential, status, next, signal);
  }

  /** Gives `next`, unless the status has to be written again. */
  async function write(
    credential: IscsiCredential,
    status: IscsiCredentialStatus,
    next: Next,
    signal: AbortSignal,
  ): Promise<Next> {
    const written = await writer.setStatus(credential, status, signal);
    return written.status === "retry" ? statusRetry(random) : next;
  }

  function afterSuccess(credential: IscsiCredential, memory: Memory): Next {
    memory.failures = 0;
    return nextLook(credential, memory, clock);
  }

  function afterFailure(credential: IscsiCredential, memory: Memory, failure: CredentialFailure): Next {
    const { retry } = meaningOfFailure(failure);
    // Only attempts count: whoever waits for a person or for the connection attempts nothing.
    memory.failures = retry.when === "at-once" || retry.when === "backed-off" ? memory.failures + 1 : 0;
    if (failure.kind === "array") learn(credential, memory, failure);
    return nextAttempt(retry, memory.failures, random);
  }

  /** An answer, or the lack of one, may say something about more than this object. */
  function learn({ meta, spec }: IscsiCredential, memory: Memory, { meaning, answer }: ArrayFailure): void {
    if (meaning.class === "converge") memory.mustLook = true;
    if (meaning.class === "bug") defects.defect("request");
    const doubtful = answer === undefined || answer.httpStatus === 401 || meaning.code === "2621462";
    if (doubtful && spec.ok) sessions.requestProbe(connectionKeyOf(spec.value, meta.namespace));
  }
}
