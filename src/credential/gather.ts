import { millisecondsOf, reconcileRequestAnnotation } from "../api/fields.ts";
import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { ArrayFailure } from "../array/failure.ts";
import { defaultInitiator } from "../array/identifiers.ts";
import type { Clock } from "../std/clock.ts";
import { err, ok, type Result } from "../std/result.ts";
import { noSecrets, sameVersions } from "./applied.ts";
import type { LiveFacts, News, Remote } from "./decide.ts";
import type { DesiredAddresses } from "../array/address-set.ts";
import type { DesiredFields } from "../array/credential.ts";
import { desiredAddressesOf, differencesIn } from "./differences.ts";
import type { CredentialFailure } from "./failure.ts";
import { forgetApplied, type Memory } from "./memory.ts";
import { credentialFinalizer } from "./references.ts";
import { readSecrets, seenVersions, type ReadSecrets, type SecretsDeps } from "./secrets.ts";
import { findConnection, resolveTarget, rivalThatWins, waitingFor, type Target, type TargetDeps } from "./target.ts";
import type { Sight, Views } from "./views.ts";

/** What a pass reads from. */
export interface GatherDeps extends TargetDeps, SecretsDeps {
  readonly views: Views;
  readonly clock: Clock;
  /** Every object is treated as if its mode were Plan. */
  readonly dryRun: boolean;
}

/** Facts for `decide`, and what `act` needs to carry its step out. */
export interface Gathered {
  readonly facts: LiveFacts;
  readonly target: Target;
  readonly secrets: ReadSecrets | undefined;
}

/** What came of gathering, for an object that is not being deleted. */
export type Gathering =
  | Result<Gathered, CredentialFailure>
  /** The connection does not work, and this object has no work for it: it is looked at again when the connection turns. */
  | "idle"
  /** A settled object could not be compared with ONTAP this time. That is no news about the object. */
  | { readonly missed: ArrayFailure };

/** Sights this old still serve an object that is seen for the first time: a thousand new ones share one collection GET. */
const freshEnoughMs = 10_000;

/** Reads everything that a decision about a live object rests on. Writes nothing. */
export async function gatherLive(
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  memory: Memory,
  deps: GatherDeps,
  signal: AbortSignal,
): Promise<Gathering> {
  const { meta } = credential;
  const consent = findConnection(spec, meta.namespace, deps);
  if (!consent.ok) return consent;
  const { key: connection, spec: connectionSpec } = consent.value;
  const session = deps.sessions.of(connection);

  const occasion = occasionOf(credential, spec, memory, deps);
  // One that is not known yet is asked in a moment: whoever has work comes again then, and has read nothing in vain.
  const readsNow = occasion.readSecrets && session.state !== "unknown";
  const early = readsNow ? await readSecrets(spec, meta.namespace, deps, signal) : undefined;
  if (early?.ok === false) return early;
  if (session.state !== "open") {
    return occasion.work ? err(waitingFor(connection, session)) : "idle";
  }

  const resolved = resolveTarget(spec, consent.value, session, memory.appliedSvm);
  if (!resolved.ok) return resolved;
  const target = resolved.value;
  const { svm } = target;
  const winner = rivalThatWins(credential, svm.id, deps);
  if (winner !== undefined) return err({ kind: "conflict", winner });

  // The SVM was deleted and made anew under its name: what it had accepted went with it.
  if (memory.appliedSvm !== undefined && memory.appliedSvm !== svm.id.svm) forgetApplied(memory);
  const intervalMs = millisecondsOf(spec.resyncInterval ?? connectionSpec.resyncInterval);
  const sight = await look(occasion, target, intervalMs, memory, deps, signal);
  if (!sight.ok) return occasion.work ? err(sight.error) : { missed: sight.error };
  const remote: Remote = sight.value?.remote ?? { state: "not-looked" };
  if (sight.value !== undefined) {
    memory.lookDueMs = deps.views.nextTurnMs(target.connection, svm.id.svm, intervalMs, sight.value.atMs);
    memory.mustLook = false;
  }

  const addresses = desiredAddressesOf(spec);
  const visible = visibleWish(spec, addresses, memory, early?.value);
  const late =
    early === undefined && wantsAuthentication(visible, remote)
      ? await readSecrets(spec, meta.namespace, deps, signal)
      : early;
  if (late?.ok === false) return late;
  const facts: LiveFacts = {
    claimed: occasion.claimed,
    applied: memory.applied,
    mode: deps.dryRun ? "Plan" : spec.mode,
    adoptionPolicy: spec.adoptionPolicy,
    isDefault: svm.id.initiator === defaultInitiator,
    remote,
    wish:
      late === undefined
        ? { secrets: "unread", visible }
        : {
            secrets: "read",
            visible: visibleWish(spec, addresses, memory, late.value),
            authentication: late.value.authentication,
            news: newsIn(late.value, meta.generation, memory, occasion.reassert),
          },
  };
  return ok({ facts, target, secrets: late?.value });
}

/** Why this pass may have something to do, as far as Kubernetes alone can tell. */
interface Occasion {
  readonly claimed: boolean;
  readonly readSecrets: boolean;
  readonly reassert: boolean;
  /** Somebody changed or asked for something: look at ONTAP now, at this one credential. */
  readonly lookNow: boolean;
  readonly work: boolean;
}

function occasionOf(
  { meta, status }: IscsiCredential,
  spec: IscsiCredentialSpec,
  memory: Memory,
  { secrets, clock }: GatherDeps,
): Occasion {
  const { applied } = memory;
  const claimed = meta.finalizers.includes(credentialFinalizer);
  const isNew = applied === undefined || applied.generation !== meta.generation;
  const requested = meta.annotations[reconcileRequestAnnotation] !== status?.lastHandledReconcileAt;
  const chap = spec.authenticationType === "chap";
  const newSecrets =
    chap && !sameVersions(seenVersions(spec, meta.namespace, memory, secrets), memory.carriedBy ?? noSecrets);
  const reassert =
    chap &&
    spec.reassertInterval !== undefined &&
    applied !== undefined &&
    clock.now() >= Date.parse(applied.time) + millisecondsOf(spec.reassertInterval);
  return {
    claimed,
    readSecrets: chap && (isNew || newSecrets || reassert),
    reassert,
    lookNow: memory.mustLook || requested || (applied !== undefined && isNew),
    work: isNew || newSecrets || reassert || requested || memory.mustLook,
  };
}

async function look(
  occasion: Occasion,
  { connection, array, svm }: Target,
  intervalMs: number,
  memory: Memory,
  { views, clock }: GatherDeps,
  signal: AbortSignal,
): Promise<Result<Sight | undefined, ArrayFailure>> {
  const nowMs = clock.monotonic();
  if (occasion.lookNow) return views.lookNow(connection, array, svm.id, signal);
  if (memory.applied === undefined) {
    return views.look(connection, array, svm.id, nowMs - freshEnoughMs, signal);
  }
  memory.lookDueMs ??= views.nextTurnMs(connection, svm.id.svm, intervalMs, nowMs);
  if (nowMs < memory.lookDueMs) return ok(undefined);
  return views.look(connection, array, svm.id, memory.lookDueMs, signal);
}

function visibleWish(
  spec: IscsiCredentialSpec,
  addresses: DesiredAddresses | undefined,
  memory: Memory,
  secrets: ReadSecrets | undefined,
): DesiredFields {
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

/** Whether the step towards the wish will carry an authentication, and so the secrets. */
function wantsAuthentication(visible: DesiredFields, remote: Remote): boolean {
  if (remote.state === "held") return differencesIn("authentication", visible, remote.credential).length > 0;
  return remote.state === "absent";
}

/** Whether what the Secrets hold is to be written although ONTAP may show no difference. */
function newsIn(secrets: ReadSecrets, generation: number, memory: Memory, reassert: boolean): News {
  if (secrets.digest !== memory.digest && !carried(secrets, generation, memory)) return "changed";
  return reassert ? "reassert" : "none";
}

/**
 * After a restart no digest is known, but the very versions that ONTAP accepted carry what it accepted: as long as the
 * spec is the one that was accepted too, since another one may name other keys of the same Secret.
 */
function carried({ versions }: ReadSecrets, generation: number, { applied, digest, carriedBy }: Memory): boolean {
  const known = digest === undefined && carriedBy !== undefined && applied?.generation === generation;
  return known && sameVersions(carriedBy, versions);
}
