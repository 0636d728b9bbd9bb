import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { ArrayFailure } from "../array/failure.ts";
import { defaultInitiator } from "../array/identifiers.ts";
import { ok, type Result } from "../std/result.ts";
import { unreachable } from "../std/unreachable.ts";
import type { ActDeps } from "./act.ts";
import { decideEnd } from "./decide.ts";
import { deletedEvent, deniedEvent } from "./events.ts";
import type { GatherDeps } from "./gather.ts";
import type { Memory } from "./memory.ts";
import { failed, type Outcome } from "./outcome.ts";
import type { EmitEvent } from "../api/ports.ts";
import { credentialFinalizer } from "./references.ts";
import { targetOfDeleted, type Target } from "./target.ts";

export interface EndDeps extends ActDeps, GatherDeps {
  readonly emit: EmitEvent<IscsiCredential>;
}

/** The pass over an object that is being deleted: the array forgets it, or not, as it asks; then its finalizer goes. */
export async function end(
  credential: IscsiCredential,
  memory: Memory,
  deps: EndDeps,
  signal: AbortSignal,
): Promise<Outcome> {
  const { meta, spec } = credential;
  const step = decideEnd({
    claimed: meta.finalizers.includes(credentialFinalizer),
    suspended: spec.ok && spec.value.suspend,
    dryRun: deps.dryRun,
    // What cannot be understood does not say what to delete, and must not hold its namespace.
    end: spec.ok ? wishedEnd(spec.value) : "leave",
  });
  switch (step.do) {
    case "nothing":
      return { kind: "released" };
    case "refuse":
      return failed(step.failure);
    case "release":
      return release(credential, deps, signal);
    case "remove":
    case "close": {
      const target = spec.ok ? targetOfDeleted(credential, spec.value, memory, deps) : ok(undefined);
      if (!target.ok) return failed(target.error);
      if (target.value !== undefined) {
        const ended = await (step.do === "close" ? close : remove)(credential, target.value, deps, signal);
        if (!ended.ok) return failed(ended.error);
      }
      return release(credential, deps, signal);
    }
    default:
      return unreachable(step);
  }
}

/** What a spec wishes to become of ONTAP's credential. ONTAP's `default` can only be left or closed. */
function wishedEnd({ deletionPolicy, mode, initiator }: IscsiCredentialSpec): "delete" | "deny" | "leave" {
  if (mode === "Plan" || deletionPolicy === "Retain") return "leave";
  if (deletionPolicy === "Deny") return "deny";
  return initiator === defaultInitiator ? "leave" : "delete";
}

type Ended = Promise<Result<void, ArrayFailure>>;

async function remove(
  credential: IscsiCredential,
  { connection, array, svm }: Target,
  { views, emit }: EndDeps,
  signal: AbortSignal,
): Ended {
  const removed = await array.removeCredential(svm.id, signal);
  views.invalidate(connection, svm.id);
  if (!removed.ok) return goneAnyway(removed.error);
  const fallback = await views.lookNow(connection, array, { ...svm.id, initiator: defaultInitiator }, signal);
  const seen = fallback.ok && fallback.value.remote.state === "held" ? fallback.value.remote.credential : undefined;
  emit(credential, deletedEvent(svm, seen?.authenticationType));
  return ok(undefined);
}

/** Leaves the credential there and locks the initiator out. */
async function close(
  credential: IscsiCredential,
  { connection, array, svm }: Target,
  { views, emit }: EndDeps,
  signal: AbortSignal,
): Ended {
  const change = { authentication: { type: "deny" } as const, addresses: undefined };
  const closed = await array.changeCredential(svm.id, change, signal);
  views.invalidate(connection, svm.id);
  if (!closed.ok) return goneAnyway(closed.error);
  emit(credential, deniedEvent(svm));
  return closed;
}

/** A credential, or an SVM, that is not there any more is what deletion wanted. */
const goneAnyway = (failure: ArrayFailure): Result<void, ArrayFailure> =>
  failure.meaning.class === "converge" ? ok(undefined) : { ok: false, error: failure };

async function release(credential: IscsiCredential, { writer }: EndDeps, signal: AbortSignal): Promise<Outcome> {
  const others = credential.meta.finalizers.filter((finalizer) => finalizer !== credentialFinalizer);
  const written = await writer.setFinalizers(credential, others, signal);
  return written.ok ? { kind: "released" } : failed(written.error);
}
