import type { ReadyVerdict, Verdict } from "../api/verdict.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { CredentialId } from "../array/identifiers.ts";
import type { Applied, SecretVersions, Attempt } from "./applied.ts";
import type { Observed, SecretWriteReason } from "./decide.ts";
import type { Difference } from "./differences.ts";
import type { DriftNow } from "./drift.ts";
import type { CredentialFailure } from "./failure.ts";
import type { HostDifference } from "./host-differences.ts";
import { meaningOfFailure, type Meaning } from "./meaning.ts";
import type { CredentialReason } from "./vocabulary.ts";
import type { RejectedWrite } from "./rejected-write.ts";
import type { Allowance } from "./allowance.ts";

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
  | "yield"
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
  /** The same pass again, a little later; nothing to tell. */
  | { readonly kind: "waits"; readonly ms: number }
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
  /** What this pass found changed behind our back, and corrected. */
  readonly drift: DriftNow | undefined;
  /** The array held the credential before this object, which takes it over in this pass. */
  readonly tookOver: boolean;
  readonly allowance: Allowance | undefined;
}

/** What ONTAP holds of an object from now on. */
export interface Accepted {
  readonly applied: Applied;
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
  readonly rejected?: RejectedWrite | undefined;
  /** The creation that was begun, or `none` if it is known to have come to nothing. Left out: as before. */
  readonly attempt?: Attempt | "none" | undefined;
  readonly allowance?: Allowance | undefined;
}

export interface SvmSeen {
  readonly id: CredentialId;
  readonly name: string | undefined;
}

export interface Written {
  readonly verb: "POST" | "PATCH";
  readonly because: readonly Difference[];
  /** Why the secrets were written, if they were. */
  readonly secrets: SecretWriteReason;
  /** The Secrets whose values it carried. */
  readonly versions: SecretVersions | undefined;
}

export interface Plan {
  readonly operation: "POST" | "PATCH" | "Adopt";
  readonly changes: readonly Difference[];
  /** Why it is not carried out. */
  readonly because: "mode" | "dry-run";
}

export const nothingToDo: Outcome = { kind: "nothing-to-do" };

export function held(facts: Omit<Held, "kind" | "verdict">): Held {
  const { drift, svm } = facts;
  if (drift?.isVerdict === true) {
    return { kind: "held", verdict: meaningOfFailure({ kind: "not-kept", found: drift.found }).verdict, ...facts };
  }
  const message = `ONTAP holds this credential on SVM ${svm.name ?? svm.id.svm}`;
  const reason: CredentialReason = "Applied";
  return { kind: "held", verdict: { standing: "ready", reason, message }, ...facts };
}

export function planned(facts: Omit<Planned, "kind" | "step" | "verdict">): Planned {
  const reason: CredentialReason = "PlanPending";
  const message = planWords[facts.plan.because];
  return { kind: "planned", step: "plan", verdict: { standing: "stalled", reason, message }, ...facts };
}

export function failed(
  step: PassStep,
  failure: CredentialFailure,
  svm?: SvmSeen,
  learned: Pick<Failed, "rejected" | "attempt" | "allowance"> = {},
): Failed {
  return { kind: "failed", step, failure, meaning: meaningOfFailure(failure), svm, ...learned };
}

const planWords: Record<Plan["because"], string> = {
  mode: "mode is Plan: status.plan shows what would be written; set mode to Enforce to write it",
  "dry-run": "the operator runs with --dry-run: status.plan shows what would be written; start it without to write it",
};

/** An outcome that there is something to say about. */
export type ReportedOutcome = Held | Planned | Failed;

export const verdictOf = (outcome: ReportedOutcome): Verdict =>
  outcome.kind === "failed" ? outcome.meaning.verdict : outcome.verdict;

/** How Ready stands after a pass. */
export function readyAfter(outcome: ReportedOutcome): ReadyVerdict {
  const { standing, reason } = verdictOf(outcome);
  return { status: standing === "ready" ? "True" : "False", reason };
}

/** What the array answered, or failed to, if that is why a pass failed. */
export function arrayFailureIn(failure: CredentialFailure): ArrayFailure | undefined {
  if (failure.kind === "array") return failure;
  return failure.kind === "not-converging" ? failure.failure : undefined;
}

/** An answer after which a read has to be repeated: the array is not as it was believed to be. */
export const isConvergence = (failure: CredentialFailure): failure is ArrayFailure =>
  failure.kind === "array" && failure.meaning.class === "converge";

/** So many in a row are handled in silence; the next one is told. */
const patientAttempts = 3;

/** The failed attempts in a row before a pass. */
export interface Attempts {
  readonly failures: number;
  /** Those of them after which ONTAP is read again. */
  readonly convergences: number;
}

/**
 * The same failure, told although it is of a kind that passes in silence, when it goes on: answers of ONTAP that contradict its
 * reads become a failure of their own, and what the API server does not do is told as it is.
 */
export function withPatience(outcome: Outcome, { failures, convergences }: Attempts): Outcome {
  if (outcome.kind !== "failed") return outcome;
  const { failure, meaning } = outcome;
  if (isConvergence(failure)) {
    if (convergences < patientAttempts) return outcome;
    const told: CredentialFailure = { kind: "not-converging", failure };
    return { ...outcome, failure: told, meaning: meaningOfFailure(told) };
  }
  const goesOn = failure.kind === "kube" && failures >= patientAttempts;
  return goesOn ? { ...outcome, meaning: { ...meaning, silent: false } } : outcome;
}
