import type { Condition } from "../api/fields.ts";
import { millisecondsOf } from "../api/fields.ts";
import { longestHistory, type IscsiCredentialStatus } from "../api/iscsi-credential.ts";
import type { IscsiCredential } from "../api/parse.ts";
import { conditionsAfter, suspendedConditions, timestamp, type Aspect, type Verdict } from "../api/verdict.ts";
import { emptyAddresses, formatAddresses, subtract } from "../array/address-set.ts";
import { observedFields, showsAccepted } from "../array/visible-fields.ts";
import { defined } from "../std/defined.ts";
import type { Applied } from "./applied.ts";
import { credentialConditions as ours, type CredentialCondition } from "./vocabulary.ts";
import type { Observed } from "./decide.ts";
import { desiredAddressesOf } from "./differences.ts";
import type { Memory } from "./memory.ts";
import { hostDifferencesMessage } from "./host-differences.ts";
import {
  arrayFailureIn,
  verdictOf,
  type Failed,
  type Held,
  type Planned,
  type ReportedOutcome,
  type Written,
} from "./outcome.ts";
import type { CredentialReason } from "./vocabulary.ts";
import type { RejectedWrite } from "./rejected-write.ts";

/** What a status is made of, besides the object. */
export interface CredentialStatusInput {
  readonly outcome: ReportedOutcome;
  /** What is remembered after the pass: what ONTAP last accepted, whatever became of this pass, and failures in a row. */
  readonly memory: Pick<Memory, "applied" | "attempt" | "formerSvms" | "failures" | "mustRead">;
  /** What the owner of the connection sets as the shortest interval for this object; 0 for none. */
  readonly leastIntervalMs: number;
  readonly nextAttemptMs: number | undefined;
  /** The value of the request annotation, now acted upon. */
  readonly lastHandledReconcileAt: string | undefined;
}

type CredentialAspect = Aspect<CredentialCondition>;

/** The status after a pass. The same input twice gives the same status, byte for byte. */
export function credentialStatusAfter(
  { meta, spec, status: before }: IscsiCredential,
  input: CredentialStatusInput,
  nowMs: number,
): IscsiCredentialStatus {
  const { outcome, nextAttemptMs } = input;
  const { applied, attempt, formerSvms, failures } = input.memory;
  const verdict = withIntervals(verdictOf(outcome), spec, input.leastIntervalMs);
  const old = before?.conditions ?? [];
  const { generation } = meta;
  const conditions = conditionsAfter(old, verdict, aspectsOf(spec, input, verdict, generation, before), {
    ours,
    generation,
    nowMs,
  });
  return defined({
    observedGeneration: generation,
    conditions,
    svm: svmAfter(before, outcome),
    formerSvms: formerSvms.length === 0 ? undefined : [...formerSvms],
    applied,
    attempt,
    observed: outcome.kind === "failed" ? before?.observed : observedAfter(before, outcome),
    otherAddresses: otherAddressesAfter(before, spec, outcome),
    plan: outcome.kind === "planned" ? planOf(outcome) : undefined,
    ontapError: outcome.kind === "failed" ? ontapErrorOf(outcome, before, nowMs) : undefined,
    nextAttemptTime: nextAttemptMs === undefined ? undefined : timestamp(nextAttemptMs),
    consecutiveFailures: failures === 0 ? undefined : failures,
    history: historyAfter(before, conditions[0], outcome, generation, nowMs),
    lastHandledReconcileAt: input.lastHandledReconcileAt ?? before?.lastHandledReconcileAt,
  });
}

/**
 * The status of an object that a person has suspended: its generation was seen, and everything else stays as it was. A tool
 * that waits for the object sees what it last came to.
 */
export function suspendedStatus({ meta, status: before }: IscsiCredential, nowMs: number): IscsiCredentialStatus {
  const { generation } = meta;
  const conditions = suspendedConditions(before?.conditions ?? [], suspendedUnseen, { ours, generation, nowMs });
  return defined({
    ...before,
    observedGeneration: generation,
    conditions,
    history: historyAfter(before, conditions[0], undefined, generation, nowMs),
    nextAttemptTime: undefined,
  });
}

const suspendedUnseen = {
  reason: "Suspended" satisfies CredentialReason,
  message: "Suspended before anything was done; set suspend to false to begin",
};

/** An interval that counts as a longer one is told beside the verdict. */
function withIntervals(verdict: Verdict, spec: IscsiCredential["spec"], leastIntervalMs: number): Verdict {
  if (!spec.ok || verdict.standing !== "ready") return verdict;
  const { resyncInterval, reassertInterval } = spec.value;
  const raised = Object.entries({ resyncInterval, reassertInterval }).flatMap(([field, interval]) =>
    interval !== undefined && millisecondsOf(interval) < leastIntervalMs ? `spec.${field}` : [],
  );
  if (raised.length === 0) return verdict;
  const counts = raised.length === 1 ? "counts" : "count";
  const message = `${verdict.message}; ${raised.join(" and ")} ${counts} as ${leastIntervalMs / 1000}s, the resyncInterval of the OntapConnection`;
  return { ...verdict, message };
}

function svmAfter(before: IscsiCredentialStatus | undefined, outcome: ReportedOutcome) {
  if (outcome.svm === undefined) return before?.svm;
  const { id, name } = outcome.svm;
  return defined({ name, uuid: id.svm });
}

function aspectsOf(
  spec: IscsiCredential["spec"],
  input: CredentialStatusInput,
  verdict: Verdict,
  generation: number,
  before: IscsiCredentialStatus | undefined,
): readonly CredentialAspect[] {
  const { outcome } = input;
  const old = before?.conditions ?? [];
  return [
    ...secretsAspect(spec, outcome, verdict, old),
    withdrawnAspect(before, input, verdict, generation) ?? appliedAspect(outcome, input.memory.applied, verdict),
    ...conflictAspect(outcome, verdict),
    ...passwordAspect(outcome, old),
  ];
}

/** Whether the Secrets could be read and used; not there for types without any. */
function secretsAspect(
  spec: IscsiCredential["spec"],
  outcome: ReportedOutcome,
  verdict: Verdict,
  old: readonly Condition[],
): readonly CredentialAspect[] {
  if (!spec.ok || spec.value.authenticationType !== "chap") return [];
  const type = "SecretsResolved";
  const blames = outcome.kind === "failed" ? outcome.meaning.blames : "array";
  if (blames === "secrets") return [{ type, status: "False", reason: verdict.reason, message: verdict.message }];
  // Whatever the array says, it was asked with what the Secrets hold.
  const resolved = outcome.kind === "held" || blames === "array";
  if (!resolved) return asBefore(type, old);
  return [{ type, status: "True", reason: "Resolved", message: "User names and passwords were read from the Secrets" }];
}

/** Nothing is known that was not known before. */
const asBefore = (type: CredentialCondition, old: readonly Condition[]): readonly CredentialAspect[] =>
  old.filter((condition) => condition.type === type).map((condition) => ({ ...condition, type }));

/**
 * Of an object whose Secret's owner took the offer back after ONTAP had accepted this generation on this SVM: nothing was
 * written since, so it is as it was, unless ONTAP is to be read before anything is concluded. Undefined for any other object.
 */
function withdrawnAspect(
  before: IscsiCredentialStatus | undefined,
  { outcome, memory: { applied, mustRead } }: CredentialStatusInput,
  { reason, message }: Verdict,
  generation: number,
): CredentialAspect | undefined {
  const type = "Applied";
  const [old] = asBefore(type, before?.conditions ?? []);
  const withdrawn = outcome.kind === "failed" && outcome.failure.kind === "secret-not-offered";
  const acceptedHere = applied?.generation === generation && before?.svm?.uuid === outcome.svm?.id.svm;
  if (!withdrawn || !acceptedHere || old === undefined || old.status === "False") return undefined;
  return mustRead ? { type, status: "Unknown", reason, message } : old;
}

function appliedAspect(
  outcome: ReportedOutcome,
  applied: Applied | undefined,
  { reason, message }: Verdict,
): CredentialAspect {
  const type = "Applied";
  if (outcome.kind === "held") {
    // What the array took once and does not keep is not applied, although it takes it every time.
    return outcome.verdict.standing === "ready"
      ? { type, status: "True", reason: "Accepted", message: "ONTAP accepted what is declared" }
      : { type, status: "False", reason, message };
  }
  if (outcome.kind === "planned" || applied === undefined) return { type, status: "False", reason, message };
  const canTell = outcome.meaning.verdict.standing === "stalled";
  return { type, status: canTell ? "False" : "Unknown", reason, message };
}

function conflictAspect(outcome: ReportedOutcome, { reason, message }: Verdict): readonly CredentialAspect[] {
  const conflicted = outcome.kind === "failed" && outcome.failure.kind === "conflict";
  return conflicted ? [{ type: "Conflicted", status: "True", reason, message }] : [];
}

const passwordWarning = "PasswordFormatWarning";

function passwordAspect(outcome: ReportedOutcome, old: readonly Condition[]): readonly CredentialAspect[] {
  const differences = outcome.kind === "held" ? outcome.hostDifferences : "unread";
  if (differences === "unread") return asBefore(passwordWarning, old);
  if (differences.length === 0) return [];
  return [
    {
      type: passwordWarning,
      status: "True",
      reason: "HostsDiffer",
      message: hostDifferencesMessage(differences),
    },
  ];
}

/** Only what differs from what was accepted is worth showing, or every first look after a write would be input. */
function observedAfter(
  before: IscsiCredentialStatus | undefined,
  outcome: Held | Planned,
): IscsiCredentialStatus["observed"] {
  if (outcome.kind === "held" && outcome.wrote !== undefined) return undefined;
  if (outcome.observed.state === "unread") return before?.observed;
  const { observed } = outcome;
  const agrees =
    outcome.kind === "held" &&
    observed.state === "held" &&
    showsAccepted(observed.credential, outcome.accepted.applied);
  return agrees ? undefined : observedOf(observed);
}

/** What Add and Remove leave to others, who may wonder why an initiator gets in from there. Replace leaves nothing. */
function otherAddressesAfter(
  before: IscsiCredentialStatus | undefined,
  spec: IscsiCredential["spec"],
  outcome: ReportedOutcome,
): IscsiCredentialStatus["otherAddresses"] {
  const desired = spec.ok ? desiredAddressesOf(spec.value) : undefined;
  if (desired === undefined || desired.merge === "replace") return undefined;
  if (outcome.kind === "failed" || outcome.observed.state === "unread") return before?.otherAddresses;
  if (outcome.observed.state === "absent") return undefined;
  const others = formatAddresses(subtract(outcome.observed.credential.addresses ?? emptyAddresses, desired.set));
  return others.length === 0 ? undefined : [...others];
}

function observedOf(observed: Exclude<Observed, { state: "unread" }>): IscsiCredentialStatus["observed"] {
  if (observed.state === "absent") return undefined;
  const { authenticationType, ...others } = observedFields(observed.credential);
  return authenticationType === undefined ? undefined : { authenticationType, ...others };
}

function planOf({ plan }: Planned): IscsiCredentialStatus["plan"] {
  return { operation: plan.operation, changes: plan.changes.map((change) => ({ ...change })) };
}

function ontapErrorOf(
  { failure, rejected }: Failed,
  before: IscsiCredentialStatus | undefined,
  nowMs: number,
): IscsiCredentialStatus["ontapError"] {
  const refusal = arrayFailureIn(failure);
  if (refusal?.answer === undefined) return undefined;
  const { answer, meaning, verb } = refusal;
  const same = before?.ontapError?.code === answer.code && before?.ontapError?.operation === verb;
  return defined({
    code: answer.code,
    message: answer.message,
    target: answer.target,
    operation: verb,
    httpStatus: answer.httpStatus,
    reason: meaning.reason,
    remedy: meaning.remedy,
    ...(rejected === undefined ? {} : whatWasRejected(rejected)),
    since: same && before?.ontapError !== undefined ? before.ontapError.since : timestamp(nowMs),
  });
}

/** By this a later process knows that the same write would be rejected again. */
function whatWasRejected({ generation, secrets: { inbound, outbound } }: RejectedWrite) {
  return { generation, inboundSecret: inbound, outboundSecret: outbound };
}

/** A write is an entry, and so is a change of the verdict; one entry tells both if they came together. */
function historyAfter(
  before: IscsiCredentialStatus | undefined,
  ready: Condition | undefined,
  outcome: ReportedOutcome | undefined,
  generation: number,
  nowMs: number,
): IscsiCredentialStatus["history"] {
  const history = before?.history ?? [];
  const last = history.at(-1);
  const wrote = outcome?.kind === "held" ? outcome.wrote : undefined;
  const isSame = last?.ready === ready?.status && last?.reason === ready?.reason;
  if (ready === undefined || (isSame && wrote === undefined)) return history;
  const entry = { time: timestamp(nowMs), ready: ready.status, reason: ready.reason, generation, ...writeOf(wrote) };
  return [...history, entry].slice(-longestHistory);
}

function writeOf(wrote: Written | undefined) {
  if (wrote === undefined) return undefined;
  const { verb, because, secrets, versions } = wrote;
  const carried = secrets === "none" ? undefined : versions;
  return defined({
    operation: verb,
    fields: because.map(({ field }) => field),
    inboundSecretVersion: carried?.inbound?.resourceVersion,
    outboundSecretVersion: carried?.outbound?.resourceVersion,
  });
}
