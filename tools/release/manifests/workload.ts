import { version } from "../../../src/version.ts";
import {
  labels,
  metadata,
  podLabels,
  product,
  selectorLabels,
  serviceAccountName,
  nameOf,
  workloadLabels,
  workloadName,
} from "./names.ts";
import { fromChart } from "./from-chart.ts";
import { chartWhen, commented, type Fields, spread, type Tree, value, when } from "./tree.ts";

/** All fields are given, since the API server fills in those that are not, and GitOps tools compare. */
const probe = (path: string, periodSeconds: number): Fields => ({
  httpGet: { path, port: "metrics", scheme: "HTTP" },
  periodSeconds,
  timeoutSeconds: 5,
  successThreshold: 1,
  failureThreshold: 3,
});

const container: Tree = {
  name: "operator",
  image: value(`${product}:${version}`, '{{ include "ontap-iscsi-operator.image" $ }}'),
  imagePullPolicy: fromChart("image.pullPolicy"),
  args: [
    "run",
    chartWhen("$shard.name", [
      value("", "--shard={{ $shard.name }}"),
      value("", '{{ printf "--connection-selector=%s" $shard.connectionSelector | quote }}'),
    ]),
    chartWhen("$.Values.watchNamespaces", value("", '--namespaces={{ join "," $.Values.watchNamespaces }}')),
    chartWhen("$.Values.metricsAuth.enabled", "--metrics-auth"),
    spread("$.Values.extraArgs"),
  ],
  env: [
    { name: "POD_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
    spread("$.Values.extraEnv"),
  ],
  ports: [{ name: "metrics", containerPort: 8080, protocol: "TCP" }],
  livenessProbe: probe("/livez", 20),
  readinessProbe: probe("/readyz", 5),
  resources: fromChart("resources"),
  securityContext: fromChart("securityContext"),
};

export const deployment: Tree = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { ...metadata(workloadName, podLabels), annotations: fromChart("deploymentAnnotations") },
  spec: {
    replicas: commented(
      "One writes, the holder of the Lease; the other keeps its caches warm to take over. A rollout starts the new one first.",
      fromChart("replicas"),
    ),
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    selector: { matchLabels: workloadLabels },
    template: {
      metadata: {
        labels: { ...podLabels, "....": spread("$.Values.podLabels") },
        annotations: fromChart("podAnnotations"),
      },
      spec: {
        serviceAccountName,
        imagePullSecrets: fromChart("imagePullSecrets"),
        priorityClassName: chartWhen("$.Values.priorityClassName", value("", "{{ $.Values.priorityClassName }}")),
        terminationGracePeriodSeconds: commented(
          "A stop takes eight seconds at most, and mostly less than one: what is under way ends, and the Lease is given back.",
          fromChart("terminationGracePeriodSeconds"),
        ),
        nodeSelector: fromChart("nodeSelector"),
        tolerations: fromChart("tolerations"),
        affinity: fromChart("affinity"),
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: workloadLabels },
          },
          spread("$.Values.topologySpreadConstraints"),
        ],
        securityContext: commented(
          "No user is named here: the image has one, and OpenShift gives each namespace its own.",
          fromChart("podSecurityContext"),
        ),
        containers: [container],
      },
    },
  },
};

export const disruptionBudget: Tree = when(
  "$.Values.podDisruptionBudget.enabled",
  commented("A node that is drained waits until the other pod runs elsewhere.", {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata(workloadName, podLabels),
    spec: { maxUnavailable: 1, selector: { matchLabels: workloadLabels } },
  }),
);

export const metricsService: Tree = commented(
  "Where Prometheus finds the metrics of every replica; headless, since each has figures of its own.",
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(nameOf("-metrics")),
    spec: {
      clusterIP: "None",
      selector: selectorLabels,
      ports: [{ name: "metrics", port: 8080, targetPort: "metrics", protocol: "TCP" }],
    },
  },
);

export const operatorNamespace: Tree = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: product, labels: { ...labels, "pod-security.kubernetes.io/enforce": "restricted" } },
};
