import type { ConnectionReason } from "../../../src/connection/vocabulary.ts";
import type { CredentialReason } from "../../../src/credential/vocabulary.ts";

/**
 * When the operator, or what it manages, needs a person. The PrometheusRule, its unit tests' names and docs/runbook.md are
 * made of this table.
 *
 * Replicas: gauges of objects and work are the leader's alone. Two scrapes may overlap at a hand-over, so counts are taken by
 * `max` over pods, and what only a writer does is looked for at the writer. `podTargetLabels` of the PodMonitor tell shards and
 * installations apart.
 */
export interface Alert {
  readonly expr: string;
  readonly for: string;
  /** critical: wakes a person; warning: for today; info: worth a look. */
  readonly severity: "critical" | "warning" | "info";
  /** One line, with Prometheus' templates. */
  readonly summary: string;
  /** What it means for people and hosts. */
  readonly meaning: string;
  /** What to do, in order; Markdown. */
  readonly steps: readonly string[];
}

/** What tells two installations and two shards of one installation apart. */
const each = "namespace, app_kubernetes_io_instance, app_kubernetes_io_component";

/** A metric, only as the pod has it that writes. */
const atTheWriter = (metric: string): string => `(${metric} and on (instance) ontap_iscsi_leader == 1)`;

type ReadyReason = CredentialReason | ConnectionReason | "LoginRefused";

/** A matcher's value for these reasons. */
const anyOf = (...reasons: readonly ReadyReason[]): string => reasons.join("|");

/** Reasons that a person chose, or that the connection's own alert tells. */
const expected = anyOf(
  "PlanPending",
  "Suspended",
  "DryRunDeletion",
  "ConnectionPending",
  "ConnectionNotReady",
  "Pending",
);
/** The owner of a connection or a Secret decided so. */
const refused = anyOf("NotGranted", "SecretNotOffered");
/** What is written does not last. */
const undone = anyOf("NotKept", "NotConverging");

const credentialsBecause = (reasons: string): string =>
  `max by (connection, reason) (ontap_iscsi_credentials{ready!="True", reason=~"${reasons}"}) > 0`;

export const alerts = {
  OntapIscsiOperatorAbsent: {
    expr: "absent(ontap_iscsi_leader)",
    for: "10m",
    severity: "critical",
    summary: "No metrics of the operator: it does not run, or Prometheus cannot reach it.",
    meaning:
      "Nothing is written to any array: a rotated Secret does not reach it, and deleted objects wait. Hosts that are logged in are not affected.",
    steps: [
      "`kubectl get pods -n ontap-iscsi-operator`; `kubectl describe` one that does not run.",
      "If pods run: compare the PodMonitor's labels with what your Prometheus selects, and the NetworkPolicy's `metricsFrom` with where it runs.",
    ],
  },
  OntapIscsiNoWriter: {
    expr: `max by (${each}) (ontap_iscsi_leader) == 0`,
    for: "2m",
    severity: "critical",
    summary:
      "No pod of {{ $labels.app_kubernetes_io_instance }} ({{ $labels.app_kubernetes_io_component }}) holds the Lease.",
    meaning: "As if the operator did not run: nothing is written to the arrays of this installation or shard.",
    steps: [
      "`kubectl get lease -n ontap-iscsi-operator`: which pod holds it, and when was it renewed?",
      "`kubectl logs` of each pod: it names a verb that the ServiceAccount lacks, or an API server that does not answer.",
    ],
  },
  OntapIscsiSeveralWriters: {
    expr: `sum by (${each}) (ontap_iscsi_leader) > 1`,
    for: "1m",
    severity: "critical",
    summary: "{{ $value }} pods of {{ $labels.app_kubernetes_io_instance }} write at once.",
    meaning:
      "Two processes write the same credentials. Both write what the same Secrets hold, so hosts keep their access; statuses may flap.",
    steps: [
      "`kubectl get lease -A | grep ontap-iscsi-operator`: two Leases mean two installations, or a `run` from a desk beside this one. End one of them.",
      "`kubectl get deploy -A -l app.kubernetes.io/name=ontap-iscsi-operator` shows the installations.",
    ],
  },
  OntapIscsiConnectionNotReady: {
    expr: `min by (connection, reason) (ontap_iscsi_connection_ready{reason!~"${anyOf("LoginRefused", "InUse", "Pending")}"}) == 0`,
    for: "10m",
    severity: "warning",
    summary: "OntapConnection {{ $labels.connection }} does not work: {{ $labels.reason }}.",
    meaning:
      "The array is not asked. Credentials that are settled stay Ready and hosts keep their access; edits and deletions wait.",
    steps: [
      "`kubectl describe ontapconnection -n NAMESPACE NAME`: the message says what to do.",
      "The section of the reason below, or `ontap-iscsi-operator explain REASON`.",
    ],
  },
  OntapIscsiLoginRefused: {
    expr: 'min by (connection) (ontap_iscsi_connection_ready{reason="LoginRefused"}) == 0',
    for: "1m",
    severity: "critical",
    summary: "The array refuses the login of OntapConnection {{ $labels.connection }}.",
    meaning: "ONTAP locks an account at the fifth failure. The operator stops trying and waits for a new Secret.",
    steps: [
      "On the array: `security login show -user-or-group-name USER`, and `security login unlock` if it is locked.",
      "Correct the Secret that `spec.auth` names: it is tried at once. To try the same Secret again, set annotation `ontap-iscsi.dev/reconcile-requested-at` of the connection to a new value.",
    ],
  },
  OntapIscsiCredentialsNotReady: {
    expr: `max by (connection, reason) (ontap_iscsi_credentials{ready!="True", reason!~"${[expected, refused, undone].join("|")}"}) > 0`,
    for: "15m",
    severity: "warning",
    summary: "{{ $value }} credentials of {{ $labels.connection }} are not as declared: {{ $labels.reason }}.",
    meaning:
      "The array does not hold what Git declares. A host may lack access, or may still have access that was taken away.",
    steps: [
      "`kubectl get iscsicredentials -A | grep REASON`, then `kubectl describe` one: the message says what to do.",
      "The section of the reason below, or `ontap-iscsi-operator explain REASON`.",
    ],
  },
  OntapIscsiCredentialsUndone: {
    expr: credentialsBecause(undone),
    for: "5m",
    severity: "warning",
    summary:
      "{{ $value }} credentials of {{ $labels.connection }} do not stay as they are written: {{ $labels.reason }}.",
    meaning:
      "Another program writes the same credentials, or the array's answers contradict each other. Hosts may be refused from one minute to the next.",
    steps: [
      "`kubectl get iscsicredentials -A | grep REASON`, then `kubectl describe` one: `status.observed` is what the array shows.",
      "On the array: `security audit log show` tells who else writes. End that, or set `spec.suspend: true` until it ends.",
      "If no other program writes, report it with the object's YAML and the array's ONTAP version.",
    ],
  },
  OntapIscsiCredentialsRefused: {
    expr: credentialsBecause(refused),
    for: "15m",
    severity: "info",
    summary:
      "{{ $value }} credentials ask {{ $labels.connection }} for what its owner does not allow: {{ $labels.reason }}.",
    meaning:
      "Nothing is written for them, and the array keeps what it accepted before. A tenant asks for too much, or a grant or an offer is missing.",
    steps: [
      "`kubectl get iscsicredentials -A | grep REASON`, then `kubectl describe` one: the message names the limit.",
      "The owner of the connection changes `spec.grants`, the owner of the Secret its type or label, or the tenant the object: [tenancy.md](tenancy.md).",
    ],
  },
  OntapIscsiLeftBehind: {
    expr: "max by (connection) (ontap_iscsi_left_behind) > 0",
    for: "15m",
    severity: "warning",
    summary: "{{ $value }} credentials stay on the array of {{ $labels.connection }}, and no object declares them.",
    meaning: "A host may keep access that no one manages any more: no rotation and no deletion reaches it.",
    steps: [
      "`kubectl get ontapconnection -n NAMESPACE NAME -o yaml`: `status.leftBehind` names SVM, initiator and time of each.",
      "Look at each on the array; delete it there, or declare it again with `adoptionPolicy: Adopt`.",
      "Acknowledge what is done: annotation `ontap-iscsi.dev/left-behind-acknowledged` with the present time, [tenancy.md](tenancy.md).",
    ],
  },
  OntapIscsiPropagationSlow: {
    expr: "histogram_quantile(0.99, sum by (le, connection) (rate(ontap_iscsi_secret_propagation_seconds_bucket[30m]))) > 60",
    for: "15m",
    severity: "warning",
    summary: "A rotated Secret takes over a minute to reach the array of {{ $labels.connection }}.",
    meaning: "Between the edit and its arrival a host that logs in with the new password is refused.",
    steps: [
      "`OntapIscsiConnectionNotReady` or `OntapIscsiQueueStuck` at the same time is the cause.",
      "Else compare `ontap_iscsi_array_request_duration_seconds` with its usual value: the array is slow.",
    ],
  },
  OntapIscsiQueueStuck: {
    expr: `max by (controller, ${each}) ${atTheWriter("ontap_iscsi_queue_oldest_wait_seconds")} > 60`,
    for: "5m",
    severity: "warning",
    summary: "Work of controller {{ $labels.controller }} has waited {{ $value | humanizeDuration }} for its turn.",
    meaning: "Edits take longer than a minute to be looked at.",
    steps: [
      "`ontap_iscsi_array_request_duration_seconds` by connection: which array is slow?",
      "`nodejs_eventloop_utilization` above 0.8: split the load, [sharding.md](sharding.md).",
    ],
  },
  OntapIscsiDrift: {
    expr: "sum by (connection) (increase(ontap_iscsi_drift_corrected_total[1h])) > 0",
    for: "0m",
    severity: "info",
    summary: "Credentials on the array of {{ $labels.connection }} were changed by another hand, and corrected.",
    meaning:
      "Another administrator, script or operator changes the same credentials. If it goes on, both undo each other.",
    steps: [
      "`kubectl get events -A --field-selector reason=DriftCorrected`: each says what was found.",
      "On the array: `security audit log show` tells who changed it.",
    ],
  },
  OntapIscsiForbidden: {
    expr: 'sum by (namespace, verb) (increase(ontap_iscsi_kube_requests_total{code="403"}[15m])) > 0',
    for: "15m",
    severity: "warning",
    summary: "The operator's ServiceAccount lacks a right: {{ $labels.verb }} is refused.",
    meaning: "Part of the work cannot be done; the log names verb and resource once.",
    steps: ["`kubectl logs` of the leader, then install the Role of the version that runs (docs/upgrade.md)."],
  },
  OntapIscsiWatchUnreadable: {
    expr: "sum by (namespace, kind, what) (increase(ontap_iscsi_watch_skipped_total[1h])) > 0",
    for: "0m",
    severity: "warning",
    summary: "The operator cannot read {{ $labels.what }} of {{ $labels.kind }}.",
    meaning: "An object exists that the operator does not see, so nothing is done for it.",
    steps: [
      "`kubectl logs` of any pod names it. Definitions that are older or newer than the operator cause this: docs/upgrade.md.",
    ],
  },
  OntapIscsiWatchSilent: {
    expr: `max by (kind, ${each}) (ontap_iscsi_watch_silence_seconds) > 600`,
    for: "5m",
    severity: "warning",
    summary: "The API server has said nothing about {{ $labels.kind }} for {{ $value | humanizeDuration }}.",
    meaning: "Edits may not be seen. After 15 minutes the liveness probe fails and the pod is restarted.",
    steps: [
      "Look at the API server and at what stands between it and the pod, such as a proxy that drops idle connections.",
    ],
  },
  OntapIscsiDefect: {
    expr: "sum by (namespace, controller, kind) (increase(ontap_iscsi_defects_total[1d])) > 0",
    for: "0m",
    severity: "warning",
    summary: "The operator has a bug: {{ $labels.kind }} in controller {{ $labels.controller }}.",
    meaning: "The object concerned is Stalled with InternalError or tried again; others go on.",
    steps: ["Report the log lines of level error, and the YAML of the object. They hold no secret."],
  },
  OntapIscsiMemoryHigh: {
    expr: "max by (namespace, pod) (process_resident_memory_bytes and on (instance) ontap_iscsi_build_info) > 230e6",
    for: "15m",
    severity: "warning",
    summary: "Pod {{ $labels.pod }} holds {{ $value | humanize1024 }}B of its 256 MiB.",
    meaning: "Soon the kernel ends the process; the standby takes over and nothing is lost, but it comes again.",
    steps: ["Raise the memory limit and `--max-old-space-size`, or split the load: [sharding.md](sharding.md)."],
  },
  OntapIscsiRestarting: {
    expr: "changes(process_start_time_seconds[1h]) > 2 and on (instance) ontap_iscsi_build_info",
    for: "0m",
    severity: "warning",
    summary: "Pod {{ $labels.pod }} has restarted {{ $value }} times within an hour.",
    meaning: "Each restart takes seconds of work; something ends the process.",
    steps: [
      "`kubectl logs --previous` and `kubectl describe pod`: exit code 2 is a setting, 1 a lost Lease or a defect, 137 the memory limit.",
    ],
  },
} as const satisfies Readonly<Record<`OntapIscsi${string}`, Alert>>;

export type AlertName = keyof typeof alerts;
export const alertNames = Object.keys(alerts) as readonly AlertName[];
