import { millisecondsOf } from "../api/fields.ts";
import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import { mostFormerSvms } from "../api/iscsi-credential.ts";
import type { ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import { pendingRequest } from "../api/reconcile-request.ts";
import type { DesiredFields } from "../array/credential.ts";
import { defaultInitiator } from "../array/identifiers.ts";
import type { OpenSession } from "../connection/session.ts";
import type { Clock } from "../std/clock.ts";
import { err, ok, type Result } from "../std/result.ts";
import { noSecrets, sameVersions, type Applied } from "./applied.ts";
import type { ArrayCache } from "./array-cache.ts";
import { claimOf, type Claim, type ClaimDeps } from "./claims.ts";
import type { Desired, LiveFacts, Needs, SecretWriteReason } from "./decide.ts";
import { desiredAddressesOf } from "./differences.ts";
import type { CredentialFailure } from "./failure.ts";
import type { Memory } from "./memory.ts";
import { credentialFinalizer } from "./references.ts";
import { seenVersions, type ReadSecrets, type SecretsDeps } from "./secrets.ts";
import { findConnection, targetOf, waitingFor, type Target } from "./target.ts";

/** What the facts of a pass come from, before anything is asked of the API server or an array. */
export interface GatherDeps extends ClaimDeps, SecretsDeps {
  readonly arrays: ArrayCache;
  /** When this process could first act on the newest change of an object that asks for a pass, on the monotonic clock. */
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
  readonly claim: Claim;
  /** A read of the array counts if it was requested at this time or later, on the monotonic clock. */
  readonly readSinceMs: number;
  /** How often ONTAP is compared, whatever happens. */
  readonly resyncIntervalMs: number;
  /** When ONTAP is read next if nothing happens before, on the monotonic clock. */
  readonly readDueMs: number;
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
  const connection = findConnection(credential, spec, deps);
  if (!connection.ok) return connection;
  const { key } = connection.value;
  const session = deps.sessions.of(key);
  if (session.state !== "open") {
    return needsOf(credential, spec, memory, 0, deps).work ? err(waitingFor(key, session)) : "nothing-to-do";
  }
  const found = targetOf(credential, spec, key, session, memory, deps);
  if (!found.ok) return found;
  const target = found.value;
  const { id } = target.svm;
  const here = memoryOn(memory, target, session);
  const claim = claimOf(
    credential,
    key,
    id,
    { holds: here.applied !== undefined, canWrite: spec.mode === "Enforce" },
    deps,
  );
  if (claim.rival !== undefined) {
    const { key: rival, namespace } = claim.rival;
    return err({ kind: "conflict", rival, isElsewhere: namespace !== meta.namespace });
  }

  const declaredMs = millisecondsOf(spec.resyncInterval ?? connection.value.spec.resyncInterval);
  const resyncIntervalMs = Math.max(declaredMs, target.terms.leastIntervalMs);
  const nowMs = deps.clock.monotonic();
  const readDueMs = here.readDueMs ?? deps.arrays.nextResyncMs(key, id.svm, resyncIntervalMs, nowMs);
  const asked = needsOf(credential, spec, here, target.terms.leastIntervalMs, deps);
  const isResync = !asked.array && nowMs >= readDueMs;
  const occasionMs = Math.max(memory.readSinceMs, deps.seenMs(credential.key));
  const needs = isResync ? needsOfResync(asked, spec, here) : asked;
  return ok({
    facts: {
      needs,
      hasFinalizer: meta.finalizers.includes(credentialFinalizer),
      applied: here.applied,
      isOurs: here.applied !== undefined || wasBegun(here, target) || claim.succeeds !== undefined,
      mode: deps.dryRun ? "Plan" : spec.mode,
      adoption: target.terms.adoption,
      isDefault: id.initiator === defaultInitiator,
      observed: { state: "unread", remembered: deps.arrays.remembered(key, id) },
      desired: { secrets: "unread", visible: visibleDesired(spec, here, undefined) },
    },
    target,
    memory: here,
    claim,
    readSinceMs: isResync ? Math.max(readDueMs, occasionMs) : occasionMs,
    resyncIntervalMs,
    readDueMs,
    isResync,
  });
}

/** A creation here was begun by this very object, or the array accepted it here before spec.svm came to mean another SVM. */
function wasBegun({ attempt, formerSvms }: Memory, { svm: { id } }: Target): boolean {
  const attempted = attempt?.svm.uuid === id.svm && attempt.initiator === id.initiator;
  return attempted || formerSvms.some(({ uuid }) => uuid === id.svm);
}

/**
 * What is remembered of the object, as it counts on the SVM that it means now. What was accepted on another SVM stays there
 * until that SVM is known to be gone: another one may have its name now, or the connection another endpoint.
 */
export function memoryOn(memory: Memory, { svm }: Target, session: OpenSession): Memory {
  const { applied, formerSvms } = memory;
  const left = applied !== undefined && applied.svm.uuid !== svm.id.svm ? [{ ...applied.svm, uid: applied.uid }] : [];
  const former = [...formerSvms, ...left].filter(({ uuid }) => session.presence(uuid as typeof svm.id.svm) !== "gone");
  if (left.length === 0) return former.length === formerSvms.length ? memory : { ...memory, formerSvms: former };
  return {
    ...memory,
    applied: undefined,
    digest: undefined,
    carriedBy: undefined,
    formerSvms: former.slice(-mostFormerSvms),
  };
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
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  memory: Memory,
  leastIntervalMs: number,
  { secrets, clock }: GatherDeps,
): Needs {
  const { meta } = credential;
  const { applied } = memory;
  const isNew = applied === undefined || applied.generation !== meta.generation;
  const requested = pendingRequest(credential) !== undefined;
  const chap = spec.authenticationType === "chap";
  const newSecrets =
    chap && !sameVersions(seenVersions(spec, meta.namespace, memory, secrets), memory.carriedBy ?? noSecrets);
  const reassert =
    chap &&
    applied !== undefined &&
    (requested || memory.mustReassert || isReassertDue(spec, applied, leastIntervalMs, clock));
  return {
    work: isNew || newSecrets || reassert || requested || memory.mustRead,
    secrets: chap && (isNew || newSecrets || reassert),
    array: memory.mustRead || requested || (applied !== undefined && isNew),
    reassert,
  };
}

/** A resync reads ONTAP, and after a restore of the API server's data it writes the secrets, which may be older ones now. */
function needsOfResync(needs: Needs, { authenticationType }: IscsiCredentialSpec, memory: Memory): Needs {
  const reassert = needs.reassert || (authenticationType === "chap" && memory.reassertAtResync);
  return { ...needs, array: true, reassert, secrets: needs.secrets || reassert };
}

/** A time of acceptance that lies ahead was written by a wall clock that was wrong: it must not put the next one off. */
function isReassertDue(
  { reassertInterval }: IscsiCredentialSpec,
  { time }: Applied,
  leastIntervalMs: number,
  clock: Clock,
): boolean {
  if (reassertInterval === undefined) return false;
  const acceptedMs = Date.parse(time);
  const nowMs = clock.now();
  const intervalMs = Math.max(millisecondsOf(reassertInterval), leastIntervalMs);
  return nowMs >= acceptedMs + intervalMs || acceptedMs > nowMs + clockToleranceMs;
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
