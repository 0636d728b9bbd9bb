import type { OntapConnectionStatus } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import { conditionsAfter, timestamp, type Aspect, type Verdict } from "../api/verdict.ts";
import type { ArrayReason } from "../array/catalogue/catalogue.ts";
import { describeFailure, type ArrayFailure } from "../array/failure.ts";
import { defined } from "../std/defined.ts";
import { unreachable } from "../std/unreachable.ts";
import { connectionConditions as ours, type ConnectionCondition } from "./condition-types.ts";
import type { ConnectionFailure } from "./failure.ts";
import type { ConnectionOutcome } from "./outcome.ts";
import type { ConnectionReason } from "./reasons.ts";

export interface ConnectionNews {
  readonly outcome: ConnectionOutcome;
  /** How many credentials refer to the connection. */
  readonly credentials: number;
  readonly login: OntapConnectionStatus["login"];
  readonly lastHandledReconcileAt: string | undefined;
}

type ConnectionAspect = Aspect<ConnectionCondition>;

/** The words that people read about a connection. The same news twice gives the same status. */
export function connectionStatusAfter(
  { meta, spec, status: before }: OntapConnection,
  { outcome, credentials, login, lastHandledReconcileAt }: ConnectionNews,
  nowMs: number,
): OntapConnectionStatus {
  const verdict = verdictOn(outcome);
  const insecure = spec.ok && spec.value.tls.insecureSkipVerify;
  const aspects = [...aspectsOf(outcome), ...(insecure ? [insecureWarning] : [])];
  const seen = seenIn(outcome) ?? { cluster: before?.cluster, svms: before?.svms };
  const nextAttemptMs = outcome.kind === "failed" ? outcome.nextAttemptMs : undefined;
  const status = defined({
    observedGeneration: meta.generation,
    conditions: conditionsAfter(before?.conditions ?? [], verdict, aspects, {
      ours,
      generation: meta.generation,
      nowMs,
    }),
    ...seen,
    credentials,
    login,
    nextAttemptTime: nextAttemptMs === undefined ? undefined : timestamp(nextAttemptMs),
    lastHandledReconcileAt: lastHandledReconcileAt ?? before?.lastHandledReconcileAt,
    lastProbeTime: before?.lastProbeTime,
  });
  const sameAnswer =
    JSON.stringify([before?.cluster, before?.svms]) === JSON.stringify([seen.cluster, seen.svms]) &&
    before?.conditions?.[0]?.reason === verdict.reason;
  return sameAnswer || outcome.kind === "held" ? status : { ...status, lastProbeTime: timestamp(nowMs) };
}

function seenIn(outcome: ConnectionOutcome): Pick<OntapConnectionStatus, "cluster" | "svms"> | undefined {
  if (outcome.kind !== "open") return undefined;
  const { cluster, svms } = outcome;
  return {
    cluster:
      cluster === undefined ? undefined : defined({ name: cluster.name, uuid: cluster.uuid, version: cluster.version }),
    svms: svms
      .map(({ name, uuid, state }) => defined({ name, uuid, state }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

const insecureWarning: ConnectionAspect = {
  type: "InsecureTlsWarning",
  status: "True",
  reason: "CertificateNotChecked" satisfies ConnectionReason,
  message:
    "spec.tls.insecureSkipVerify is true: whoever sits between operator and array reads the login and every secret; set tls.caBundle or tls.caRef instead",
};

function verdictOn(outcome: ConnectionOutcome): Verdict {
  switch (outcome.kind) {
    case "open":
      return {
        standing: "ready",
        reason: "Connected" satisfies ConnectionReason,
        message: "The array answers and accepts the login",
      };
    case "held":
      return {
        standing: "retrying",
        reason: "InUse" satisfies ConnectionReason,
        message: `Deleted, but still needed by ${outcome.users.length} IscsiCredential(s): ${listed(outcome.users)}; delete them, or set their deletionPolicy to Retain`,
      };
    case "failed":
      return connectionVerdict(outcome.failure);
    default:
      return unreachable(outcome);
  }
}

const mostListed = 5;

function listed(names: readonly string[]): string {
  const first = names.toSorted().slice(0, mostListed).join(", ");
  return names.length > mostListed ? `${first} and ${names.length - mostListed} more` : first;
}

/** What a failure means for the connection, in words. */
export function connectionVerdict(failure: ConnectionFailure): Verdict {
  switch (failure.kind) {
    case "spec-invalid":
      return {
        standing: "stalled",
        reason: "SpecInvalid" satisfies ConnectionReason,
        message: failure.problems.join("; "),
      };
    case "object-missing":
      return {
        standing: "retrying",
        reason: `${failure.object}NotFound` satisfies ConnectionReason,
        message: `${failure.object} ${failure.name} (${failure.field}) does not exist in this namespace; create it, it is picked up at once`,
      };
    case "entry-unusable":
      return {
        standing: "stalled",
        reason: `${failure.object}Invalid` satisfies ConnectionReason,
        message: `${failure.object} ${failure.name} (${failure.field}): key ${failure.entry} ${failure.problem}`,
      };
    case "login-parked":
      return {
        standing: failure.nextAttemptMs === undefined ? "stalled" : "retrying",
        reason: "LoginRefused" satisfies ArrayReason,
        message: `The array refused the login in Secret ${failure.secret}; since ONTAP locks an account after five failures it is not tried again at once: correct the Secret, or unlock the account and set annotation ontap-iscsi.dev/reconcile-requested-at`,
      };
    case "array": {
      const { reason, class: errorClass } = failure.meaning;
      const stuck = errorClass === "input" || errorClass === "bug";
      return { standing: stuck ? "stalled" : "retrying", reason, message: describeFailure(failure) };
    }
    case "kube":
      return {
        standing: "retrying",
        reason: "KubernetesUnavailable" satisfies ConnectionReason,
        message: `The API server did not answer as needed: ${failure.message}`,
      };
    default:
      return unreachable(failure);
  }
}

function aspectsOf(outcome: ConnectionOutcome): readonly ConnectionAspect[] {
  switch (outcome.kind) {
    case "open":
      return [
        {
          type: "Reachable",
          status: "True",
          reason: "Answered" satisfies ConnectionReason,
          message: "The array answered over TLS",
        },
        {
          type: "Authenticated",
          status: "True",
          reason: "LoginAccepted" satisfies ConnectionReason,
          message: "The array accepted the login",
        },
        ...forbiddenWarning(outcome.forbidden),
      ];
    case "held":
      return [];
    case "failed": {
      const { reason, message } = connectionVerdict(outcome.failure);
      const [reachable, authenticated] = reached(outcome.failure);
      return [
        { type: "Reachable", status: reachable, reason, message },
        { type: "Authenticated", status: authenticated, reason, message },
      ];
    }
    default:
      return unreachable(outcome);
  }
}

/** The login is good, but not for everything that its credentials ask for: said here once, for all of them. */
function forbiddenWarning(forbidden: readonly ArrayFailure[]): readonly ConnectionAspect[] {
  const [first] = forbidden;
  if (first === undefined) return [];
  const verbs = forbidden.map(({ verb }) => verb).toSorted();
  return [
    {
      type: "PermissionWarning",
      status: "True",
      reason: first.meaning.reason,
      message: `${verbs.join(", ")} on credentials: ${describeFailure(first)} One credential tries again every five minutes for all; annotation ontap-iscsi.dev/reconcile-requested-at on this object asks at once`,
    },
  ];
}

/** Whether the array could be reached, and whether it accepted the login. */
function reached(failure: ConnectionFailure): readonly [Aspect["status"], Aspect["status"]] {
  if (failure.kind === "login-parked") return ["True", "False"];
  if (failure.kind !== "array") return ["Unknown", "Unknown"];
  if (failure.answer === undefined) return ["False", "Unknown"];
  return ["True", failure.answer.httpStatus === 401 ? "False" : "Unknown"];
}
