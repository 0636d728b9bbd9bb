import { millisecondsOf, reconcileRequestAnnotation } from "../api/fields.ts";
import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import type { ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { DesiredFields } from "../array/credential.ts";
import { defaultInitiator } from "../array/identifiers.ts";
import type { Clock } from "../std/clock.ts";
import { err, ok, type Result } from "../std/result.ts";
import { noSecrets, sameVersions, type Applied } from "./applied.ts";
import type { ArrayCache } from "./array-cache.ts";
import type { Desired, LiveFacts, Needs, SecretWriteReason } from "./decide.ts";
import { desiredAddressesOf } from "./differences.ts";
import type { CredentialFailure } from "./failure.ts";
import type { Memory } from "./memory.ts";
import { credentialFinalizer } from "./references.ts";
import { seenVersions, type ReadSecrets, type SecretsDeps } from "./secrets.ts";
import { findConnection, resolveTarget, rivalThatWins, waitingFor, type Target, type TargetDeps } from "./target.ts";

/** What the facts of a pass come from, before anything is asked of the API server or an array. */
export interface GatherDeps extends TargetDeps, SecretsDeps {
  readonly arrays: ArrayCache;
  readonly clock: Clock;
  /** When the newest change of an object that asks for a pass was seen, on the monotonic clock. */
  readonly seenMs: (key: ObjectKey) => number;
  /** Every object is treated as if its mode were Plan. */
  readonly dryRun: boolean;
}

/** Facts for `decide` as far as caches and memory know them, and where the credential lives. */
export interface Gathered {
  readonly facts: LiveFacts;
  readonly target: Target;
  /** What is remembered of the object on this SVM. */
  readonly memory: Memory;
  /** A read of the array counts if it was requested at this time or later, on the monotonic clock. */
  readonly readSinceMs: number;
  /** How often ONTAP is compared, whatever happens. */
  readonly resyncIntervalMs: number;
  /** ONTAP is read since it is time, and not because anything happened. */
  readonly isResync: boolean;
}

/**
 * Everything that a decision about a live object rests on, from caches and memory alone: no request, no write.
 * `nothing-to-do`: the connection does not work, and this object has no work for it.
 */
export function gather(
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  memory: Memory,
  deps: GatherDeps,
): Result<Gathered, CredentialFailure> | "nothing-to-do" {
  const { meta } = credential;
  const granting = findConnection(credential, spec, deps);
  if (!granting.ok) return granting;
  const { key: connection, spec: connectionSpec } = granting.value;
  const session = deps.sessions.of(connection);
  const early = needsOf(credential, spec, memory, deps);
  if (session.state !== "open") return early.work ? err(waitingFor(connection, session)) : "nothing-to-do";

  const resolved = resolveTarget(credential, spec, granting.value, session, memory.appliedSvm, deps);
  if (!resolved.ok) return resolved;
  const target = resolved.value;
  const { id } = target.svm;
  const winner = rivalThatWins(credential, id, deps);
  if (winner !== undefined) return err({ kind: "conflict", winner });

  const wantedMs = millisecondsOf(spec.resyncInterval ?? connectionSpec.resyncInterval);
  const resyncIntervalMs = Math.max(wantedMs, target.terms.leastIntervalMs);
  const nowMs = deps.clock.monotonic();
  const here = appliedHere(memory, target);
  const dueMs = memory.readDueMs ?? deps.arrays.nextResyncMs(connection, id.svm, resyncIntervalMs, nowMs);
  const needs = here === memory ? early : needsOf(credential, spec, here, deps);
  const isResync = !needs.array && here.applied !== undefined && nowMs >= dueMs;
  return ok({
    facts: {
      needs: { ...needs, array: needs.array || isResync },
      hasFinalizer: meta.finalizers.includes(credentialFinalizer),
      applied: here.applied,
      mode: deps.dryRun ? "Plan" : spec.mode,
      adoptionPolicy: target.terms.adoption.policy,
      isDefault: id.initiator === defaultInitiator,
      observed: { state: "unread", remembered: deps.arrays.remembered(connection, id) },
      desired: { secrets: "unread", visible: visibleDesired(spec, here, undefined) },
    },
    target,
    memory: here,
    readSinceMs: isResync ? dueMs : Math.max(memory.readSinceMs, deps.seenMs(credential.key)),
    resyncIntervalMs,
    isResync,
  });
}

/** The SVM was deleted and another one made under its name: what was accepted on the first one is not on the second. */
export function appliedHere(memory: Memory, { svm }: Target): Memory {
  if (memory.appliedSvm === undefined || memory.appliedSvm === svm.id.svm) return memory;
  return { ...memory, applied: undefined, appliedSvm: undefined, digest: undefined, carriedBy: undefined };
}

/** What the Secrets hold, once they were read, as part of what is desired. */
export function desiredWith(
  { meta }: IscsiCredential,
  spec: IscsiCredentialSpec,
  memory: Memory,
  secrets: ReadSecrets,
  { reassert }: Needs,
): Desired {
  return {
    secrets: "read",
    visible: visibleDesired(spec, memory, secrets),
    authentication: secrets.authentication,
    writeReason: secretWriteReasonOf(secrets, meta.generation, memory, reassert),
  };
}

/** What this pass has to look up, as far as Kubernetes and memory can tell. */
function needsOf(
  { meta, status }: IscsiCredential,
  spec: IscsiCredentialSpec,
  memory: Memory,
  { secrets, clock }: GatherDeps,
): Needs {
  const { applied } = memory;
  const isNew = applied === undefined || applied.generation !== meta.generation;
  const requested = meta.annotations[reconcileRequestAnnotation] !== status?.lastHandledReconcileAt;
  const chap = spec.authenticationType === "chap";
  const newSecrets =
    chap && !sameVersions(seenVersions(spec, meta.namespace, memory, secrets), memory.carriedBy ?? noSecrets);
  const reassert =
    chap && applied !== undefined && (requested || memory.mustReassert || isReassertDue(spec, applied, clock));
  return {
    work: isNew || newSecrets || reassert || requested || memory.mustRead,
    secrets: chap && (isNew || newSecrets || reassert),
    array: memory.mustRead || requested || (applied !== undefined && isNew),
    reassert,
  };
}

/** A time of acceptance that lies ahead was written by a wall clock that was wrong: it must not put the next one off. */
function isReassertDue({ reassertInterval }: IscsiCredentialSpec, { time }: Applied, clock: Clock): boolean {
  if (reassertInterval === undefined) return false;
  const acceptedMs = Date.parse(time);
  const nowMs = clock.now();
  return nowMs >= acceptedMs + millisecondsOf(reassertInterval) || acceptedMs > nowMs + clockToleranceMs;
}

/** Replicas' wall clocks may differ by this much; NTP keeps them far closer. */
const clockToleranceMs = 60_000;

function visibleDesired(spec: IscsiCredentialSpec, memory: Memory, secrets: ReadSecrets | undefined): DesiredFields {
  const addresses = desiredAddressesOf(spec);
  if (spec.authenticationType !== "chap") {
    return { authenticationType: spec.authenticationType, inboundUser: undefined, outboundUser: undefined, addresses };
  }
  if (secrets?.authentication.type === "chap") {
    const { inbound, outbound } = secrets.authentication;
    return { authenticationType: "chap", inboundUser: inbound.user, outboundUser: outbound?.user, addresses };
  }
  const { inboundUser, outboundUser } = memory.applied ?? {};
  return { authenticationType: "chap", inboundUser, outboundUser, addresses };
}

/** Whether what the Secrets hold is to be written although ONTAP may show no difference. */
function secretWriteReasonOf(
  secrets: ReadSecrets,
  generation: number,
  memory: Memory,
  reassert: boolean,
): SecretWriteReason {
  if (memory.applied === undefined) return "unknown";
  if (secrets.digest !== memory.digest && !isCarried(secrets, generation, memory)) return "changed";
  return reassert ? "reassert" : "none";
}

/**
 * After a restart no digest is known, but the very versions that ONTAP accepted carry what it accepted: as long as the
 * spec is the one that was accepted too, since another one may name other keys of the same Secret.
 */
function isCarried({ versions }: ReadSecrets, generation: number, { applied, digest, carriedBy }: Memory): boolean {
  const known = digest === undefined && carriedBy !== undefined && applied?.generation === generation;
  return known && sameVersions(carriedBy, versions);
}
