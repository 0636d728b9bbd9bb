import { readFileSync } from "node:fs";
import { version } from "../../src/version.ts";
import { argocdConfigText } from "./argocd.ts";
import { definitionsSchemaText, definitionsValuesText, valuesSchemaText, valuesText } from "./chart/values-files.ts";
import { definitions } from "./manifests/definitions.ts";
import { metricsAuth } from "./manifests/metrics-auth.ts";
import { product } from "./manifests/names.ts";
import { policies } from "./manifests/policies.ts";
import { clusterRbac, leaseRbac, servedNamespaceRbac, serviceAccount } from "./manifests/rbac.ts";
import { each, type Tree } from "./manifests/tree.ts";
import { networkPolicy, podMonitor, prometheusRule } from "./manifests/watching.ts";
import { deployment, disruptionBudget, metricsService, operatorNamespace } from "./manifests/workload.ts";
import { chartText, plainText } from "./manifests/yaml-text.ts";
import { dashboardText } from "./watching/dashboard.ts";
import { runbookPage } from "./watching/runbook.ts";

export interface ReleaseFile {
  readonly path: string;
  readonly text: string;
}

/** In a chart once for each shard, or once if there are none. */
const perShard = (tree: Tree): Tree => each('$shard := include "ontap-iscsi-operator.shards" $ | fromYamlArray', tree);

/**
 * Where each manifest goes: as plain YAML under deploy/, and as a template of the chart. Both come from the same tree, so
 * that an installation by kubectl, Helm, Flux or Argo CD is the same one.
 */
const manifests: readonly { readonly plain?: string; readonly template?: string; readonly trees: readonly Tree[] }[] = [
  { plain: "common/namespace.yaml", trees: [operatorNamespace] },
  { plain: "common/rbac.yaml", template: "rbac.yaml", trees: [serviceAccount, clusterRbac] },
  { plain: "served-namespace/rbac.yaml", template: "served-namespaces.yaml", trees: [servedNamespaceRbac] },
  { plain: "common/metrics-service.yaml", template: "metrics-service.yaml", trees: [metricsService] },
  { plain: "workload/deployment.yaml", template: "deployment.yaml", trees: [perShard(deployment)] },
  { plain: "workload/disruption-budget.yaml", template: "disruption-budget.yaml", trees: [perShard(disruptionBudget)] },
  { plain: "workload/lease.yaml", template: "lease.yaml", trees: [perShard(leaseRbac)] },
  { plain: "components/metrics-auth/reader.yaml", template: "metrics-auth.yaml", trees: metricsAuth },
  { plain: "components/monitoring/pod-monitor.yaml", template: "pod-monitor.yaml", trees: [podMonitor] },
  { plain: "components/monitoring/rules.yaml", template: "rules.yaml", trees: [prometheusRule] },
  { plain: "components/network-policy/network-policy.yaml", template: "network-policy.yaml", trees: [networkPolicy] },
  // tools/policies writes the plain ones.
  { template: "policies.yaml", trees: policies },
];

const banner = "# Generated from tools/release by `npm run generate`; do not edit.\n";
const templateBanner = "{{- /* Generated from tools/release by `npm run generate`; do not edit. */}}\n";

const chart = `charts/${product}`;
const definitionsChart = `${chart}/charts/${product}-crds`;

/** Everything under deploy/ and charts/ that is generated; the rest there is written by hand. */
export const releaseFiles = (): readonly ReleaseFile[] => [
  ...manifests.flatMap(({ plain, template, trees }) => [
    ...(plain === undefined ? [] : [{ path: `deploy/${plain}`, text: banner + plainText(trees) }]),
    ...(template === undefined
      ? []
      : [{ path: `${chart}/templates/${template}`, text: templateBanner + chartText(trees) }]),
  ]),
  { path: `${chart}/templates/people.yaml`, text: templateBanner + peopleTemplate() },
  { path: `${definitionsChart}/templates/definitions.yaml`, text: templateBanner + chartText(definitions) },
  { path: `${chart}/Chart.yaml`, text: banner + operatorChart },
  { path: `${chart}/values.yaml`, text: banner + valuesText() },
  { path: `${chart}/values.schema.json`, text: valuesSchemaText() },
  { path: `${definitionsChart}/Chart.yaml`, text: banner + crdChart },
  { path: `${definitionsChart}/values.yaml`, text: banner + definitionsValuesText() },
  { path: `${definitionsChart}/values.schema.json`, text: definitionsSchemaText() },
  { path: "deploy/argocd/argocd-cm.yaml", text: banner + argocdConfigText() },
  { path: "deploy/components/monitoring/dashboard.json", text: dashboardText() },
  { path: `${chart}/dashboard.json`, text: dashboardText() },
  { path: "docs/runbook.md", text: runbookPage() },
];

/** The ClusterRoles for people are written by hand; the chart names them by its release. */
function peopleTemplate(): string {
  const text = readFileSync(new URL("../../deploy/common/people.yaml", import.meta.url), "utf8");
  const named = text.replaceAll(`name: ${product}-`, `name: {{ include "${product}.fullname" $ }}-`);
  return `{{- if $.Values.rbac.forPeople }}\n${named}{{- end }}\n`;
}

/** The first version whose API server understands the definitions' rules: they use CEL's library of IP addresses. */
const kubeVersion = ">=1.31.0-0";

const operatorChart = `apiVersion: v2
name: ${product}
description: Keeps the iSCSI credentials (CHAP) of NetApp ONTAP arrays equal to what is declared
type: application
version: ${version}
appVersion: ${version}
kubeVersion: "${kubeVersion}"
dependencies:
  # In charts/, so that there is nothing to fetch.
  - name: ${product}-crds
    version: ${version}
    alias: crds
    condition: crds.enabled
`;

const crdChart = `apiVersion: v2
name: ${product}-crds
description: The definitions of IscsiCredential and OntapConnection
type: application
version: ${version}
appVersion: ${version}
kubeVersion: "${kubeVersion}"
`;
