import type { Verdict } from "../api/verdict.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { CredentialId, SvmUuid } from "../array/identifiers.ts";
import type { Applied, SecretVersions } from "./applied.ts";
import type { Observed } from "./decide.ts";
import type { Difference } from "./differences.ts";
import type { CredentialFailure } from "./failure.ts";
import type { HostDifference } from "./host-differences.ts";
import { meaningOfFailure, type Meaning } from "./meaning.ts";
import type { CredentialReason } from "./reasons.ts";
import type { RejectedWrite } from "./rejected-write.ts";

/** What a pass did, or was about to do when it failed: one word for log lines and Events. */
export type PassStep =
  | "gather"
  | "read-secrets"
  | "read-array"
  | "settle"
  | "adopt"
  | "create"
  | "change"
  | "plan"
  | "refuse"
  | "release"
  | "delete"
  | "deny";

/** What a pass came to, with its meaning for people. Status, Events, log line and memory follow from it. */
export type Outcome =
  | Held
  | Planned
  | Failed
  /** Nothing to do, and nothing to tell. */
  | { readonly kind: "nothing-to-do" }
  /** A settled object could not be compared with ONTAP: that says nothing about the object, but about its connection. */
  | { readonly kind: "not-compared"; readonly failure: ArrayFailure; readonly svm: SvmSeen }
  /** A person stopped it: nothing is done, and what was true of it stays. */
  | { readonly kind: "suspended" }
  /** The object may go. */
  | { readonly kind: "released" };

/** ONTAP holds what is asked for: it was seen, or it has just accepted it. */
export interface Held {
  readonly kind: "held";
  readonly step: "settle" | "adopt" | "create" | "change";
  readonly verdict: Verdict;
  readonly svm: SvmSeen;
  readonly observed: Observed;
  readonly accepted: Accepted;
  /** `unread` when the Secrets were not read in this pass. */
  readonly hostDifferences: readonly HostDifference[] | "unread";
  /** The write of this pass, if there was one. */
  readonly wrote: Written | undefined;
}

/** What ONTAP holds of an object from now on. */
export interface Accepted {
  readonly applied: Applied;
  readonly svm: SvmUuid;
  /** Of the values, if they were read in this pass. */
  readonly digest: string | undefined;
  readonly carriedBy: SecretVersions | undefined;
}

export interface Planned {
  readonly kind: "planned";
  readonly step: "plan";
  readonly verdict: Verdict;
  readonly svm: SvmSeen;
  readonly observed: Observed;
  readonly plan: Plan;
}

export interface Failed {
  readonly kind: "failed";
  readonly step: PassStep;
  readonly failure: CredentialFailure;
  readonly meaning: Meaning;
  /** Where, once that was known. */
  readonly svm: SvmSeen | undefined;
  /** The write, if ONTAP rejected it for what it says. */
  readonly rejected: RejectedWrite | undefined;
}

export interface SvmSeen {
  readonly id: CredentialId;
  readonly name: string | undefined;
}

export interface Written {
  readonly verb: "POST" | "PATCH";
  readonly because: readonly Difference[];
  /** ONTAP no longer held what it had accepted: something else changed it. */
  readonly drift: boolean;
}

export interface Plan {
  readonly operation: "POST" | "PATCH" | "Adopt";
  readonly changes: readonly Difference[];
  /** Why it is not carried out. */
  readonly because: "mode" | "dry-run";
}

export const nothingToDo: Outcome = { kind: "nothing-to-do" };

export function held(facts: Omit<Held, "kind" | "verdict">): Held {
  const { id, name } = facts.svm;
  const message = `ONTAP holds this credential on SVM ${name ?? id.svm}`;
  const reason: CredentialReason = "Applied";
  return { kind: "held", verdict: { standing: "ready", reason, message }, ...facts };
}

export function planned(facts: Omit<Planned, "kind" | "step" | "verdict">): Planned {
  const reason: CredentialReason = "PlanPending";
  const message = planWords[facts.plan.because];
  return { kind: "planned", step: "plan", verdict: { standing: "stalled", reason, message }, ...facts };
}

export function failed(step: PassStep, failure: CredentialFailure, svm?: SvmSeen, rejected?: RejectedWrite): Failed {
  return { kind: "failed", step, failure, meaning: meaningOfFailure(failure), svm, rejected };
}

const planWords: Record<Plan["because"], string> = {
  mode: "mode is Plan: status.plan shows what would be written; set mode to Enforce to write it",
  "dry-run": "the operator runs with --dry-run: status.plan shows what would be written; start it without to write it",
};

/** An outcome that there is something to say about. */
export type ReportedOutcome = Held | Planned | Failed;

export const verdictOf = (outcome: ReportedOutcome): Verdict =>
  outcome.kind === "failed" ? outcome.meaning.verdict : outcome.verdict;
