import { type Alert, alerts } from "../watching/alerts.ts";
import { anchorOf } from "../watching/runbook.ts";
import { fromChart } from "./from-chart.ts";
import { readerToken } from "./metrics-auth.ts";
import { labels, metadata, nameOf, product, selectorLabels } from "./names.ts";
import { chartWhen, commented, spread, type Tree, value, when } from "./tree.ts";

/** Objects for the Prometheus operator, for Grafana's sidecar, and the NetworkPolicy: components that one adds on purpose. */

export const podMonitor: Tree = when(
  "$.Values.monitoring.podMonitor.enabled",
  commented("Shard and installation become labels, so that alerts can tell them apart.", {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: metadata(nameOf(), { ...labels, "....": spread("$.Values.monitoring.podMonitor.labels") }),
    spec: {
      selector: { matchLabels: selectorLabels },
      podTargetLabels: ["app.kubernetes.io/instance", "app.kubernetes.io/component"],
      podMetricsEndpoints: [
        {
          port: "metrics",
          path: "/metrics",
          interval: fromChart("monitoring.podMonitor.interval"),
          authorization: chartWhen("$.Values.metricsAuth.enabled", readerToken),
        },
      ],
    },
  }),
);

const ruleOf = ([name, { expr, for: pending, severity, summary, meaning }]: readonly [string, Alert]): Tree => ({
  alert: name,
  expr,
  for: pending,
  labels: { severity },
  annotations: {
    summary,
    description: meaning,
    // Only the team that publishes the runbook knows where.
    runbook: `docs/runbook.md#${anchorOf(name)}`,
    runbook_url: chartWhen(
      "$.Values.monitoring.prometheusRule.runbookUrl",
      value("", `{{ $.Values.monitoring.prometheusRule.runbookUrl }}#${anchorOf(name)}`),
    ),
  },
});

export const prometheusRule: Tree = when("$.Values.monitoring.prometheusRule.enabled", {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PrometheusRule",
  metadata: metadata(nameOf(), { ...labels, "....": spread("$.Values.monitoring.prometheusRule.labels") }),
  spec: { groups: [{ name: product, rules: Object.entries<Alert>(alerts).map(ruleOf) }] },
});

export const networkPolicy: Tree = when("$.Values.networkPolicy.enabled", {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: metadata(nameOf()),
  spec: {
    podSelector: { matchLabels: selectorLabels },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      commented("The metrics name connections. Probes come from the node, which policies let through.", {
        ports: [{ port: 8080, protocol: "TCP" }],
        from: fromChart("networkPolicy.metricsFrom"),
      }),
      chartWhen(
        "$.Values.networkPolicy.enabled",
        commented("`helm test` asks from a pod of its own.", {
          ports: [{ port: 8080, protocol: "TCP" }],
          from: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": `${product}-test` } } }],
        }),
      ),
    ],
    egress: [
      commented("Names of arrays.", {
        to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }],
        ports: [
          { port: 53, protocol: "UDP" },
          { port: 53, protocol: "TCP" },
        ],
      }),
      commented("Arrays, and the API server, which no selector can name.", {
        ports: fromChart("networkPolicy.egressPorts"),
        to: fromChart("networkPolicy.egressTo"),
      }),
    ],
  },
});
