import { millisecondsOf, reconcileRequestAnnotation } from "../api/fields.ts";
import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import { keyOf, type ObjectKey } from "../api/key.ts";
import type { OntapConnectionSpec } from "../api/ontap-connection.ts";
import type { IscsiCredential, OntapConnection } from "../api/parse.ts";
import type { Authentication } from "../array/credential.ts";
import {
  defaultInitiator,
  parseSvmUuid,
  type CredentialId,
  type InitiatorName,
  type SvmUuid,
} from "../array/identifiers.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { OntapArray, Svm } from "../array/port.ts";
import { allowsNamespace } from "../connection/consent.ts";
import type { DataReader } from "../connection/ports.ts";
import type { Session, Sessions } from "../connection/session.ts";
import { connectionVerdict } from "../connection/status.ts";
import type { Clock } from "../std/clock.ts";
import { err, ok, type Result } from "../std/result.ts";
import { noSecrets, sameVersions, type NamedVersion, type SecretVersions } from "./applied.ts";
import { chapPairFrom, differsByHost, directionsDiffer, type Direction, type SecretRef } from "./chap-pair.ts";
import { winnerOver } from "./claims.ts";
import type { LiveFacts, Remote, Wish } from "./decide.ts";
import { addressWishOf, authenticationDifferences, type VisibleWish } from "./differences.ts";
import type { Digest } from "./digest.ts";
import type { CredentialFailure } from "./failure.ts";
import { forgetApplied, type Memory } from "./memory.ts";
import type { SvmSeen, UnusualPasswords } from "./outcome.ts";
import { connectionKeyOf, credentialFinalizer, initiatorOf } from "./references.ts";
import type { Sight, Views } from "./views.ts";

/** What a pass reads from. */
export interface GatherDeps {
  readonly findConnection: (key: ObjectKey) => OntapConnection | undefined;
  /** Every credential of an initiator, in any namespace and through any connection. */
  readonly credentialsOf: (initiator: InitiatorName) => readonly IscsiCredential[];
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>>;
  readonly sessions: Sessions;
  readonly secrets: DataReader;
  readonly views: Views;
  readonly digest: Digest;
  readonly clock: Clock;
}

/** Where the credential lives, once that is known. */
export interface Target {
  readonly connection: ObjectKey;
  readonly array: OntapArray;
  readonly svm: SvmSeen;
}

/** Facts for `decide`, and what `act` needs to carry its step out. */
export interface Gathered {
  readonly facts: LiveFacts;
  readonly target: Target;
  readonly secrets: ReadSecrets | undefined;
}

export interface ReadSecrets {
  readonly versions: SecretVersions;
  readonly digest: string;
  readonly unusual: UnusualPasswords;
}

type Answer<T> = Promise<Result<T, CredentialFailure>>;

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
  const consent = connectionFor(spec, meta.namespace, deps);
  if (!consent.ok) return consent;
  const { key: connection, spec: connectionSpec } = consent.value;
  const session = deps.sessions.of(connection);

  const occasion = occasionOf(credential, spec, memory, deps);
  const early = occasion.readSecrets ? await readSecrets(spec, meta.namespace, deps, signal) : undefined;
  if (early?.ok === false) return early;
  if (session.state !== "open") {
    return occasion.work ? err(waitingFor(connection, session)) : "idle";
  }

  const resolved = resolveSvm(spec, connection, connectionSpec, session.svms, memory);
  if (!resolved.ok) return resolved;
  const svm = { id: { svm: resolved.value.uuid, initiator: initiatorOf(spec) }, name: resolved.value.name };
  const target = { connection, array: session.array, svm };
  const winner = rivalThatWins(credential, svm.id, deps);
  if (winner !== undefined) return err({ kind: "conflict", winner });

  // The SVM was deleted and made anew under its name: what it had accepted went with it.
  if (memory.appliedSvm !== undefined && memory.appliedSvm !== svm.id.svm) forgetApplied(memory);
  const intervalMs = millisecondsOf(spec.resyncInterval ?? connectionSpec.resyncInterval);
  const sight = await look(occasion, target, intervalMs, memory, deps, signal);
  if (!sight.ok) return occasion.work ? err(sight.error) : { missed: sight.error };
  const remote: Remote = sight.value?.remote ?? { state: "not-looked" };
  if (sight.value !== undefined) rememberLook(memory, sight.value, intervalMs);

  const visible = visibleWish(spec, memory, early?.value);
  const late =
    early === undefined && wantsAuthentication(visible, remote)
      ? await readSecrets(spec, meta.namespace, deps, signal)
      : early;
  if (late?.ok === false) return late;
  const facts: LiveFacts = {
    claimed: occasion.claimed,
    applied: memory.applied,
    mode: spec.mode,
    adoptionPolicy: spec.adoptionPolicy,
    isDefault: svm.id.initiator === defaultInitiator,
    remote,
    wish: wishOf(spec, memory, late?.value, occasion.reassert),
  };
  return ok({ facts, target, secrets: late?.value });
}

/** Finds where a deleted object's credential lives; undefined when there is nothing left to do on the array. */
export function targetOfDeleted(
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  memory: Memory,
  deps: GatherDeps,
): Result<Target | undefined, CredentialFailure> {
  const { meta } = credential;
  const connection = connectionKeyOf(spec, meta.namespace);
  const found = deps.findConnection(connection);
  if (found === undefined) return err({ kind: "connection-missing", connection });
  const session = deps.sessions.of(connection);
  if (session.state !== "open") return err(waitingFor(connection, session));
  const uuid = memory.appliedSvm ?? resolvedUuid(spec, session.svms);
  // An SVM that is gone has taken its credentials with it.
  const svm = session.svms.find((candidate) => candidate.uuid === uuid);
  if (svm === undefined) return ok(undefined);
  const id = { svm: svm.uuid, initiator: initiatorOf(spec) };
  if (rivalThatWins(credential, id, deps) !== undefined) return ok(undefined);
  return ok({ connection, array: session.array, svm: { id, name: svm.name } });
}

function connectionFor(
  spec: IscsiCredentialSpec,
  namespace: string,
  { findConnection, namespaceLabels }: GatherDeps,
): Result<{ readonly key: ObjectKey; readonly spec: OntapConnectionSpec }, CredentialFailure> {
  const key = connectionKeyOf(spec, namespace);
  const connection = findConnection(key);
  if (connection === undefined) return err({ kind: "connection-missing", connection: key });
  if (!connection.spec.ok) return err({ kind: "connection-down", connection: key, reason: "SpecInvalid" });
  const own = connection.meta.namespace === namespace;
  if (!allowsNamespace(connection.spec.value.allowedNamespaces, own, namespaceLabels(namespace))) {
    return err({ kind: "namespace-not-allowed", connection: key, namespace });
  }
  return ok({ key, spec: connection.spec.value });
}

function waitingFor(connection: ObjectKey, session: Exclude<Session, { state: "open" }>): CredentialFailure {
  return session.state === "unknown"
    ? { kind: "connection-unknown", connection }
    : { kind: "connection-down", connection, reason: connectionVerdict(session.failure).reason };
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
    lookNow: memory.mustLook || (applied !== undefined && (isNew || requested)),
    work: isNew || newSecrets || reassert || requested || memory.mustLook,
  };
}

/** The newest versions that the watch has shown; one that it does not know counts as the one we know. */
function seenVersions(
  spec: IscsiCredentialSpec,
  namespace: string,
  memory: Memory,
  secrets: DataReader,
): SecretVersions {
  const seen = (ref: SecretRef | undefined, known: NamedVersion | undefined): NamedVersion | undefined => {
    if (ref === undefined) return undefined;
    const version = secrets.seen(keyOf({ namespace, name: ref.name }));
    if (version === "unknown") return known?.name === ref.name ? known : undefined;
    return version === "absent" ? undefined : { name: ref.name, ...version };
  };
  return {
    inbound: seen(spec.chap?.inbound.secretRef, memory.carriedBy?.inbound),
    outbound: seen(spec.chap?.outbound?.secretRef, memory.carriedBy?.outbound),
  };
}

interface SecretsRead extends ReadSecrets {
  readonly authentication: Authentication;
}

async function readSecrets(
  spec: IscsiCredentialSpec,
  namespace: string,
  { secrets, digest }: GatherDeps,
  signal: AbortSignal,
): Answer<SecretsRead> {
  if (spec.authenticationType !== "chap" || spec.chap === undefined) {
    const authentication = { type: spec.authenticationType === "deny" ? "deny" : "none" } as const;
    return ok({ authentication, versions: noSecrets, digest: digest(authentication), unusual: [] });
  }
  const refs = { inbound: spec.chap.inbound.secretRef, outbound: spec.chap.outbound?.secretRef };
  const inboundData = await readSecret(refs.inbound, "inbound", namespace, secrets, signal);
  if (!inboundData.ok) return inboundData;
  const inbound = chapPairFrom(inboundData.value.data, refs.inbound, "inbound");
  if (!inbound.ok) return inbound;
  if (refs.outbound === undefined) {
    const authentication = { type: "chap", inbound: inbound.value, outbound: undefined } as const;
    return ok(readOf(authentication, { inbound: inboundData.value.version, outbound: undefined }, digest));
  }
  // Both directions usually live in one Secret, the one that kubelet uses; it is read once.
  const outboundData =
    refs.outbound.name === refs.inbound.name
      ? inboundData
      : await readSecret(refs.outbound, "outbound", namespace, secrets, signal);
  if (!outboundData.ok) return outboundData;
  const outbound = chapPairFrom(outboundData.value.data, refs.outbound, "outbound");
  if (!outbound.ok) return outbound;
  if (!directionsDiffer(inbound.value, outbound.value)) {
    return err({ kind: "equal-directions", inbound: refs.inbound.name, outbound: refs.outbound.name });
  }
  const authentication = { type: "chap", inbound: inbound.value, outbound: outbound.value } as const;
  return ok(
    readOf(authentication, { inbound: inboundData.value.version, outbound: outboundData.value.version }, digest),
  );
}

function readOf(
  authentication: Extract<Authentication, { type: "chap" }>,
  versions: SecretVersions,
  digest: Digest,
): SecretsRead {
  const directions: readonly Direction[] = ["inbound", "outbound"];
  const unusual = directions.filter((direction) => {
    const pair = authentication[direction];
    return pair !== undefined && differsByHost(pair);
  });
  return { authentication, versions, digest: digest(authentication), unusual };
}

async function readSecret(
  { name }: SecretRef,
  direction: Direction,
  namespace: string,
  secrets: DataReader,
  signal: AbortSignal,
) {
  const read = await secrets.read(keyOf({ namespace, name }), signal);
  if (!read.ok) return read;
  if (read.value === undefined) {
    return err({ kind: "secret-missing", secret: name, field: `spec.chap.${direction}.secretRef.name` } as const);
  }
  return ok({ data: read.value, version: { name, ...read.value.version } });
}

function resolveSvm(
  spec: IscsiCredentialSpec,
  connection: ObjectKey,
  { allowedSvms }: OntapConnectionSpec,
  svms: readonly Svm[],
  memory: Memory,
): Result<Svm, CredentialFailure> {
  const uuid = resolvedUuid(spec, svms) ?? renamed(svms, memory);
  const svm = svms.find((candidate) => candidate.uuid === uuid);
  const wanted = spec.svm.name ?? spec.svm.uuid ?? "";
  if (svm === undefined) {
    return err({ kind: "svm-missing", connection, svm: wanted, seen: svms.map(({ name }) => name).toSorted() });
  }
  if (allowedSvms !== undefined && !allowedSvms.includes(svm.name)) {
    return err({ kind: "svm-not-allowed", connection, svm: svm.name });
  }
  return ok(svm);
}

function resolvedUuid({ svm }: IscsiCredentialSpec, svms: readonly Svm[]): SvmUuid | undefined {
  if (svm.uuid !== undefined) {
    const parsed = parseSvmUuid(svm.uuid);
    return parsed.ok ? parsed.value : undefined;
  }
  return svms.find(({ name }) => name === svm.name)?.uuid;
}

/** No SVM has the name any more, but the one that had it is still there: it was renamed, and its credential is still ours. */
function renamed(svms: readonly Svm[], { appliedSvm }: Memory): SvmUuid | undefined {
  return svms.find(({ uuid }) => uuid === appliedSvm)?.uuid;
}

function rivalThatWins(credential: IscsiCredential, id: CredentialId, deps: GatherDeps): ObjectKey | undefined {
  const rivals = deps.credentialsOf(id.initiator).filter(({ key }) => key !== credential.key);
  return winnerOver(credential, id.svm, rivals, (rival) => svmMeantBy(rival, deps));
}

function svmMeantBy(rival: IscsiCredential, { sessions }: GatherDeps): SvmUuid | undefined {
  const known = rival.status?.svm?.uuid as SvmUuid | undefined;
  if (!rival.spec.ok) return known;
  const session = sessions.of(connectionKeyOf(rival.spec.value, rival.meta.namespace));
  return (session.state === "open" ? resolvedUuid(rival.spec.value, session.svms) : undefined) ?? known;
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
  memory.lookDueMs ??= views.firstLookMs(connection, svm.id.svm, intervalMs);
  if (nowMs < memory.lookDueMs) return ok(undefined);
  return views.look(connection, array, svm.id, memory.lookDueMs, signal);
}

function rememberLook(memory: Memory, { atMs }: Sight, intervalMs: number): void {
  memory.lookDueMs = atMs + intervalMs;
  memory.mustLook = false;
}

function visibleWish(spec: IscsiCredentialSpec, memory: Memory, secrets: SecretsRead | undefined): VisibleWish {
  const addresses = addressWishOf(spec);
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
function wantsAuthentication(visible: VisibleWish, remote: Remote): boolean {
  if (remote.state === "held") return authenticationDifferences(visible, remote.credential).length > 0;
  return remote.state === "absent";
}

function wishOf(spec: IscsiCredentialSpec, memory: Memory, secrets: SecretsRead | undefined, again: boolean): Wish {
  const visible = visibleWish(spec, memory, secrets);
  if (secrets === undefined) return { secrets: "unread", visible };
  const { authentication, digest } = secrets;
  const news = digest !== memory.digest && !carried(memory, secrets) ? "changed" : again ? "reassert" : "none";
  return { secrets: "read", visible, authentication, news };
}

/** After a restart no digest is known, but the very versions that ONTAP accepted carry what it accepted. */
function carried({ digest, carriedBy }: Memory, { versions }: SecretsRead): boolean {
  return digest === undefined && carriedBy !== undefined && sameVersions(carriedBy, versions);
}
