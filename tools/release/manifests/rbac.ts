import { inServedNamespace, labels, metadata, namespace, nameOf, product, serviceAccountName } from "./names.ts";
import { fromChart } from "./from-chart.ts";
import { commented, each, type Tree, value, when } from "./tree.ts";

const api = "rbac.authorization.k8s.io";
const apiVersion = `${api}/v1`;

export const serviceAccount: Tree = when("$.Values.serviceAccount.create", {
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { ...metadata(serviceAccountName), annotations: fromChart("serviceAccount.annotations") },
});

const subjects: readonly Tree[] = [{ kind: "ServiceAccount", name: serviceAccountName, namespace }];

const leastPrivilege = "Least privilege: each rule names the call that needs it. No verb here writes a Secret.";

/** What the operator needs in every namespace that it serves. */
const servingRules: readonly Tree[] = [
  commented("The caches of our own kinds; patch adds and removes finalizers.", {
    apiGroups: ["ontap-iscsi.dev"],
    resources: ["iscsicredentials", "ontapconnections"],
    verbs: ["list", "watch", "patch"],
  }),
  commented("Status, which is replaced as a whole.", {
    apiGroups: ["ontap-iscsi.dev"],
    resources: ["iscsicredentials/status", "ontapconnections/status"],
    verbs: ["patch"],
  }),
  commented(
    "list and watch as metadata only, to see changes; get reads the values of a Secret that one of our objects names.\n" +
      "RBAC cannot tell metadata from values: this role could list values, the operator never does.",
    { apiGroups: [""], resources: ["secrets", "configmaps"], verbs: ["get", "list", "watch"] },
  ),
  commented("Events for people; patch counts repeated ones.", {
    apiGroups: ["events.k8s.io"],
    resources: ["events"],
    verbs: ["create", "patch"],
  }),
];

const clusterRole: Tree = commented(leastPrivilege, {
  apiVersion,
  kind: "ClusterRole",
  metadata: { name: nameOf(), labels },
  rules: [
    ...servingRules,
    commented("Labels of namespaces, which a connection selects by.", {
      apiGroups: [""],
      resources: ["namespaces"],
      verbs: ["list", "watch"],
    }),
  ],
});

/** Its name does not depend on the release: a second release that would serve the whole cluster too is refused. */
const clusterRoleBinding: Tree = commented(
  "One installation serves a cluster; the fixed name has Helm refuse a second one.",
  {
    apiVersion,
    kind: "ClusterRoleBinding",
    metadata: { name: product, labels },
    roleRef: { apiGroup: api, kind: "ClusterRole", name: nameOf() },
    subjects,
  },
);

export const clusterRbac = when("and $.Values.rbac.create (not $.Values.watchNamespaces)", [
  clusterRole,
  clusterRoleBinding,
]);

/** Neither depends on the release: a second one that would serve the namespace too is refused. No shard has a Lease of this name. */
const servedName = `${product}.served`;

const servingRole: Tree = commented(leastPrivilege, {
  apiVersion,
  kind: "Role",
  metadata: inServedNamespace(servedName),
  rules: servingRules,
});

const servingRoleBinding: Tree = {
  apiVersion,
  kind: "RoleBinding",
  metadata: inServedNamespace(servedName),
  roleRef: { apiGroup: api, kind: "Role", name: servedName },
  subjects,
};

/** Instead of the ClusterRole, in each namespace of the flag `--namespaces`. */
export const servedNamespaceRbac = when(
  "$.Values.rbac.create",
  each("$served := $.Values.watchNamespaces", [servingRole, servingRoleBinding]),
);

/** The name that `run` gives its Lease; it does not depend on the release either. */
const leaseName = value(product, '{{ include "ontap-iscsi-operator.lease" $shard }}');

const leaseRole: Tree = {
  apiVersion,
  kind: "Role",
  metadata: metadata(leaseName),
  rules: [
    commented("A rule for create cannot name what does not exist yet.", {
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      verbs: ["create"],
    }),
    commented("update renews it and gives it back; list and watch see at once that another replica gave it back.", {
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      resourceNames: [leaseName],
      verbs: ["get", "list", "watch", "update"],
    }),
  ],
};

const leaseRoleBinding: Tree = {
  apiVersion,
  kind: "RoleBinding",
  metadata: metadata(leaseName),
  roleRef: { apiGroup: api, kind: "Role", name: leaseName },
  subjects,
};

/** The Lease by which of two replicas one writes: in the operator's own namespace only, and one for each shard. */
export const leaseRbac = when("$.Values.rbac.create", [leaseRole, leaseRoleBinding]);
