import type { OntapConnectionStatus } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import { conditionsAfter, timestamp, type Aspect, type Verdict } from "../api/verdict.ts";
import { describeFailure } from "../array/failure.ts";
import type { ArrayFailure } from "../array/failure.ts";
import { defined } from "../std/defined.ts";
import { unreachable } from "../std/unreachable.ts";
import type { GrantUsage } from "./grant-usage.ts";
import type { Meaning } from "./meaning.ts";
import type { ReportedOutcome } from "./outcome.ts";
import type { ArraySeen, Uncompared } from "./session.ts";
import { missingSvms } from "./svm-history.ts";
import { connectionConditions as ours, type ConnectionCondition, type ConnectionReason } from "./vocabulary.ts";

export interface ConnectionStatusInput {
  readonly outcome: ReportedOutcome;
  /** How many credentials refer to the connection. */
  readonly credentials: number;
  readonly grants: GrantUsage | undefined;
  readonly login: OntapConnectionStatus["login"];
  /** SVMs whose credentials cannot be compared, longest first. */
  readonly uncompared: readonly Uncompared[];
  readonly leftBehind: OntapConnectionStatus["leftBehind"];
  readonly nextAttemptMs: number | undefined;
  readonly lastHandledReconcileAt: string | undefined;
}

type ConnectionAspect = Aspect<ConnectionCondition>;

/** As many as the status takes. */
const mostSvms = 1024;

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
  const shown: Shown = outcome.kind === "failed" ? shownBefore(before) : shownOf(outcome.seen);
  const status = defined({
    observedGeneration: meta.generation,
    conditions: conditionsAfter(before?.conditions ?? [], verdict, aspects, {
      ours,
      generation: meta.generation,
      nowMs,
    }),
    ...shown,
    credentials: input.credentials,
    grants: input.grants,
    leftBehind: input.leftBehind,
    login: input.login,
    nextAttemptTime: nextAttemptMs === undefined ? undefined : timestamp(nextAttemptMs),
    lastHandledReconcileAt: input.lastHandledReconcileAt ?? before?.lastHandledReconcileAt,
    lastProbeTime: before?.lastProbeTime,
  });
  const sameAnswer =
    JSON.stringify([before?.cluster, before?.svms]) === JSON.stringify([shown.cluster, shown.svms]) &&
    before?.conditions?.[0]?.reason === verdict.reason;
  return sameAnswer || outcome.kind === "in-use" ? status : { ...status, lastProbeTime: timestamp(nowMs) };
}

/** What the status takes; what an array shows beyond is cut, so that one long name does not cost the whole status. */
const longest = { name: 253, uuid: 64, version: 253, state: 32, endpoint: 270, user: 512 } as const;

type Shown = Pick<OntapConnectionStatus, "cluster" | "svms" | "missingSvms" | "access">;

function shownOf({ cluster, svms, svmHistory }: ArraySeen): Shown {
  const { access } = svmHistory;
  return {
    cluster:
      cluster === undefined
        ? undefined
        : defined({
            name: cut(cluster.name, longest.name),
            uuid: cut(cluster.uuid, longest.uuid),
            version: cut(releaseOf(cluster.version), longest.version),
          }),
    svms: svms
      .slice(0, mostSvms)
      .map(({ name, uuid, state }) =>
        defined({ name: cut(name, longest.name), uuid, state: cut(state, longest.state) }),
      ),
    missingSvms: missingSvms(svmHistory)?.map((svm) => defined({ ...svm, name: cut(svm.name, longest.name) })),
    access:
      access === undefined
        ? undefined
        : defined({ endpoint: cut(access.endpoint, longest.endpoint), user: cut(access.user, longest.user) }),
  };
}

/** `9.18.1` of `NetApp Release 9.18.1: Tue Jan 31 10:00:00 UTC 2026`: a column has no room for more. */
const releaseOf = (version: string | undefined): string | undefined =>
  version === undefined ? undefined : (/\bRelease (\d[\w.]*)/.exec(version)?.[1] ?? version);

/** What an array has shown stays in the status while it cannot be asked. */
const shownBefore = (before: OntapConnectionStatus | undefined): Shown => ({
  cluster: before?.cluster,
  svms: before?.svms,
  missingSvms: before?.missingSvms,
  access: before?.access,
});

function cut<Text extends string | undefined>(
  text: Text,
  most: number,
): Text extends string ? string : string | undefined;
function cut(text: string | undefined, most: number): string | undefined {
  return text === undefined || text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
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
        message: `Deleted, but the deletion of these IscsiCredentials still asks the array: ${listed(outcome.holders, 5)}. Delete them, or set their deletionPolicy to Retain`,
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
  return [answered, accepted, ...forbiddenWarning(outcome.seen.forbidden), ...svmWarning(outcome.seen)];
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

/** The status stays valid whatever an array lists, and says what it leaves out. */
function svmWarning({ svms, repeatedSvms }: ArraySeen): readonly ConnectionAspect[] {
  const warning = (reason: ConnectionReason, message: string): ConnectionAspect => ({
    type: "SvmListWarning",
    status: "True",
    reason,
    message,
  });
  if (repeatedSvms.length > 0) {
    return [
      warning(
        "SvmUuidRepeated",
        `The array lists several SVMs under one UUID; only the first of each is used, and not ${listed(repeatedSvms, 5)}. Check that spec.endpoint is an ONTAP system`,
      ),
    ];
  }
  if (svms.length <= mostSvms) return [];
  return [
    warning(
      "SvmListCut",
      `The array lists ${svms.length} SVMs and status.svms shows ${mostSvms} of them. Credentials may name any; a login for fewer SVMs shortens the list`,
    ),
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
