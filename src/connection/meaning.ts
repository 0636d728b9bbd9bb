import type { Verdict } from "../api/verdict.ts";
import type { ArrayReason } from "../array/catalogue/catalogue.ts";
import { describeFailure } from "../array/failure.ts";
import type { ArrayFailure } from "../array/failure.ts";
import { unreachable } from "../std/unreachable.ts";
import type { ConnectionFailure, EntryFlaw, LoginWithheld } from "./failure.ts";
import type { ConnectionReason } from "./vocabulary.ts";

/** When the same pass could end differently. */
export type Retry =
  /** A person changes the object or what it refers to: the watch tells. */
  | { readonly when: "input-changes" }
  /** At this wall time. */
  | { readonly when: "at"; readonly ms: number }
  /** The array does not answer: its probe goes on at an even pace, so that work goes on soon after its return. */
  | { readonly when: "it-answers"; readonly atLeastMs: number }
  | { readonly when: "backed-off"; readonly atLeastMs: number };

/** What a failure means: to people, to the retry, and which condition it blames. */
export interface Meaning {
  readonly verdict: Verdict;
  /**
   * How far the pass got: `inputs`, the array was not asked; `Reachable`, it did not answer; `Authenticated`, it answered
   * and refused the login; `array`, it answered and something else is wrong.
   */
  readonly blames: "inputs" | "Reachable" | "Authenticated" | "array";
  readonly retry: Retry;
}

const untilInputChanges: Retry = { when: "input-changes" };

/** The one place that words why a connection does not work. */
export function meaningOfFailure(failure: ConnectionFailure): Meaning {
  switch (failure.kind) {
    case "spec-invalid":
      return ofInputs("stalled", "SpecInvalid", failure.problems.join("; "));
    case "endpoint-unusable":
      return ofInputs(
        "stalled",
        "SpecInvalid",
        "spec.endpoint does not name a host; write a DNS name or an IP address, such as https://cluster1.example.com or https://[fd00::1]:8443",
      );
    case "ca-bundle-unusable":
      return ofInputs(
        "stalled",
        "SpecInvalid",
        "spec.tls.caBundle holds no certificate in PEM form; paste the certificate of the authority that signed the array's",
      );
    case "object-missing":
      return ofInputs(
        "retrying",
        `${failure.object}NotFound`,
        `${failure.object} ${failure.name} (${failure.field}) does not exist in this namespace; create it, and the operator goes on at once`,
      );
    case "entry-unusable":
      return ofInputs(
        "stalled",
        `${failure.object}Invalid`,
        `${failure.object} ${failure.name} (${failure.field}): key ${failure.entry} ${flawWords[failure.flaw]}`,
      );
    case "login-withheld":
      return withheld(failure);
    case "array":
      return arrayMeaning(failure);
    case "kube":
      return {
        ...ofInputs(
          "retrying",
          "KubernetesUnavailable",
          `The API server did not answer as needed: ${failure.message}. The operator tries again by itself`,
        ),
        retry: { when: "backed-off", atLeastMs: failure.retryAfterMs ?? 0 },
      };
    default:
      return unreachable(failure);
  }
}

const flawWords: Readonly<Record<EntryFlaw, string>> = {
  missing: "is missing; add it",
  empty: "is empty; give it a value",
  "not-utf8": "is not UTF-8 text; write it again as text",
  "line-break": "ends with a line break; write it again without one (printf instead of echo)",
  "not-a-certificate": "holds no certificate in PEM form; put one there, from -----BEGIN CERTIFICATE----- on",
};

function ofInputs(standing: Verdict["standing"], reason: ConnectionReason, message: string): Meaning {
  return { verdict: { standing, reason, message }, blames: "inputs", retry: untilInputChanges };
}

function withheld({ secret, nextAttemptMs }: LoginWithheld): Meaning {
  return {
    verdict: {
      standing: nextAttemptMs === undefined ? "stalled" : "retrying",
      reason: "LoginRefused" satisfies ArrayReason,
      message: `The array refused the login in Secret ${secret}; since ONTAP locks an account after five failures it is not tried again at once: correct the Secret, or unlock the account and set annotation ontap-iscsi.dev/reconcile-requested-at`,
    },
    blames: "Authenticated",
    retry: nextAttemptMs === undefined ? untilInputChanges : { when: "at", ms: nextAttemptMs },
  };
}

function arrayMeaning(failure: ArrayFailure): Meaning {
  const { meaning, answer, retryAfterMs } = failure;
  const stuck = meaning.class === "input" || meaning.class === "bug";
  const atLeastMs = retryAfterMs ?? 0;
  const verdict = {
    standing: stuck ? "stalled" : "retrying",
    reason: meaning.reason,
    message: describeFailure(failure),
  } as const;
  if (answer === undefined) {
    return { verdict, blames: "Reachable", retry: stuck ? untilInputChanges : { when: "it-answers", atLeastMs } };
  }
  const blames = answer.httpStatus === 401 ? "Authenticated" : "array";
  return { verdict, blames, retry: stuck ? untilInputChanges : { when: "backed-off", atLeastMs } };
}
