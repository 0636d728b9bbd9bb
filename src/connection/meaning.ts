import { textFlawWords } from "../api/text-flaw.ts";
import type { Verdict } from "../api/verdict.ts";
import type { ArrayReason } from "../array/catalogue/catalogue.ts";
import { describeFailure } from "../array/failure.ts";
import type { ArrayFailure } from "../array/failure.ts";
import { refusalMessage } from "../authority/offered-secret.ts";
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
    case "endpoint-not-allowed":
      return ofInputs(
        "stalled",
        "EndpointNotAllowed",
        `spec.endpoint is ${failure.endpoint}, which the operator's flag --allowed-endpoints does not list. Ask the administrator of the operator to add it`,
      );
    case "namespace-not-allowed":
      return ofInputs(
        "stalled",
        "NamespaceNotAllowed",
        `Namespace ${failure.namespace} lacks the labels that the operator's flag --connection-namespaces demands of namespaces with OntapConnections. Ask the administrator of the operator to label it`,
      );
    case "insecure-tls-forbidden":
      return ofInputs(
        "stalled",
        "InsecureTlsForbidden",
        "spec.tls.insecureSkipVerify is true, and the operator runs with --forbid-insecure-tls. Set tls.caBundle or tls.caRef instead",
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
        `${failure.object} ${failure.name} (${failure.field}): key ${failure.entry} ${flawWords(failure.flaw, failure.most)}`,
      );
    case "secret-not-offered":
      return ofInputs("stalled", "SecretNotOffered", refusalMessage(failure.refusal, failure.secret));
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

function flawWords(flaw: EntryFlaw, most: number): string {
  switch (flaw) {
    case "missing":
      return "is missing; add it";
    case "not-utf8":
      return "is not UTF-8 text; write it again as text";
    case "der-certificate":
      return "is DER; write PEM: openssl x509 -inform der -in FILE";
    case "empty":
    case "byte-order-mark":
    case "line-break":
      return textFlawWords[flaw];
    case "control-character":
      return "contains a control character, which is invisible; write it again without";
    case "too-long":
      return `is longer than ${most} bytes; check that it is the right value`;
    case "not-a-certificate":
      return "holds no certificate in PEM form; put one there, from -----BEGIN CERTIFICATE----- on";
    default:
      return unreachable(flaw);
  }
}

function ofInputs(standing: Verdict["standing"], reason: ConnectionReason, message: string): Meaning {
  return { verdict: { standing, reason, message }, blames: "inputs", retry: untilInputChanges };
}

function withheld({ secret, because, nextAttemptMs }: LoginWithheld): Meaning {
  const retry: Retry = nextAttemptMs === undefined ? untilInputChanges : { when: "at", ms: nextAttemptMs };
  const again =
    nextAttemptMs === undefined
      ? "It is not tried again by itself"
      : `It is tried again at ${clockTime(nextAttemptMs)}`;
  if (because === "others") {
    return {
      verdict: {
        standing: "retrying",
        reason: "LoginWithheld" satisfies ConnectionReason,
        message: `The array refused other logins of the user in Secret ${secret} twice within 15 minutes, and ONTAP locks an account after five failures. This one is first tried at ${clockTime(nextAttemptMs ?? 0)}`,
      },
      blames: "inputs",
      retry,
    };
  }
  return {
    verdict: {
      standing: nextAttemptMs === undefined ? "stalled" : "retrying",
      reason: "LoginRefused" satisfies ArrayReason,
      message: `The array refused the login in Secret ${secret}, and ONTAP locks an account after five failures. ${again}: correct the Secret, or unlock the account and set annotation ontap-iscsi.dev/reconcile-requested-at`,
    },
    blames: "Authenticated",
    retry,
  };
}

/** `23:00 UTC`, rounded up: the date stands in `status.nextAttemptTime`. */
const clockTime = (ms: number): string =>
  `${new Date(Math.ceil(ms / 60_000) * 60_000).toISOString().slice(11, 16)} UTC`;

function arrayMeaning(failure: ArrayFailure): Meaning {
  const { meaning, answer, retryAfterMs } = failure;
  const stuck = meaning.class === "input" || meaning.class === "bug";
  const atLeastMs = retryAfterMs ?? 0;
  const verdict = {
    standing: stuck ? "stalled" : "retrying",
    reason: meaning.reason,
    message: describeFailure(failure),
  } as const;
  if (answer === undefined && retryAfterMs !== undefined) {
    // The array asked for a pause that is not over: it was not asked this time.
    const message = `${verdict.message} The next request goes out at status.nextAttemptTime, and an annotation does not change that`;
    return { verdict: { ...verdict, message }, blames: "inputs", retry: { when: "backed-off", atLeastMs } };
  }
  if (answer === undefined) {
    return { verdict, blames: "Reachable", retry: stuck ? untilInputChanges : { when: "it-answers", atLeastMs } };
  }
  const blames = answer.httpStatus === 401 ? "Authenticated" : "array";
  return { verdict, blames, retry: stuck ? untilInputChanges : { when: "backed-off", atLeastMs } };
}
