import { isDeepStrictEqual } from "node:util";
import type { Condition } from "../api/fields.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { AuthenticationType } from "../array/credential.ts";
import type { Difference } from "./differences.ts";
import { verdictOf, type ReportedOutcome, type PassStep, type SvmSeen } from "./outcome.ts";
import type { ObjectEvent } from "../api/ports.ts";

/** The verdict that an Event last lastReportedVerdict, or the status that an earlier process has left. */
export type ReportedVerdict = Pick<Condition, "status" | "reason">;

export function verdictReportedBy(outcome: ReportedOutcome): ReportedVerdict {
  const { standing, reason } = verdictOf(outcome);
  return { status: standing === "ready" ? "True" : "False", reason };
}

/** The words of Events. One per change of verdict, one for drift that was corrected, one for an SVM that was replaced. */
export function eventsOf(
  { status }: IscsiCredential,
  outcome: ReportedOutcome,
  lastReportedVerdict: ReportedVerdict,
): readonly ObjectEvent[] {
  const replaced = svmReplacedEvents(status, outcome.svm);
  const drift: readonly ObjectEvent[] =
    outcome.kind === "held" && outcome.wrote?.drift === true
      ? [
          {
            type: "Warning",
            reason: "DriftCorrected",
            action: outcome.wrote.verb,
            note: `ONTAP no longer held what is declared: ${outcome.wrote.because.map(described).join("; ")}`,
          },
        ]
      : [];
  const { standing, reason, message } = verdictOf(outcome);
  if (isDeepStrictEqual(lastReportedVerdict, verdictReportedBy(outcome))) return [...replaced, ...drift];
  const action = actions[outcome.step];
  return [...replaced, ...drift, { type: standing === "ready" ? "Normal" : "Warning", reason, action, note: message }];
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
  release: "Release",
  delete: "DELETE",
  deny: "PATCH",
};

/** What an SVM had accepted went with it when it was deleted; one made anew under its name begins without. */
function svmReplacedEvents(status: IscsiCredential["status"], svm: SvmSeen | undefined): readonly ObjectEvent[] {
  const before = status?.svm?.uuid;
  if (svm === undefined || before === undefined || before === svm.id.svm) return [];
  const note = `SVM ${svm.name ?? svm.id.svm} is another one now: its UUID was ${before} and is ${svm.id.svm}. What it held went with the old one, so the credential is written there anew`;
  return [{ type: "Warning", reason: "SvmReplaced", action: "FollowSvm", note }];
}

function described({ field, observed, wanted }: Difference): string {
  if (field === "initiator") return "it was deleted";
  return field.endsWith(".password") ? field : `${field} was ${observed ?? "absent"}, wanted ${wanted ?? "absent"}`;
}

/** Deleting a credential is not "no access": the initiator falls back to the SVM's default. */
export function deletedEvent({ id, name }: SvmSeen, fallback: AuthenticationType | undefined): ObjectEvent {
  const falls = `Initiator ${id.initiator} falls back to the default credential of SVM ${name ?? id.svm}`;
  const notes: Record<AuthenticationType | "unknown", string> = {
    none: `${falls}, type none: it may log in without authentication`,
    chap: `${falls}, type chap: it may log in with the default credential's CHAP pair`,
    deny: `${falls}, type deny: it may not log in`,
    unknown: `${falls}, which could not be read`,
  };
  const type = fallback === "deny" ? "Normal" : "Warning";
  return { type, reason: "Deleted", action: "DELETE", note: notes[fallback ?? "unknown"] };
}

export function deniedEvent({ id, name }: SvmSeen): ObjectEvent {
  const note = `Initiator ${id.initiator} may no longer log in to SVM ${name ?? id.svm}; its credential stays there with type deny`;
  return { type: "Normal", reason: "Denied", action: "PATCH", note };
}
