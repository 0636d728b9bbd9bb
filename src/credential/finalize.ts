import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { EmitEvent } from "../api/ports.ts";
import type { ArrayFailure } from "../array/failure.ts";
import { defaultInitiator } from "../array/identifiers.ts";
import { ok, type Result } from "../std/result.ts";
import { unreachable } from "../std/unreachable.ts";
import type { ActDeps } from "./act.ts";
import { decideFinalize } from "./decide.ts";
import { deletedEvent, deniedEvent } from "./events.ts";
import type { GatherDeps } from "./gather.ts";
import type { Memory } from "./memory.ts";
import { failed, type Outcome } from "./outcome.ts";
import { credentialFinalizer } from "./references.ts";
import { targetOfDeleted, type Target } from "./target.ts";

export interface FinalizeDeps extends ActDeps, GatherDeps {
  readonly emit: EmitEvent<IscsiCredential>;
}

/** The pass over an object that is being deleted: the array forgets it, or not, as it asks; then its finalizer goes. */
export async function finalize(
  credential: IscsiCredential,
  memory: Memory,
  deps: FinalizeDeps,
  signal: AbortSignal,
): Promise<Outcome> {
  const { meta, spec } = credential;
  const step = decideFinalize({
    hasFinalizer: meta.finalizers.includes(credentialFinalizer),
    suspended: spec.ok && spec.value.suspend,
    dryRun: deps.dryRun,
    // What cannot be understood does not say what to delete, and must not hold its namespace.
    end: spec.ok ? finalActionOf(spec.value) : "leave",
  });
  switch (step.do) {
    case "nothing":
      return { kind: "released" };
    case "refuse":
      return failed("refuse", step.failure);
    case "release":
      return release(credential, deps, signal);
    case "delete":
    case "deny": {
      const target = spec.ok ? targetOfDeleted(credential, spec.value, memory, deps) : ok(undefined);
      if (!target.ok) return failed(step.do, target.error);
      if (target.value !== undefined) {
        const write = step.do === "deny" ? denyOnArray : deleteOnArray;
        const written = await write(credential, target.value, deps, signal);
        if (!written.ok) return failed(step.do, written.error, target.value.svm);
      }
      return release(credential, deps, signal);
    }
    default:
      return unreachable(step);
  }
}

/** Whether the deletion of an object asks the array: then its connection has to outlive it. */
export function needsArrayToGo({ meta, spec }: IscsiCredential): boolean {
  return spec.ok && meta.finalizers.includes(credentialFinalizer) && finalActionOf(spec.value) !== "leave";
}

/** What a spec wants to become of ONTAP's credential. ONTAP's `default` can only be left or denied. */
function finalActionOf({ deletionPolicy, mode, initiator }: IscsiCredentialSpec): "delete" | "deny" | "leave" {
  if (mode === "Plan" || deletionPolicy === "Retain") return "leave";
  if (deletionPolicy === "Deny") return "deny";
  return initiator === defaultInitiator ? "leave" : "delete";
}

type FinalWrite = Promise<Result<void, ArrayFailure>>;

async function deleteOnArray(
  credential: IscsiCredential,
  target: Target,
  { arrays, clock, emit }: FinalizeDeps,
  signal: AbortSignal,
): FinalWrite {
  const { connection, array, svm } = target;
  const deleted = await array.removeCredential(svm.id, signal);
  arrays.wrote(connection, svm.id);
  if (!deleted.ok) return goneAnyway(deleted.error);
  const fallbackId = { ...svm.id, initiator: defaultInitiator };
  const fallback = await arrays.read(target, fallbackId, { sinceMs: clock.monotonic(), crowd: 1 }, signal);
  const seen = fallback.ok && fallback.value.observed.state === "held" ? fallback.value.observed.credential : undefined;
  emit(credential, deletedEvent(svm, seen?.authenticationType));
  return ok(undefined);
}

/** Leaves the credential there and locks the initiator out. */
async function denyOnArray(
  credential: IscsiCredential,
  { connection, array, svm }: Target,
  { arrays, emit }: FinalizeDeps,
  signal: AbortSignal,
): FinalWrite {
  const change = { authentication: { type: "deny" } as const, addresses: undefined };
  const denied = await array.changeCredential(svm.id, change, signal);
  arrays.wrote(connection, svm.id);
  if (!denied.ok) return goneAnyway(denied.error);
  emit(credential, deniedEvent(svm));
  return denied;
}

/** A credential, or an SVM, that is not there any more is what deletion wanted. */
const goneAnyway = (failure: ArrayFailure): Result<void, ArrayFailure> =>
  failure.meaning.class === "converge" ? ok(undefined) : { ok: false, error: failure };

async function release(credential: IscsiCredential, { writer }: FinalizeDeps, signal: AbortSignal): Promise<Outcome> {
  const others = credential.meta.finalizers.filter((finalizer) => finalizer !== credentialFinalizer);
  const written = await writer.setFinalizers(credential, others, signal);
  return written.ok ? { kind: "released" } : failed("release", written.error);
}
