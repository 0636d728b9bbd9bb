import type { OntapConnectionStatus } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import { conditionsAfter, timestamp, type Aspect, type Verdict } from "../api/verdict.ts";
import { describeFailure } from "../array/failure.ts";
import type { ArrayFailure } from "../array/failure.ts";
import { defined } from "../std/defined.ts";
import { unreachable } from "../std/unreachable.ts";
import type { Meaning } from "./meaning.ts";
import type { ReportedOutcome } from "./outcome.ts";
import type { ArraySeen, Uncompared } from "./session.ts";
import { connectionConditions as ours, type ConnectionCondition, type ConnectionReason } from "./vocabulary.ts";

export interface ConnectionStatusInput {
  readonly outcome: ReportedOutcome;
  /** How many credentials refer to the connection. */
  readonly credentials: number;
  readonly login: OntapConnectionStatus["login"];
  /** SVMs whose credentials cannot be compared, longest first. */
  readonly uncompared: readonly Uncompared[];
  readonly leftBehind: OntapConnectionStatus["leftBehind"];
  readonly nextAttemptMs: number | undefined;
  readonly lastHandledReconcileAt: string | undefined;
}

type ConnectionAspect = Aspect<ConnectionCondition>;

/** The words that people read about a connection. The same input twice gives the same status. */
export function connectionStatusAfter(
  { meta, spec, status: before }: OntapConnection,
  input: ConnectionStatusInput,
  nowMs: number,
): OntapConnectionStatus {
  const { outcome, nextAttemptMs } = input;
  const verdict = verdictOn(outcome);
  const insecure = spec.ok && spec.value.tls.insecureSkipVerify;
  const aspects = [...aspectsOf(outcome), ...compareWarning(input.uncompared), ...(insecure ? [insecureWarning] : [])];
  const seen = outcome.kind === "failed" ? { cluster: before?.cluster, svms: before?.svms } : shownOf(outcome.seen);
  const status = defined({
    observedGeneration: meta.generation,
    conditions: conditionsAfter(before?.conditions ?? [], verdict, aspects, {
      ours,
      generation: meta.generation,
      nowMs,
    }),
    ...seen,
    credentials: input.credentials,
    leftBehind: input.leftBehind,
    login: input.login,
    nextAttemptTime: nextAttemptMs === undefined ? undefined : timestamp(nextAttemptMs),
    lastHandledReconcileAt: input.lastHandledReconcileAt ?? before?.lastHandledReconcileAt,
    lastProbeTime: before?.lastProbeTime,
  });
  const sameAnswer =
    JSON.stringify([before?.cluster, before?.svms]) === JSON.stringify([seen.cluster, seen.svms]) &&
    before?.conditions?.[0]?.reason === verdict.reason;
  return sameAnswer || outcome.kind === "in-use" ? status : { ...status, lastProbeTime: timestamp(nowMs) };
}

function shownOf({ cluster, svms }: ArraySeen): Pick<OntapConnectionStatus, "cluster" | "svms"> {
  return {
    cluster:
      cluster === undefined ? undefined : defined({ name: cluster.name, uuid: cluster.uuid, version: cluster.version }),
    svms: svms
      .map(({ name, uuid, state }) => defined({ name, uuid, state }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** How the connection stands after a pass. */
export function verdictOn(outcome: ReportedOutcome): Verdict {
  switch (outcome.kind) {
    case "connected":
      return {
        standing: "ready",
        reason: "Connected" satisfies ConnectionReason,
        message: "The array answers and accepts the login",
      };
    case "in-use":
      return {
        standing: "retrying",
        reason: "InUse" satisfies ConnectionReason,
        message: `Deleted, but still needed by ${outcome.users.length} IscsiCredential(s): ${listed(outcome.users, 5)}; delete them, or set their deletionPolicy to Retain`,
      };
    case "failed":
      return outcome.meaning.verdict;
    default:
      return unreachable(outcome);
  }
}

function listed(names: readonly string[], most: number): string {
  const first = names.toSorted().slice(0, most).join(", ");
  return names.length > most ? `${first} and ${names.length - most} more` : first;
}

function aspectsOf(outcome: ReportedOutcome): readonly ConnectionAspect[] {
  if (outcome.kind === "failed") return blamed(outcome.meaning);
  return [answered, accepted, ...forbiddenWarning(outcome.seen.forbidden)];
}

const answered: ConnectionAspect = {
  type: "Reachable",
  status: "True",
  reason: "Answered" satisfies ConnectionReason,
  message: "The array answered over TLS",
};

const accepted: ConnectionAspect = {
  type: "Authenticated",
  status: "True",
  reason: "LoginAccepted" satisfies ConnectionReason,
  message: "The array accepted the login",
};

/** Whether the array could be reached, and whether it accepted the login: what the failure says of either. */
function blamed({ verdict: { reason, message }, blames }: Meaning): readonly ConnectionAspect[] {
  const reachable = { type: "Reachable", reason, message } as const;
  const authenticated = { type: "Authenticated", reason, message } as const;
  switch (blames) {
    case "inputs":
      return [
        { ...reachable, status: "Unknown" },
        { ...authenticated, status: "Unknown" },
      ];
    case "Reachable":
      return [
        { ...reachable, status: "False" },
        { ...authenticated, status: "Unknown" },
      ];
    case "Authenticated":
      return [answered, { ...authenticated, status: "False" }];
    case "array":
      return [answered, { ...authenticated, status: "Unknown" }];
    default:
      return unreachable(blames);
  }
}

const insecureWarning: ConnectionAspect = {
  type: "InsecureTlsWarning",
  status: "True",
  reason: "CertificateNotChecked" satisfies ConnectionReason,
  message:
    "spec.tls.insecureSkipVerify is true: anyone between the operator and the array can read the login and every secret; set tls.caBundle or tls.caRef instead",
};

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

const mostUncompared = 3;

/** Drift on these SVMs goes unseen: said here once, since the credentials themselves are as they were. */
function compareWarning(uncompared: readonly Uncompared[]): readonly ConnectionAspect[] {
  const [first] = uncompared;
  if (first === undefined) return [];
  const named = uncompared
    .slice(0, mostUncompared)
    .map(({ svm, sinceMs, failure }) => `${svm.name} since ${timestamp(sinceMs)} (${failure.meaning.reason})`);
  const more = uncompared.length > mostUncompared ? ` and ${uncompared.length - mostUncompared} more` : "";
  return [
    {
      type: "CompareWarning",
      status: "True",
      reason: first.failure.meaning.reason,
      message: `Credentials cannot be compared on SVM ${named.join(", ")}${more}: ${describeFailure(first.failure)}`,
    },
  ];
}
