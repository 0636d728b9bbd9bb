import type { IscsiCredential } from "../api/parse.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import { limitMessage } from "../authority/limits.ts";
import type { LeftBehindLedger } from "../connection/left-behind.ts";
import type { Notices } from "../connection/notices.ts";
import type { Remains } from "./departures.ts";
import type { Memory } from "./memory.ts";
import type { Outcome } from "./outcome.ts";
import { connectionKeyOf, initiatorOf } from "./references.ts";

export interface OwnerChannels {
  readonly leftBehind: LeftBehindLedger;
  readonly notices: Notices;
}

/**
 * Tells the owner of the connection what an object does through it: what it is denied, who of another namespace holds what it
 * wants, what it takes over, what it leaves on an SVM that it no longer means. The object's own Events are in a namespace that the owner may not be able to read.
 */
export function notifyOwner(
  { key, meta, spec }: IscsiCredential,
  before: Memory,
  after: Memory,
  outcome: Outcome,
  { leftBehind, notices }: OwnerChannels,
): void {
  if (!spec.ok) return;
  const connection = connectionKeyOf(spec.value, meta.namespace);
  const initiator = initiatorOf(spec.value);
  for (const { uuid, name } of after.formerSvms) {
    if (before.formerSvms.some((known) => known.uuid === uuid)) continue;
    const svm = uuid as SvmUuid;
    leftBehind.record(connection, { svm, initiator, svmName: name, namespace: meta.namespace });
    notices.tell(connection, { kind: "left-behind", credential: key, initiator, svm: name ?? uuid });
  }
  for (const { uuid } of before.formerSvms) {
    if (!after.formerSvms.some((known) => known.uuid === uuid)) {
      leftBehind.settle(connection, { svm: uuid as SvmUuid, initiator });
    }
  }
  if (outcome.kind === "held") {
    const { svm, tookOver } = outcome;
    leftBehind.settle(connection, svm.id);
    if (tookOver) {
      notices.tell(connection, { kind: "adopted", credential: key, initiator, svm: svm.name ?? svm.id.svm });
    }
  }
  if (outcome.kind !== "failed") return;
  const { failure } = outcome;
  // Once, also if further passes of this process or the next one find the same.
  const isNew = before.lastReportedVerdict.reason !== outcome.meaning.verdict.reason;
  if (failure.kind === "not-granted" && isNew) {
    notices.tell(connection, { kind: "denied", credential: key, limit: limitMessage(failure.limit, connection) });
  }
  if (failure.kind === "conflict" && failure.isElsewhere && isNew) {
    notices.tell(connection, { kind: "conflicted", credential: key, initiator, holder: failure.rival });
  }
}

/** Tells the owner of the connection what an object has left there that went without a pass over its deletion. */
export function notifyOfLoss(
  { credential, namespace, connection, initiator, svms }: Remains,
  { leftBehind, notices }: OwnerChannels,
): void {
  for (const { uuid, name } of svms) {
    leftBehind.record(connection, { svm: uuid as SvmUuid, initiator, svmName: name, namespace });
    notices.tell(connection, { kind: "left-behind", credential, initiator, svm: name ?? uuid });
  }
}
