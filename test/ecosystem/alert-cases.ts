import { type AlertName } from "../../tools/release/watching/alerts.ts";

/** Series of a metric as promtool has them: one value a minute, `0+1x90` for 0, 1, 2 ... */
export type Series = Readonly<Record<string, string>>;

const shared =
  'namespace="ontap-iscsi-operator", app_kubernetes_io_instance="ontap-iscsi-operator", app_kubernetes_io_component="operator"';
/** Labels that a scrape of the first pod, which leads, or of the second one adds. */
const first = `${shared}, pod="one", instance="10.0.0.1:8080"`;
const second = `${shared}, pod="two", instance="10.0.0.2:8080"`;

const always = (value: number): string => `${value}x90`;

/** Two pods, one of which leads, with a day's usual troubles. No alert is for this. */
export const usual: Series = {
  [`ontap_iscsi_leader{${first}}`]: always(1),
  [`ontap_iscsi_leader{${second}}`]: always(0),
  [`ontap_iscsi_build_info{${first}, version="0.1.0", node="v24"}`]: always(1),
  [`ontap_iscsi_build_info{${second}, version="0.1.0", node="v24"}`]: always(1),
  [`ontap_iscsi_connection_ready{${first}, connection="storage/a", reason="Connected"}`]: always(1),
  [`ontap_iscsi_connection_ready{${second}, connection="storage/a", reason="Connected"}`]: always(1),
  [`ontap_iscsi_credentials{${first}, connection="storage/a", ready="True", reason="Applied"}`]: always(1000),
  [`ontap_iscsi_credentials{${second}, connection="storage/a", ready="True", reason="Applied"}`]: always(1000),
  // A plan waits for a person; that is what it is for.
  [`ontap_iscsi_credentials{${first}, connection="storage/a", ready="False", reason="PlanPending"}`]: always(38),
  [`ontap_iscsi_left_behind{${first}, connection="storage/a"}`]: always(0),
  [`ontap_iscsi_secret_propagation_seconds_bucket{${first}, connection="storage/a", le="1"}`]: "0+10x90",
  [`ontap_iscsi_secret_propagation_seconds_bucket{${first}, connection="storage/a", le="60"}`]: "0+10x90",
  [`ontap_iscsi_secret_propagation_seconds_bucket{${first}, connection="storage/a", le="+Inf"}`]: "0+10x90",
  [`ontap_iscsi_drift_corrected_total{${first}, connection="storage/a"}`]: always(3),
  [`ontap_iscsi_queue_oldest_wait_seconds{${first}, controller="credential"}`]: always(0),
  // A standby's queue fills, since no worker takes from it.
  [`ontap_iscsi_queue_oldest_wait_seconds{${second}, controller="credential"}`]: "0+60x90",
  [`ontap_iscsi_kube_requests_total{${first}, verb="GET", code="2xx"}`]: "0+5x90",
  [`ontap_iscsi_kube_requests_total{${first}, verb="PATCH", code="409"}`]: "0+1x90",
  [`ontap_iscsi_watch_skipped_total{${first}, kind="IscsiCredential", what="line"}`]: always(0),
  [`ontap_iscsi_watch_silence_seconds{${first}, kind="IscsiCredential"}`]: always(50),
  [`ontap_iscsi_defects_total{${first}, controller="credential", kind="exception"}`]: always(0),
  [`process_resident_memory_bytes{${first}}`]: always(95e6),
  // Another program's process, which is no business of ours.
  [`process_resident_memory_bytes{namespace="other", pod="other", instance="10.0.0.9:8080"}`]: always(4e9),
  [`process_start_time_seconds{${first}}`]: always(1000),
  [`process_start_time_seconds{namespace="other", pod="other", instance="10.0.0.9:8080"}`]: "0+60x90",
};

interface AlertCase {
  /** What differs from the usual; a series of no value is left out. */
  readonly differs: Series;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Differs so little, or so briefly, that it must not fire. */
  readonly almost: Series;
}

const installation = {
  namespace: "ontap-iscsi-operator",
  app_kubernetes_io_instance: "ontap-iscsi-operator",
  app_kubernetes_io_component: "operator",
};
/** The second pod leads as well, and so its work does not wait. */
const secondWorks = { [`ontap_iscsi_queue_oldest_wait_seconds{${second}, controller="credential"}`]: always(0) };
const brief = (value: number, usually: number): string => `${usually}x87 ${value}x2`;

/** For each alert what makes it fire at the end of an hour and a half, alone, and what almost does. */
export const alertCases: Readonly<Record<AlertName, AlertCase>> = {
  OntapIscsiOperatorAbsent: {
    differs: Object.fromEntries(Object.keys(usual).map((series) => [series, ""])),
    labels: {},
    summary: "No metrics of the operator: it does not run, or Prometheus cannot reach it.",
    almost: { [`ontap_iscsi_leader{${second}}`]: "", [`ontap_iscsi_leader{${first}}`]: "1x85" },
  },
  OntapIscsiNoWriter: {
    differs: { [`ontap_iscsi_leader{${first}}`]: always(0) },
    labels: installation,
    summary: "No pod of ontap-iscsi-operator (operator) holds the Lease.",
    // A take-over after a kill.
    almost: { [`ontap_iscsi_leader{${first}}`]: "1x89 0" },
  },
  OntapIscsiSeveralWriters: {
    differs: { [`ontap_iscsi_leader{${second}}`]: always(1), ...secondWorks },
    labels: installation,
    summary: "2 pods of ontap-iscsi-operator write at once.",
    almost: {
      ...secondWorks,
      // Two shards have a writer each.
      [`ontap_iscsi_leader{${second}}`]: "",
      [`ontap_iscsi_leader{${second.replace('component="operator"', 'component="shard-b"')}}`]: always(1),
    },
  },
  OntapIscsiConnectionNotReady: {
    differs: {
      [`ontap_iscsi_connection_ready{${first}, connection="storage/b", reason="ConnectionRefused"}`]: always(0),
    },
    labels: { connection: "storage/b", reason: "ConnectionRefused" },
    summary: "OntapConnection storage/b does not work: ConnectionRefused.",
    // A LIF moves.
    almost: {
      [`ontap_iscsi_connection_ready{${first}, connection="storage/b", reason="ConnectionRefused"}`]: "_x85 0x5",
    },
  },
  OntapIscsiLoginRefused: {
    differs: { [`ontap_iscsi_connection_ready{${first}, connection="storage/b", reason="LoginRefused"}`]: always(0) },
    labels: { connection: "storage/b" },
    summary: "The array refuses the login of OntapConnection storage/b.",
    almost: { [`ontap_iscsi_connection_ready{${first}, connection="storage/b", reason="Connected"}`]: always(1) },
  },
  OntapIscsiCredentialsNotReady: {
    differs: {
      [`ontap_iscsi_credentials{${first}, connection="storage/a", ready="False", reason="SecretNotFound"}`]: always(2),
      // The standby counts the same objects.
      [`ontap_iscsi_credentials{${second}, connection="storage/a", ready="False", reason="SecretNotFound"}`]: always(2),
    },
    labels: { connection: "storage/a", reason: "SecretNotFound" },
    summary: "2 credentials of storage/a are not as declared: SecretNotFound.",
    almost: {
      [`ontap_iscsi_credentials{${first}, connection="storage/a", ready="False", reason="SecretNotFound"}`]:
        "_x80 2x10",
      [`ontap_iscsi_credentials{${first}, connection="storage/a", ready="False", reason="Suspended"}`]: always(2),
    },
  },
  OntapIscsiCredentialsUndone: {
    differs: {
      [`ontap_iscsi_credentials{${first}, connection="storage/a", ready="False", reason="NotKept"}`]: always(2),
    },
    labels: { connection: "storage/a", reason: "NotKept" },
    summary: "2 credentials of storage/a do not stay as they are written: NotKept.",
    almost: {
      [`ontap_iscsi_credentials{${first}, connection="storage/a", ready="False", reason="NotConverging"}`]: brief(2, 0),
    },
  },
  OntapIscsiCredentialsRefused: {
    differs: {
      [`ontap_iscsi_credentials{${first}, connection="storage/a", ready="False", reason="NotGranted"}`]: always(3),
    },
    labels: { connection: "storage/a", reason: "NotGranted" },
    summary: "3 credentials ask storage/a for what its owner does not allow: NotGranted.",
    almost: {
      [`ontap_iscsi_credentials{${first}, connection="storage/a", ready="False", reason="SecretNotOffered"}`]:
        "_x80 1x10",
    },
  },
  OntapIscsiLeftBehind: {
    differs: { [`ontap_iscsi_left_behind{${first}, connection="storage/a"}`]: always(4) },
    labels: { connection: "storage/a" },
    summary: "4 credentials stay on the array of storage/a, and no object declares them.",
    // Acknowledged within minutes.
    almost: { [`ontap_iscsi_left_behind{${first}, connection="storage/a"}`]: "0x70 4x10 0x10" },
  },
  OntapIscsiPropagationSlow: {
    differs: {
      [`ontap_iscsi_secret_propagation_seconds_bucket{${first}, connection="storage/a", le="1"}`]: "0+5x90",
      [`ontap_iscsi_secret_propagation_seconds_bucket{${first}, connection="storage/a", le="60"}`]: "0+5x90",
      [`ontap_iscsi_secret_propagation_seconds_bucket{${first}, connection="storage/a", le="300"}`]: "0+10x90",
    },
    labels: { connection: "storage/a" },
    summary: "A rotated Secret takes over a minute to reach the array of storage/a.",
    almost: { [`ontap_iscsi_secret_propagation_seconds_bucket{${first}, connection="storage/a", le="1"}`]: "0+5x90" },
  },
  OntapIscsiQueueStuck: {
    differs: { [`ontap_iscsi_queue_oldest_wait_seconds{${first}, controller="credential"}`]: always(90) },
    labels: { ...installation, controller: "credential" },
    summary: "Work of controller credential has waited 1m 30s for its turn.",
    almost: { [`ontap_iscsi_queue_oldest_wait_seconds{${first}, controller="credential"}`]: brief(90, 0) },
  },
  OntapIscsiDrift: {
    differs: { [`ontap_iscsi_drift_corrected_total{${first}, connection="storage/a"}`]: "3x60 5x30" },
    labels: { connection: "storage/a" },
    summary: "Credentials on the array of storage/a were changed by another hand, and corrected.",
    almost: { [`ontap_iscsi_drift_corrected_total{${first}, connection="storage/a"}`]: "3x10 5x80" },
  },
  OntapIscsiForbidden: {
    differs: { [`ontap_iscsi_kube_requests_total{${first}, verb="GET", code="403"}`]: "0+1x90" },
    labels: { namespace: "ontap-iscsi-operator", verb: "GET" },
    summary: "The operator's ServiceAccount lacks a right: GET is refused.",
    almost: { [`ontap_iscsi_kube_requests_total{${first}, verb="GET", code="403"}`]: "0x5 9x85" },
  },
  OntapIscsiWatchUnreadable: {
    differs: { [`ontap_iscsi_watch_skipped_total{${first}, kind="IscsiCredential", what="line"}`]: "0x60 1x30" },
    labels: { namespace: "ontap-iscsi-operator", kind: "IscsiCredential", what: "line" },
    summary: "The operator cannot read line of IscsiCredential.",
    almost: { [`ontap_iscsi_watch_skipped_total{${first}, kind="IscsiCredential", what="line"}`]: "0x10 1x80" },
  },
  OntapIscsiWatchSilent: {
    differs: { [`ontap_iscsi_watch_silence_seconds{${first}, kind="IscsiCredential"}`]: always(720) },
    labels: { ...installation, kind: "IscsiCredential" },
    summary: "The API server has said nothing about IscsiCredential for 12m 0s.",
    almost: { [`ontap_iscsi_watch_silence_seconds{${first}, kind="IscsiCredential"}`]: brief(720, 50) },
  },
  OntapIscsiDefect: {
    differs: { [`ontap_iscsi_defects_total{${first}, controller="credential", kind="exception"}`]: "0x60 1x30" },
    labels: { namespace: "ontap-iscsi-operator", controller: "credential", kind: "exception" },
    summary: "The operator has a bug: exception in controller credential.",
    almost: { [`ontap_iscsi_defects_total{${first}, controller="connection", kind="exception"}`]: always(0) },
  },
  OntapIscsiMemoryHigh: {
    differs: { [`process_resident_memory_bytes{${first}}`]: always(240e6) },
    labels: { namespace: "ontap-iscsi-operator", pod: "one" },
    summary: "Pod one holds 228.9MiB of its 256 MiB.",
    almost: { [`process_resident_memory_bytes{${first}}`]: "95000000x80 240000000x10" },
  },
  OntapIscsiRestarting: {
    differs: { [`process_start_time_seconds{${first}}`]: "1000x50 2000x10 3000x10 4000x20" },
    labels: { ...installation, pod: "one", instance: "10.0.0.1:8080" },
    summary: "Pod one has restarted 3 times within an hour.",
    almost: { [`process_start_time_seconds{${first}}`]: "1000x50 2000x10 3000x30" },
  },
};
