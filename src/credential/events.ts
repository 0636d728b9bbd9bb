import { isDeepStrictEqual } from "node:util";
import type { IscsiCredential } from "../api/parse.ts";
import type { ObjectEvent } from "../api/ports.ts";
import type { ReadyVerdict } from "../api/verdict.ts";
import type { AuthenticationType } from "../array/credential.ts";
import type { SecretVersions, FormerSvm } from "./applied.ts";
import { describeDifference } from "./differences.ts";
import {
  readyAfter,
  verdictOf,
  type Held,
  type PassStep,
  type ReportedOutcome,
  type SvmSeen,
  type Written,
} from "./outcome.ts";
import type { CredentialEventReason } from "./vocabulary.ts";

/**
 * The words of Events: one for each write, which also tells a change of the verdict that came with it; else one for each
 * change of the verdict; and one when spec.svm comes to mean another SVM.
 */
export function eventsOf(
  { status }: IscsiCredential,
  outcome: ReportedOutcome,
  lastReportedVerdict: ReadyVerdict,
): readonly ObjectEvent[] {
  const replaced = svmReplacedEvents(status, outcome.svm);
  const isChanged = !isDeepStrictEqual(lastReportedVerdict, readyAfter(outcome));
  const wrote =
    outcome.kind === "held" && outcome.wrote !== undefined ? [writeEvent(outcome, outcome.wrote, isChanged)] : [];
  const told = wrote.length > 0 && outcome.kind === "held" && outcome.verdict.standing === "ready";
  const events = [...replaced, ...wrote, ...(isChanged && !told ? [verdictEvent(outcome)] : [])];
  // A thousand objects that are applied at once are no news, and their Events would hold up their statuses.
  const isBeginning = lastReportedVerdict.status === "Unknown" && verdictOf(outcome).standing === "ready";
  return isBeginning ? events.map((event) => ({ ...event, importance: "routine" })) : events;
}

function verdictEvent(outcome: ReportedOutcome): ObjectEvent {
  const { standing, reason, message } = verdictOf(outcome);
  return { type: standing === "ready" ? "Normal" : "Warning", reason, action: actions[outcome.step], note: message };
}

/** A write that ONTAP accepted. The first one of an object is told by the verdict that it brings. */
function writeEvent({ drift, verdict }: Held, wrote: Written, isChanged: boolean): ObjectEvent {
  const { verb: action, because, secrets, versions } = wrote;
  if (drift !== undefined) {
    const note = `ONTAP no longer held what is declared: ${drift.found.map(describeDifference).join("; ")}`;
    return { type: "Warning", reason: "DriftCorrected" satisfies CredentialEventReason, action, note };
  }
  const fields = because.map(({ field }) => field).join(", ");
  const from = secretsNamed(versions);
  if (isChanged) {
    const what = action === "POST" ? "created" : `written: ${fields}`;
    return { type: "Normal", reason: verdict.reason, action, note: `${verdict.message}; ${what}${from}` };
  }
  const reason: CredentialEventReason = writeReasons[secrets];
  return { type: "Normal", reason, action, note: `ONTAP accepted ${fields}${from}` };
}

const writeReasons = {
  changed: "Rotated",
  reassert: "Reasserted",
  unknown: "Changed",
  none: "Changed",
} as const satisfies Record<Written["secrets"], CredentialEventReason>;

/** Versions, never values. */
function secretsNamed(versions: SecretVersions | undefined): string {
  const named = [versions?.inbound, versions?.outbound].flatMap((version) =>
    version === undefined ? [] : `${version.name} (resourceVersion ${version.resourceVersion})`,
  );
  const distinct = [...new Set(named)];
  return distinct.length === 0 ? "" : `, from Secret ${distinct.join(" and ")}`;
}

/** What the operator did or tried, as an Event's action says it. */
const actions: Readonly<Record<PassStep, string>> = {
  gather: "Reconcile",
  "read-secrets": "ReadSecrets",
  "read-array": "GET",
  settle: "Compare",
  adopt: "Adopt",
  create: "POST",
  change: "PATCH",
  plan: "Plan",
  refuse: "Reconcile",
  yield: "HandOver",
  release: "Release",
  delete: "DELETE",
  deny: "PATCH",
};

/** Another SVM may have the name now, or the connection another endpoint: what the former SVM holds is still there. */
function svmReplacedEvents(status: IscsiCredential["status"], svm: SvmSeen | undefined): readonly ObjectEvent[] {
  const before = status?.applied?.svm;
  if (svm === undefined || before === undefined || before.uuid === svm.id.svm) return [];
  const note = `spec.svm means SVM ${svm.name ?? svm.id.svm} with UUID ${svm.id.svm} now; before it was ${before.name ?? before.uuid} with UUID ${before.uuid}. The credential is written to the one of now. On the former one it stays if that SVM still exists: status.formerSvms says so, and deletionPolicy Delete removes it there too`;
  return [event("Warning", "SvmReplaced", "FollowSvm", note)];
}

/** Deleting a credential is not "no access": the initiator falls back to the SVM's default. */
export function deletedEvent({ id, name }: SvmSeen, fallback: AuthenticationType | "unknown"): ObjectEvent {
  const falls = `Initiator ${id.initiator} falls back to the default credential of SVM ${name ?? id.svm}`;
  const notes: Record<AuthenticationType | "unknown", string> = {
    none: `${falls}, type none: it may log in without authentication`,
    chap: `${falls}, type chap: it may log in with the default credential's CHAP pair`,
    deny: `${falls}, type deny: it may not log in`,
    unknown: `${falls}, which could not be read`,
  };
  return event(fallback === "deny" ? "Normal" : "Warning", "Deleted", "DELETE", notes[fallback]);
}

export function deniedEvent({ id, name }: SvmSeen): ObjectEvent {
  const note = `Initiator ${id.initiator} may no longer log in to SVM ${name ?? id.svm}; its credential stays there with type deny`;
  return event("Normal", "Denied", "PATCH", note);
}

export function svmGoneEvent({ name, uuid }: FormerSvm): ObjectEvent {
  const note = `SVM ${name ?? uuid} is gone: two complete lists of the same login no longer show it, so nothing was removed. If that login was only limited to other SVMs, the credential is still there`;
  return event("Warning", "SvmGone", "Release", note);
}

export function leftBehindEvent(initiator: string, svm: string): ObjectEvent {
  const note = `The credential of initiator ${initiator} stays on SVM ${svm}: the owner of the OntapConnection does not grant its removal, or the login does not see the SVM. Ask the storage administrator to run \`vserver iscsi security delete\` if it should go`;
  return event("Warning", "LeftBehind", "Release", note);
}

export function releasedEvent(): ObjectEvent {
  const note =
    "Nothing was removed from the array: its acceptance of anything from this object is not on record. A credential that the array held before is left as it is";
  return event("Normal", "Released", "Release", note);
}

const event = (
  type: ObjectEvent["type"],
  reason: CredentialEventReason,
  action: string,
  note: string,
): ObjectEvent => ({
  type,
  reason,
  action,
  note,
});
