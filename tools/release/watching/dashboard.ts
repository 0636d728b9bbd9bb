import type { Dashboard, Panel, VariableModel } from "@grafana/schema";
import { product } from "../manifests/names.ts";

/**
 * The Grafana dashboard, by the questions that people ask at 03:00: does it run, what is not as declared, which array is the
 * cause, how fast do rotations arrive. Two scrapes may overlap at a hand-over, so counts are taken by `max` over pods.
 */

interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface PanelSpec {
  readonly title: string;
  /** What the reader learns from it, and what is usual. */
  readonly description: string;
  readonly queries: readonly Query[];
  readonly unit: "short" | "s" | "bytes" | "percentunit" | "reqps";
  readonly type: "stat" | "timeseries" | "table";
  /** In 24ths of the width. */
  readonly width: 6 | 8 | 12 | 24;
}

const scope = 'namespace=~"$namespace"';
const ofConnection = `${scope}, connection=~"$connection"`;
const quantile = (q: number, metric: string, by: string): string =>
  `histogram_quantile(${q}, sum by (le, ${by}) (rate(${metric}_bucket{${ofConnection}}[$__rate_interval])))`;

export const rows: Readonly<Record<string, readonly PanelSpec[]>> = {
  "Is all as declared?": [
    {
      title: "Writers",
      description: "Pods that hold a Lease: one for each installation or shard. None means that nothing is written.",
      queries: [{ expr: `sum(ontap_iscsi_leader{${scope}})`, legend: "writers" }],
      unit: "short",
      type: "stat",
      width: 6,
    },
    {
      title: "Credentials as declared",
      description: "IscsiCredentials with Ready=True.",
      queries: [
        {
          expr: `sum(max by (connection, reason) (ontap_iscsi_credentials{${ofConnection}, ready="True"}))`,
          legend: "ready",
        },
      ],
      unit: "short",
      type: "stat",
      width: 6,
    },
    {
      title: "Credentials not as declared",
      description: "IscsiCredentials whose Ready is not True. The table below says why.",
      queries: [
        {
          expr: `sum(max by (connection, reason) (ontap_iscsi_credentials{${ofConnection}, ready!="True"})) or vector(0)`,
          legend: "not ready",
        },
      ],
      unit: "short",
      type: "stat",
      width: 6,
    },
    {
      title: "Arrays that cannot be used",
      description: "OntapConnections whose Ready is not True.",
      queries: [
        {
          expr: `count(min by (connection) (ontap_iscsi_connection_ready{${ofConnection}}) == 0) or vector(0)`,
          legend: "not ready",
        },
      ],
      unit: "short",
      type: "stat",
      width: 6,
    },
    {
      title: "Credentials by reason",
      description: "docs/runbook.md has a section for each reason.",
      queries: [
        {
          expr: `max by (connection, ready, reason) (ontap_iscsi_credentials{${ofConnection}})`,
          legend: "{{connection}} {{reason}}",
        },
      ],
      unit: "short",
      type: "timeseries",
      width: 8,
    },
    {
      title: "Arrays by state",
      description: "1: the array answers and accepts the login. 0: the reason says why not.",
      queries: [
        {
          expr: `min by (connection, reason) (ontap_iscsi_connection_ready{${ofConnection}})`,
          legend: "{{connection}} {{reason}}",
        },
      ],
      unit: "short",
      type: "timeseries",
      width: 8,
    },
    {
      title: "Left on the arrays",
      description: "Credentials that no object declares any more, until the owner of the connection acknowledges them.",
      queries: [
        {
          expr: `max by (connection) (ontap_iscsi_left_behind{${ofConnection}})`,
          legend: "{{connection}}",
        },
      ],
      unit: "short",
      type: "timeseries",
      width: 8,
    },
  ],
  "Do changes arrive?": [
    {
      title: "From a Secret's edit to the array",
      description: "Usual is well below a second. While an array is away, its edits count when they arrive.",
      queries: [
        {
          expr: quantile(0.5, "ontap_iscsi_secret_propagation_seconds", "connection"),
          legend: "{{connection}} median",
        },
        { expr: quantile(0.99, "ontap_iscsi_secret_propagation_seconds", "connection"), legend: "{{connection}} 99 %" },
      ],
      unit: "s",
      type: "timeseries",
      width: 12,
    },
    {
      title: "Drift corrected",
      description: "Credentials that another hand changed on the array within the last hour.",
      queries: [
        {
          expr: `sum by (connection) (increase(ontap_iscsi_drift_corrected_total{${ofConnection}}[1h]))`,
          legend: "{{connection}}",
        },
      ],
      unit: "short",
      type: "timeseries",
      width: 12,
    },
  ],
  "What do the arrays say?": [
    {
      title: "Requests to arrays by answer",
      description: "2xx, ONTAP's error code (docs/errors.md), or why no answer came.",
      queries: [
        {
          expr: `sum by (connection, code) (rate(ontap_iscsi_array_requests_total{${ofConnection}}[$__rate_interval]))`,
          legend: "{{connection}} {{code}}",
        },
      ],
      unit: "reqps",
      type: "timeseries",
      width: 12,
    },
    {
      title: "Time of a request to an array, 99 %",
      description: "Without the time that it waited for its turn.",
      queries: [
        {
          expr: quantile(0.99, "ontap_iscsi_array_request_duration_seconds", "connection, verb"),
          legend: "{{connection}} {{verb}}",
        },
      ],
      unit: "s",
      type: "timeseries",
      width: 12,
    },
  ],
  "How is the operator?": [
    {
      title: "Waiting work at the writer",
      description: "How long the oldest key has waited. Standbys do not work, so theirs says nothing.",
      queries: [
        {
          expr: `ontap_iscsi_queue_oldest_wait_seconds{${scope}} and on (instance) ontap_iscsi_leader == 1`,
          legend: "{{pod}} {{controller}}",
        },
      ],
      unit: "s",
      type: "timeseries",
      width: 8,
    },
    {
      title: "Memory",
      description: "Resident memory of each pod; the usual limit is 256 MiB.",
      queries: [
        {
          expr: `process_resident_memory_bytes{${scope}} and on (instance) ontap_iscsi_build_info`,
          legend: "{{pod}}",
        },
      ],
      unit: "bytes",
      type: "timeseries",
      width: 8,
    },
    {
      title: "Event loop",
      description: "Share of one core's time. Above 0.8: docs/sharding.md.",
      queries: [
        { expr: `nodejs_eventloop_utilization{${scope}} and on (instance) ontap_iscsi_build_info`, legend: "{{pod}}" },
      ],
      unit: "percentunit",
      type: "timeseries",
      width: 8,
    },
    {
      title: "Requests to the API server by answer",
      description: "403 means that the ServiceAccount lacks a right; the log names it.",
      queries: [
        {
          expr: `sum by (verb, code) (rate(ontap_iscsi_kube_requests_total{${scope}}[$__rate_interval]))`,
          legend: "{{verb}} {{code}}",
        },
      ],
      unit: "reqps",
      type: "timeseries",
      width: 12,
    },
    {
      title: "Versions",
      description: "Which build runs where.",
      queries: [
        { expr: `max by (pod, version, node) (ontap_iscsi_build_info{${scope}})`, legend: "{{pod}} {{version}}" },
      ],
      unit: "short",
      type: "timeseries",
      width: 12,
    },
  ],
};

const datasource = { type: "prometheus", uid: "${datasource}" };
const height = 8;

function panelOf(
  { title, description, queries, unit, type }: PanelSpec,
  id: number,
  x: number,
  y: number,
  w: number,
): Panel {
  return {
    id,
    type,
    title,
    description,
    datasource,
    gridPos: { x, y, w, h: height },
    targets: queries.map(({ expr, legend }, at) => ({
      refId: String.fromCodePoint(65 + at),
      datasource,
      expr,
      legendFormat: legend,
      range: true,
    })),
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options:
      type === "stat" ? { reduceOptions: { calcs: ["lastNotNull"] } } : { tooltip: { mode: "multi", sort: "desc" } },
  };
}

/** Rows one below the other, each with its panels from left to right. */
function panels(): NonNullable<Dashboard["panels"]> {
  const laid: NonNullable<Dashboard["panels"]> = [];
  let y = 0;
  for (const [title, specs] of Object.entries(rows)) {
    laid.push({
      id: laid.length + 1,
      type: "row",
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const spec of specs) {
      if (x + spec.width > 24) [x, y] = [0, y + height];
      laid.push(panelOf(spec, laid.length + 1, x, y, spec.width));
      x += spec.width;
    }
    y += height;
  }
  return laid;
}

const labelValues = (name: string, label: string, query: string): VariableModel => ({
  name: label,
  label: name,
  type: "query",
  datasource,
  query: { query, refId: label },
  refresh: 2,
  includeAll: true,
  multi: true,
  current: { text: "All", value: "$__all" },
});

const dashboard: Dashboard = {
  uid: product,
  title: "ONTAP iSCSI credentials",
  description: "What ontap-iscsi-operator manages, and how it does.",
  tags: [product],
  editable: true,
  schemaVersion: 41,
  refresh: "30s",
  time: { from: "now-6h", to: "now" },
  templating: {
    list: [
      { name: "datasource", label: "Data source", type: "datasource", query: "prometheus", refresh: 1 },
      labelValues("Namespace of the operator", "namespace", "label_values(ontap_iscsi_leader, namespace)"),
      labelValues("Connection", "connection", "label_values(ontap_iscsi_connection_ready, connection)"),
    ],
  },
  panels: panels(),
};

export const dashboardText = (): string => `${JSON.stringify(dashboard, null, 2)}\n`;
