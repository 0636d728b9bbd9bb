/** One metric: what it measures, and the question that it answers. */
interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram";
  /** What is measured. */
  readonly help: string;
  /** What a person on call wants to know when they look at it. */
  readonly question: string;
  readonly labels: readonly string[];
  /** Upper bounds in seconds, for histograms. */
  readonly buckets?: readonly number[];
  /** PromQL: an alert if it compares with something, else a query for a graph. Right with any number of replicas and shards. */
  readonly example: string;
  /** A gauge of the work: a standby does none, and would count everything a second time. */
  readonly leaderOnly?: true;
}

const fast = [0.001, 0.005, 0.015, 0.05, 0.15, 0.5, 1.5, 5, 30] as const;
const network = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30] as const;
const propagation = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800] as const;

/**
 * Every metric, by Prometheus' naming conventions; docs/metrics.md is generated from this table. No label ever names an
 * IscsiCredential or a Secret: the number of series grows with connections and reasons, never with objects.
 */
export const metricTable = {
  ontap_iscsi_credentials: {
    type: "gauge",
    help: "IscsiCredentials by connection, Ready and its reason; without a connection if it does not exist.",
    question: "How many credentials are not as declared, on which array, and why?",
    labels: ["connection", "ready", "reason"],
    example: `sum by (connection, reason) (ontap_iscsi_credentials{ready="False"}) > 0`,
    leaderOnly: true,
  },
  ontap_iscsi_connection_ready: {
    type: "gauge",
    help: "1 if the array answers and accepts the login, else 0, with the reason; absent until it was asked.",
    question: "Which array cannot be used, and why?",
    labels: ["connection", "reason"],
    example: "ontap_iscsi_connection_ready == 0",
    leaderOnly: true,
  },
  ontap_iscsi_connection_session: {
    type: "gauge",
    help: "1 for the state in which this process holds the array: open, down (only a probe asks it) or unknown.",
    question: "Is the breaker of an array open, so that its credentials wait?",
    labels: ["connection", "state"],
    example: `ontap_iscsi_connection_session{state="down"} == 1`,
    leaderOnly: true,
  },
  ontap_iscsi_left_behind: {
    type: "gauge",
    help: "Credentials that stay on the array although no object declares them any more, until the owner acknowledges them.",
    question: "Which array holds credentials that nothing manages?",
    labels: ["connection"],
    example: "ontap_iscsi_left_behind > 0",
    leaderOnly: true,
  },
  ontap_iscsi_secret_propagation_seconds: {
    type: "histogram",
    help: "From hearing of an edit of a Secret to the array's acceptance, once per credential that uses it.",
    question: "How long after a rotation does the array have the new password?",
    labels: ["connection"],
    buckets: propagation,
    example:
      "histogram_quantile(0.99, sum by (le, connection) (rate(ontap_iscsi_secret_propagation_seconds_bucket[1h]))) > 5",
  },
  ontap_iscsi_drift_corrected_total: {
    type: "counter",
    help: "Credentials that no longer were on the array as it had accepted them, and were written again.",
    question: "Does a person or another program change credentials on the array?",
    labels: ["connection"],
    example: "sum by (connection) (increase(ontap_iscsi_drift_corrected_total[1h])) > 0",
  },
  ontap_iscsi_array_requests_total: {
    type: "counter",
    help: "Requests to an array by verb and what came of it: 2xx, ONTAP's code (docs/errors.md), an HTTP class, or the trouble.",
    question: "How much is an array asked, and what does it refuse?",
    labels: ["connection", "verb", "code"],
    example: `sum by (connection, code) (rate(ontap_iscsi_array_requests_total{code!="2xx"}[5m])) > 0`,
  },
  ontap_iscsi_array_request_duration_seconds: {
    type: "histogram",
    help: "How long requests to an array took, answered or not; without the time they waited to be sent.",
    question: "Is an array slow?",
    labels: ["connection", "verb"],
    buckets: network,
    example:
      "histogram_quantile(0.99, sum by (le, connection) (rate(ontap_iscsi_array_request_duration_seconds_bucket[5m]))) > 2",
  },
  ontap_iscsi_queue_depth: {
    type: "gauge",
    help: "Keys that are due and that no worker has taken yet.",
    question: "Does the operator keep up?",
    labels: ["controller"],
    example: "ontap_iscsi_queue_depth",
    leaderOnly: true,
  },
  ontap_iscsi_queue_oldest_wait_seconds: {
    type: "gauge",
    help: "How long the key that is due longest has waited for a worker.",
    question: "Is anything stuck behind a slow array?",
    labels: ["controller"],
    example: "ontap_iscsi_queue_oldest_wait_seconds > 60",
    leaderOnly: true,
  },
  ontap_iscsi_queue_wait_seconds: {
    type: "histogram",
    help: "How long keys were due before a worker took them, by urgency: change, retry or resync. Time as a standby does not count.",
    question: "Does a person's change wait behind routine work?",
    labels: ["controller", "urgency"],
    buckets: fast,
    example: `histogram_quantile(0.99, sum by (le) (rate(ontap_iscsi_queue_wait_seconds_bucket{urgency="change"}[5m]))) > 1`,
  },
  ontap_iscsi_pass_duration_seconds: {
    type: "histogram",
    help: "How long passes took, by how they ended: settled, retry, defect, or abandoned at a stop.",
    question: "How much does the operator work, and how often must it try again?",
    labels: ["controller", "end"],
    buckets: fast,
    example: `sum by (controller) (rate(ontap_iscsi_pass_duration_seconds_count{end="retry"}[5m]))`,
  },
  ontap_iscsi_defects_total: {
    type: "counter",
    help: "Bugs of the operator: exception, a pass threw; invariant, a pass was about to break one, and was stopped; request, the array refused what should never be sent.",
    question: "Is there something to report to the maintainers?",
    labels: ["controller", "kind"],
    example: "sum by (controller, kind) (increase(ontap_iscsi_defects_total[1d])) > 0",
  },
  ontap_iscsi_kube_requests_total: {
    type: "counter",
    help: "Requests to the API server by HTTP method (WATCH for a stream) and status; none if no answer came.",
    question: "What does the operator cost the API server, and what is refused?",
    labels: ["verb", "code"],
    example: `sum by (verb, code) (rate(ontap_iscsi_kube_requests_total{code!="2xx"}[5m])) > 0`,
  },
  ontap_iscsi_watch_restarts_total: {
    type: "counter",
    help: "Watches that ended, by kind (NAMESPACE/KIND with --namespaces) and why: ended, silent, broken, gone, refused, unreadable, or rewound (etcd was restored to an earlier state).",
    question: "Are the watches healthy, or does something between us and the API server cut them?",
    labels: ["kind", "why"],
    example: `sum by (kind, why) (increase(ontap_iscsi_watch_restarts_total{why!="ended"}[1h])) > 10`,
  },
  ontap_iscsi_watch_skipped_total: {
    type: "counter",
    help: "What a watch or list brought that could not be read: a line of the stream, or an object.",
    question: "Is there something in the cluster that the operator cannot see?",
    labels: ["kind", "what"],
    example: "sum by (kind, what) (increase(ontap_iscsi_watch_skipped_total[1h])) > 0",
  },
  ontap_iscsi_watch_silence_seconds: {
    type: "gauge",
    help: "Time since the last word of the API server about a kind, or with --namespaces about NAMESPACE/KIND; a quiet watch gets one about once a minute.",
    question: "Would the operator notice a change?",
    labels: ["kind"],
    example: "ontap_iscsi_watch_silence_seconds > 600",
  },
  ontap_iscsi_events_dropped_total: {
    type: "counter",
    help: "Events that were not written: full, too many were waiting; refused, the API server did not take it; summarised, one Event of routine work stands for many.",
    question: "Are Events missing from `kubectl describe`?",
    labels: ["why"],
    example: `increase(ontap_iscsi_events_dropped_total{why!="summarised"}[1h]) > 0`,
  },
  ontap_iscsi_leader: {
    type: "gauge",
    help: "1 if this process may write, else 0, by shard. A take-over leaves 0 for up to 15 s: alert on two minutes.",
    question: "Is there one writer for each shard, and which pod is it?",
    labels: ["shard"],
    example: "sum by (namespace, shard) (ontap_iscsi_leader) != 1 or absent(ontap_iscsi_leader)",
  },
  ontap_iscsi_build_info: {
    type: "gauge",
    help: "Always 1; the labels tell which build runs.",
    question: "Which version runs where?",
    labels: ["version", "node"],
    example: "count by (version) (ontap_iscsi_build_info)",
  },
  process_resident_memory_bytes: {
    type: "gauge",
    help: "Resident memory of the process.",
    question: "How far is the pod from its memory limit?",
    labels: [],
    example: "process_resident_memory_bytes > 200e6 and on (job, instance) ontap_iscsi_build_info",
  },
  process_cpu_seconds_total: {
    type: "counter",
    help: "CPU time of the process, user and system.",
    question: "How busy is the operator?",
    labels: [],
    example: "rate(process_cpu_seconds_total[5m]) and on (job, instance) ontap_iscsi_build_info",
  },
  process_start_time_seconds: {
    type: "gauge",
    help: "When the process started, as Unix time.",
    question: "Does it restart?",
    labels: [],
    example: "changes(process_start_time_seconds[1h]) > 2 and on (job, instance) ontap_iscsi_build_info",
  },
  nodejs_heap_size_used_bytes: {
    type: "gauge",
    help: "JavaScript heap in use.",
    question: "Does something leak?",
    labels: [],
    example: "nodejs_heap_size_used_bytes and on (job, instance) ontap_iscsi_build_info",
  },
  nodejs_heap_size_limit_bytes: {
    type: "gauge",
    help: "The most that the JavaScript heap may hold: 58 % of the container's memory limit, unless NODE_OPTIONS says otherwise. A credential needs 4 KB, so that 1 MiB of heap holds 250, and a limit of 256Mi about 30,000 of the whole cluster.",
    question: "How far is the heap from its bound, where the process would end?",
    labels: [],
    example:
      "nodejs_heap_size_used_bytes / nodejs_heap_size_limit_bytes > 0.9 and on (job, instance) ontap_iscsi_build_info",
  },
  nodejs_eventloop_utilization: {
    type: "gauge",
    help: "Share of the time since the last scrape in which the event loop was busy, 0 to 1.",
    question: "Does one core suffice?",
    labels: [],
    example: "nodejs_eventloop_utilization > 0.8 and on (job, instance) ontap_iscsi_build_info",
  },
  nodejs_eventloop_lag_seconds: {
    type: "gauge",
    help: "How long the event loop took to come round once, measured at the scrape.",
    question: "Does something block the process?",
    labels: [],
    example: "nodejs_eventloop_lag_seconds > 0.5 and on (job, instance) ontap_iscsi_build_info",
  },
} as const satisfies Readonly<Record<`${"ontap_iscsi" | "process" | "nodejs"}_${string}`, MetricRow>>;

type Table = typeof metricTable;

export type MetricName = keyof Table;
export type NameOf<Type extends MetricRow["type"]> = {
  [Name in MetricName]: Table[Name]["type"] extends Type ? Name : never;
}[MetricName];

/** Every label of a metric, and no other. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<Table[Name]["labels"][number], string>>;

/** Gauges that only the leader shows. */
export const leaderGauges = (Object.entries(metricTable) as readonly [MetricName, MetricRow][])
  .filter(([, { leaderOnly }]) => leaderOnly === true)
  .map(([name]) => name as NameOf<"gauge">);
