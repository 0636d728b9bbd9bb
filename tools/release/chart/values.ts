import * as z from "zod";

/**
 * The values of the operator's chart: their types, what each is for, and their defaults, which are what plain manifests
 * have. values.yaml and values.schema.json are generated from this.
 */

/** Something of Kubernetes' own API, which the API server checks. */
const kubernetesMap = z.record(z.string(), z.unknown());
const kubernetesList = z.array(kubernetesMap);
const texts = z.record(z.string(), z.string());

const dnsLabel = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/);
const namespaceName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const duration = z.string().regex(/^([0-9]+h)?([0-9]+m)?([0-9]+s)?$/);

/** Helm adds this to the values of every chart, and to those of a chart in it. */
const global = kubernetesMap.optional();

export const valuesSchema = z.strictObject({
  global,
  image: z
    .strictObject({
      repository: z.string().min(1).default("ontap-iscsi-operator").describe("Registry and name of the image."),
      tag: z.string().default("").describe("Default: the chart's appVersion."),
      digest: z
        .string()
        .regex(/^(sha256:[0-9a-f]{64})?$/)
        .default("")
        .describe("sha256:..., which wins over the tag: the image cannot change under its name."),
      pullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).default("IfNotPresent"),
    })
    .prefault({}),
  imagePullSecrets: z
    .array(z.strictObject({ name: z.string() }))
    .default([])
    .describe("Secrets with the registry's login, such as [{name: registry-login}]."),
  nameOverride: z.string().max(40).default("").describe("Instead of the chart's name in the names of objects."),
  fullnameOverride: z.string().max(40).default("").describe("Instead of the release's name in the names of objects."),
  replicas: z.int().min(0).max(10).default(2).describe("Pods of each Deployment. One of them writes at a time."),
  shards: z
    .array(
      z.strictObject({
        name: dnsLabel,
        connectionSelector: z.string().min(1).describe("Labels of OntapConnections, as kubectl --selector takes them."),
      }),
    )
    .default([])
    .describe(
      "One Deployment for each, with the connections that its selector matches; none: one Deployment for all.\n" +
        "Selectors must not overlap, and one should match connections without labels. See docs/sharding.md.",
    ),
  watchNamespaces: z
    .array(namespaceName)
    .default([])
    .describe(
      "The only namespaces that are served, with a Role in each instead of the ClusterRole; none: the whole cluster.\n" +
        "They must exist. See docs/install.md.",
    ),
  extraArgs: z
    .array(z.string())
    .default([])
    .describe("More flags of `ontap-iscsi-operator run`, such as [--dry-run, --log-level=debug]."),
  extraEnv: kubernetesList.default([]).describe("More environment variables, as a container has them."),
  commonLabels: texts.default({}).describe("Labels on every object of the release."),
  deploymentAnnotations: texts.default({}),
  podAnnotations: texts.default({}),
  podLabels: texts.default({}),
  resources: kubernetesMap
    .default({ requests: { cpu: "20m", memory: "128Mi" }, limits: { memory: "256Mi" } })
    .describe("The image's heap bounds fit a limit of 256Mi."),
  nodeSelector: texts.default({}),
  tolerations: kubernetesList.default([]),
  affinity: kubernetesMap.default({}),
  topologySpreadConstraints: kubernetesList.default([]).describe("Besides the one that spreads pods over nodes."),
  priorityClassName: z.string().default(""),
  terminationGracePeriodSeconds: z
    .int()
    .min(10)
    .default(15)
    .describe(
      "A stop takes eight seconds at most, and mostly less than one: what is under way ends, and the Lease is given back.",
    ),
  podDisruptionBudget: z
    .strictObject({ enabled: z.boolean().default(true).describe("A drained node waits for the other pod.") })
    .prefault({}),
  podSecurityContext: kubernetesMap
    .default({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } })
    .describe("No user is named: the image has one, and OpenShift gives each namespace its own."),
  securityContext: kubernetesMap.default({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  }),
  serviceAccount: z
    .strictObject({
      create: z.boolean().default(true),
      name: z.string().default("").describe("Default: the release's name if created, else `default`."),
      annotations: texts.default({}),
    })
    .prefault({}),
  rbac: z
    .strictObject({
      create: z.boolean().default(true).describe("What the operator may do. false: a cluster administrator grants it."),
      forPeople: z
        .boolean()
        .default(true)
        .describe("ClusterRoles that add our kinds to the roles admin, edit and view of every namespace."),
    })
    .prefault({}),
  networkPolicy: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe("Limits who may read the metrics, and where the operator connects to."),
      metricsFrom: kubernetesList
        .default([{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }])
        .describe("Peers that may read /metrics; kubelet's probes need none."),
      egressTo: kubernetesList
        .default([])
        .describe("Peers for arrays and API server, such as [{ipBlock: {cidr: 10.0.0.0/8}}]; none: any address."),
      egressPorts: kubernetesList
        .min(1)
        .default([
          { port: 443, protocol: "TCP" },
          { port: 6443, protocol: "TCP" },
        ])
        .describe("Ports of the arrays and of the API server."),
    })
    .prefault({}),
  policies: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe("ValidatingAdmissionPolicies of deploy/policies: what docs/tenancy.md refuses at `kubectl apply`."),
      evidence: z
        .boolean()
        .default(false)
        .describe("Only the operator adds its finalizers and writes status. A restore from a backup is refused."),
    })
    .prefault({}),
  metricsAuth: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          "Serve /metrics only to a bearer token whose user may get /metrics; probes stay open. Adds a ServiceAccount with\n" +
            "such a token, which the PodMonitor uses, and lets the operator ask the API server (system:auth-delegator).",
        ),
    })
    .prefault({}),
  monitoring: z
    .strictObject({
      podMonitor: z
        .strictObject({
          enabled: z.boolean().default(false).describe("For the Prometheus operator (monitoring.coreos.com)."),
          interval: duration.default("30s"),
          labels: texts.default({}).describe("What your Prometheus selects PodMonitors by."),
        })
        .prefault({}),
      prometheusRule: z
        .strictObject({
          enabled: z.boolean().default(false).describe("The alerts of docs/runbook.md."),
          labels: texts.default({}).describe("What your Prometheus selects rules by."),
          runbookUrl: z
            .string()
            .default("")
            .describe("Where you publish docs/runbook.md; each alert then has a runbook_url with its section."),
        })
        .prefault({}),
      dashboard: z
        .strictObject({
          enabled: z.boolean().default(false).describe("A ConfigMap that Grafana's sidecar loads."),
          labels: texts.default({ grafana_dashboard: "1" }),
          annotations: texts.default({}),
        })
        .prefault({}),
    })
    .prefault({}),
  uninstallCheck: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe(
          "`helm uninstall` fails while objects have a finalizer of the operator: without it they could not be deleted.\n" +
            "To uninstall nevertheless, and keep them: `helm uninstall --no-hooks`, or set this to false beforehand.",
        ),
    })
    .prefault({}),
  crds: z
    .strictObject({
      global,
      enabled: z
        .boolean()
        .default(true)
        .describe("Install and upgrade the definitions of both kinds with this release."),
      keep: z
        .boolean()
        .default(true)
        .describe(
          "Leave them when the release is uninstalled. Without them all their objects are deleted, and what they manage on the arrays.",
        ),
    })
    .prefault({}),
});

export type ChartValues = z.output<typeof valuesSchema>;

export const defaults: ChartValues = valuesSchema.parse({});

/** The values of the chart that holds the definitions alone, and that the operator's chart contains. */
export const definitionsSchema = valuesSchema.shape.crds.unwrap();
