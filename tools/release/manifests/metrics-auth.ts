import { labels, metadata, namespace, nameOf, serviceAccountName } from "./names.ts";
import { commented, type Fields, type Tree, when } from "./tree.ts";

/** What `run --metrics-auth` needs: the right to ask whose token it is, and a token for Prometheus that can do nothing else. */

const api = "rbac.authorization.k8s.io";
const apiVersion = `${api}/v1`;

/** The ServiceAccount of the scraper, its Secret and its Role. */
const reader = nameOf("-metrics-reader");

/** Where a PodMonitor finds the token that the operator accepts. */
export const readerToken: Fields = { type: "Bearer", credentials: { name: reader, key: "token" } };

const accountOfReader: Tree = { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata(reader) };

const secretOfReader: Tree = commented("Kubernetes fills in the token; a PodMonitor takes it from a Secret only.", {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { ...metadata(reader), annotations: { "kubernetes.io/service-account.name": reader } },
  type: "kubernetes.io/service-account-token",
});

const roleOfReader: Tree = {
  apiVersion,
  kind: "ClusterRole",
  metadata: { name: reader, labels },
  rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }],
};

const binding = (name: Tree, roleName: Tree, account: Tree): Tree => ({
  apiVersion,
  kind: "ClusterRoleBinding",
  metadata: { name, labels },
  roleRef: { apiGroup: api, kind: "ClusterRole", name: roleName },
  subjects: [{ kind: "ServiceAccount", name: account, namespace }],
});

const enabled = "$.Values.metricsAuth.enabled";

export const metricsAuth: readonly Tree[] = [
  when(enabled, [accountOfReader, secretOfReader]),
  when(`and ${enabled} $.Values.rbac.create`, [
    roleOfReader,
    binding(reader, reader, reader),
    commented(
      "TokenReview and SubjectAccessReview: the operator asks who the bearer is, and whether it may read the metrics.",
      binding(nameOf("-metrics-auth"), "system:auth-delegator", serviceAccountName),
    ),
  ]),
];
