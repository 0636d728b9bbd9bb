import { textFlawWords } from "../api/text-flaw.ts";
import type { KubeFailure } from "../api/failure.ts";
import type { Verdict } from "../api/verdict.ts";
import type { ObjectKey } from "../api/key.ts";
import { isRefused } from "../api/write-retry.ts";
import { entryOfCode, meaningOfJudgement } from "../array/catalogue/catalogue.ts";
import type { ErrorClass } from "../array/catalogue/entry.ts";
import { describeFailure, type ArrayFailure } from "../array/failure.ts";
import { limitMessage } from "../authority/limits.ts";
import { refusalMessage } from "../authority/offered-secret.ts";
import { unreachable } from "../std/unreachable.ts";
import { mostBytes, type SecretProblem, type ValueFlaw } from "./chap-pair.ts";
import { describeDifference, type Difference } from "./differences.ts";
import type { CredentialFailure } from "./failure.ts";
import type { CredentialReason } from "./vocabulary.ts";

/** What has to happen before the same pass could end differently. */
export type Retry =
  /** A person changes the object, its Secret or its connection: the watch will tell. */
  | { readonly when: "input-changes" }
  /** The connection works again, or may do what it might not: its session will tell. */
  | { readonly when: "await-connection" }
  /** Now: what we believed was old. */
  | { readonly when: "at-once" }
  | { readonly when: "after"; readonly ms: number }
  | { readonly when: "backed-off"; readonly pace: "soon" | "slow"; readonly atLeastMs: number };

/** What a failure means: to people, to the retry, and which part of the world it blames. */
export interface Meaning {
  readonly verdict: Verdict;
  /** Silent ones change no status: nothing about the object is known that was not known before. */
  readonly silent: boolean;
  readonly blames: "spec" | "secrets" | "connection" | "array" | "kubernetes";
  readonly retry: Retry;
}

const untilInputChanges: Retry = { when: "input-changes" };
const backedOff = (pace: "soon" | "slow", atLeastMs: number): Retry => ({ when: "backed-off", pace, atLeastMs });

/** The one place that words why a credential is not as declared. */
export function meaningOfFailure(failure: CredentialFailure): Meaning {
  switch (failure.kind) {
    case "spec-invalid":
      return stalled("spec", "SpecInvalid", failure.problems.join("; "));
    case "connection-missing":
      return waiting(
        "connection",
        "ConnectionNotFound",
        `OntapConnection ${failure.connection} (spec.connectionRef) does not exist; create it, it is picked up at once. To delete this object without it, set deletionPolicy to Retain`,
      );
    case "not-granted": {
      const denied = stalled("connection", "NotGranted", limitMessage(failure.limit, failure.connection));
      // No change of this object, its connection or its namespace tells when these end.
      const endsUnseen = failure.limit === "quota" || failure.limit === "unknown";
      if (!endsUnseen) return denied;
      const standing = failure.limit === "unknown" ? "retrying" : "stalled";
      return { ...denied, verdict: { ...denied.verdict, standing }, retry: backedOff("slow", 0) };
    }
    case "connection-unknown":
      return {
        ...waitingForConnection("ConnectionPending", `Waiting for OntapConnection ${failure.connection} to be asked`),
        silent: true,
      };
    case "connection-down":
      return waitingForConnection(
        "ConnectionNotReady",
        `Waiting for OntapConnection ${failure.connection}, which is not ready (${failure.reason}): see its conditions. To delete this object without the array, set deletionPolicy to Retain`,
      );
    case "svm-missing":
      return stalled(
        "spec",
        "SvmNotFound",
        `OntapConnection ${failure.connection} shows no SVM ${failure.svm} (spec.svm), only: ${failure.seen.join(", ") || "none"}; create it, let the login see it, or name another`,
      );
    case "secret-missing":
      return waiting(
        "secrets",
        "SecretNotFound",
        `Secret ${failure.secret} (${failure.field}) does not exist in this namespace; create it, it is picked up at once`,
      );
    case "secret-not-offered":
      return stalled("secrets", "SecretNotOffered", refusalMessage(failure.refusal, failure.secret));
    case "secret-value":
    case "equal-directions":
      return secretProblem(failure);
    case "conflict":
      return stalled("spec", "Conflicted", conflictMessage(failure.isElsewhere ? undefined : failure.rival));
    case "already-exists":
      return stalled(
        "spec",
        "AlreadyExists",
        `ONTAP held a credential for this initiator before this object, and ${refusalWords[failure.by]}. Or delete the credential on the array, then set annotation ontap-iscsi.dev/reconcile-requested-at to trigger another check.`,
      );
    case "handing-over":
      return {
        ...waiting(
          "spec",
          "HandingOver",
          `Deleted; ${failure.to === undefined ? "an object of another namespace" : `IscsiCredential ${failure.to}`} takes the credential over without a gap. If it has not after a minute, deletionPolicy is carried out.`,
        ),
        retry: { when: "after", ms: handOverPollMs },
      };
    case "svm-not-seen":
      return {
        ...waiting(
          "connection",
          "SvmNotSeen",
          `The login of OntapConnection ${failure.connection} does not see SVM ${failure.svm}, which may still hold the credential. Let the login see it again, or set deletionPolicy to Retain to delete this object and leave the credential.`,
        ),
        retry: backedOff("slow", 0),
      };
    case "not-converging": {
      const { reason: _reason, ...told } = arrayMeaning(failure.failure).verdict;
      return {
        verdict: {
          ...told,
          reason: "NotConverging" satisfies CredentialReason,
          message: `ONTAP goes on to contradict its own reads: ${told.message} Check that nothing else changes this credential, and that the login may change credentials of this SVM.`,
        },
        silent: false,
        blames: "array",
        retry: backedOff("soon", failure.failure.retryAfterMs ?? 0),
      };
    }
    case "not-kept":
      return notKept(failure.found);

    case "last-addresses":
      return stalled(
        "spec",
        "AddressesWouldBeAny",
        "initiatorAddress.merge is Remove, and no address would be left, which to ONTAP means any address; to lock the initiator out set authenticationType to deny, to let it in from anywhere set merge to Replace without entries",
      );
    case "suspended-deletion":
      return stalled(
        "spec",
        "SuspendedDeletion",
        "Deleted while suspended: set suspend to false to let the array be written, or deletionPolicy to Retain to leave the credential there",
      );
    case "dry-run-deletion":
      return stalled(
        "spec",
        "DryRunDeletion",
        "Deleted while the operator runs with --dry-run, which writes nothing to the array: start it without, or set deletionPolicy to Retain to leave the credential there",
      );
    case "bug":
      return stalled(
        "spec",
        "InternalError",
        `A defect of the operator stopped this object at ${failure.place}; please report it`,
      );
    case "array":
      return arrayMeaning(failure);
    case "kube":
      return kubeMeaning(failure);
    default:
      return unreachable(failure);
  }
}

function kubeMeaning(failure: KubeFailure): Meaning {
  const refused = isRefused(failure);
  const answered = !refused
    ? "did not answer as needed"
    : failure.verb === "GET"
      ? "refuses to show what this object needs"
      : "refuses a change to this object";
  return {
    verdict: {
      standing: "retrying",
      reason: "KubernetesUnavailable",
      message: `The API server ${answered} (${failure.message}). Nothing is written to the array before it does; it is tried again by itself.`,
    },
    // What passes by itself is logged; what a policy or a Role refuses stays until a person acts.
    silent: !refused,
    blames: "kubernetes",
    retry:
      failure.problem === "conflict"
        ? { when: "at-once" }
        : backedOff(refused ? "slow" : "soon", failure.retryAfterMs ?? 0),
  };
}

/** So often a holder looks whether its successor has taken over, beside the changes that it is told of. */
const handOverPollMs = 5000;

function conflictMessage(rival: ObjectKey | undefined): string {
  if (rival === undefined) {
    return "The credential is held by another namespace; nothing is written from here. Ask the owner of the OntapConnection, whose Events name it";
  }
  return `IscsiCredential ${rival} holds the same initiator on the same SVM; nothing is written from here. To hand the initiator over to this object, delete that one: this one takes over without a gap`;
}

const refusalWords = {
  object: "adoptionPolicy is Refuse: set it to Adopt to take the credential over",
  grant:
    "the grant of the OntapConnection refuses adoption: ask its owner to grant it, or to lift it for a while with annotation ontap-iscsi.dev/adopt-until",
} as const;

/** What ONTAP accepts and does not keep. That an outbound pair comes back has a cause and a remedy of its own. */
function notKept(found: readonly Difference[]): Meaning {
  const [first] = found;
  if (found.length === 1 && first?.field === "chap.outbound.user" && first.wanted === undefined) {
    const { reason, sentence, remedy } = meaningOfJudgement("outbound not clearable", undefined);
    return stalledAs("array", reason, `${sentence} ${remedy}`);
  }
  return stalled(
    "array",
    "NotKept",
    `ONTAP accepted what is declared, and a read shows something else again and again (${found.map(describeDifference).join("; ")}). Something else writes this credential, or the array does not keep it: find that writer; the correction is repeated less and less often.`,
  );
}

const stalled = (blames: Meaning["blames"], reason: CredentialReason, message: string): Meaning =>
  stalledAs(blames, reason, message);

function stalledAs(blames: Meaning["blames"], reason: string, message: string): Meaning {
  return { verdict: { standing: "stalled", reason, message }, silent: false, blames, retry: untilInputChanges };
}

/** Something that is named is not there yet; the watch tells when it is. */
function waiting(blames: Meaning["blames"], reason: CredentialReason, message: string): Meaning {
  return { verdict: { standing: "retrying", reason, message }, silent: false, blames, retry: untilInputChanges };
}

function waitingForConnection(reason: CredentialReason, message: string): Meaning {
  return { ...waiting("connection", reason, message), retry: { when: "await-connection" } };
}

type OwnFlaw = Exclude<ValueFlaw, "bad-hex">;

const flawWords: Record<OwnFlaw, { readonly reason: CredentialReason; readonly words: string }> = {
  missing: {
    reason: "SecretKeyNotFound",
    words: "is missing; add it, or name another key with userKey or passwordKey",
  },
  empty: { reason: "SecretValueEmpty", words: textFlawWords.empty },
  "not-utf8": { reason: "SecretValueInvalid", words: "is not UTF-8 text; re-create the Secret with UTF-8 text" },
  "byte-order-mark": { reason: "SecretValueInvalid", words: textFlawWords["byte-order-mark"] },
  "line-break": { reason: "SecretValueLineBreak", words: textFlawWords["line-break"] },
  nul: {
    reason: "SecretValueInvalid",
    words: "contains a NUL byte, which ONTAP refuses; re-create the Secret without it",
  },
  "too-long": {
    reason: "SecretValueTooLong",
    words: `is longer than ONTAP takes: ${mostBytes.user} bytes for a user name, ${mostBytes.password} for a password; shorten it to that`,
  },
};

/** Found before the array is asked; says the same as ONTAP's own code where ONTAP has one. */
function secretProblem(problem: Exclude<SecretProblem, { kind: "secret-not-offered" }>): Meaning {
  if (problem.kind === "equal-directions") {
    const secrets =
      problem.inbound === problem.outbound
        ? `Secret ${problem.inbound}`
        : `Secrets ${problem.inbound} and ${problem.outbound}`;
    return foreseen("5374147", `${secrets}:`);
  }
  const { secret, entry, direction, part, flaw } = problem;
  const where = `Secret ${secret}, key ${entry} (${direction} ${part})`;
  if (flaw === "bad-hex") return foreseen("5374145", `${where}:`);
  const { reason, words } = flawWords[flaw];
  return stalled("secrets", reason, `${where} ${words}`);
}

function foreseen(code: "5374145" | "5374147", where: string): Meaning {
  const { reason, sentence, remedy } = entryOfCode(code);
  return stalledAs(
    "secrets",
    reason,
    `${where} ${sentence} ${remedy} ONTAP would refuse it with code ${code}; it was not asked.`,
  );
}

const standingOf: Record<ErrorClass, Verdict["standing"]> = {
  input: "stalled",
  environment: "retrying",
  permission: "retrying",
  converge: "retrying",
  bug: "stalled",
};

function arrayMeaning(failure: ArrayFailure): Meaning {
  const { reason, class: errorClass, pace } = failure.meaning;
  return {
    verdict: { standing: standingOf[errorClass], reason, message: describeFailure(failure) },
    silent: errorClass === "converge",
    blames: "array",
    retry: retryOf(errorClass, pace, failure.retryAfterMs ?? 0),
  };
}

function retryOf(errorClass: ErrorClass, pace: "soon" | "slow", atLeastMs: number): Retry {
  switch (errorClass) {
    case "input":
    case "bug":
      return untilInputChanges;
    case "converge":
      return { when: "at-once" };
    case "environment":
      return backedOff(pace, atLeastMs);
    case "permission":
      return { when: "await-connection" };
    default:
      return unreachable(errorClass);
  }
}
