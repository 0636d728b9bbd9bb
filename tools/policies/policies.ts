import { apiGroup } from "../../src/api/fields.ts";
import { iscsiCredentialKind, ontapConnectionKind, type Kind } from "../../src/api/kinds.ts";
import type { AuthenticationType } from "../../src/array/credential.ts";
import { defaultInitiator } from "../../src/array/identifiers.ts";

/**
 * ValidatingAdmissionPolicies: what the operator refuses anyway, refused at `kubectl apply` already, and what it cannot
 * refuse at all, such as a change by anyone who has stolen its token. CEL sees one object and its namespace, no grants.
 */

/** A namespace with this label may hold OntapConnections. */
export const connectionsLabel = `${apiGroup}/connections`;
/** A namespace with this label may declare `default` and type none through connections of other namespaces. */
export const trustedLabel = `${apiGroup}/trusted`;
/** Another installation patches the name, as docs/tenancy.md says; the chart names the ServiceAccount of its release. */
export const operator = "system:serviceaccount:ontap-iscsi-operator:ontap-iscsi-operator";

const none = "none" satisfies AuthenticationType;
const finalizers = `object.metadata.?finalizers.orValue([])`;
const oldFinalizers = "(oldObject == null ? [] : oldObject.metadata.?finalizers.orValue([]))";
const hasLabel = (label: string): string => `'${label}' in namespaceObject.metadata.?labels.orValue({})`;
/** What the API server has accepted before stays possible, or no one could edit, suspend or delete the object. */
const wasSo = (condition: string): string => `(oldObject != null && ${condition})`;

interface Policy {
  readonly name: string;
  readonly kinds: readonly Kind[];
  readonly operations: readonly ("CREATE" | "UPDATE")[];
  readonly subresource?: "status";
  /** Who is judged. */
  readonly users: "operator" | "others";
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly { readonly expression: string; readonly message: string }[];
}

const tenants: Policy = {
  name: "tenants",
  kinds: [iscsiCredentialKind],
  operations: ["CREATE", "UPDATE"],
  users: "others",
  variables: [
    {
      // The line that `authority/permits.ts` draws too.
      name: "foreign",
      expression:
        "object.spec.connectionRef.?namespace.orValue(object.metadata.namespace) != object.metadata.namespace",
    },
    { name: "trusted", expression: hasLabel(trustedLabel) },
  ],
  validations: [
    {
      expression: `!variables.foreign || variables.trusted || object.spec.initiator.lowerAscii() != '${defaultInitiator}' || ${wasSo("true")}`,
      message: `spec.initiator ${defaultInitiator} through a connection of another namespace needs label ${trustedLabel} on this namespace; ask the cluster's administrator, or declare single initiators`,
    },
    {
      expression: `!variables.foreign || variables.trusted || object.spec.authenticationType != '${none}' || ${wasSo(`oldObject.spec.authenticationType == '${none}'`)}`,
      message: `spec.authenticationType ${none} through a connection of another namespace needs label ${trustedLabel} on this namespace; ask the cluster's administrator, or declare chap or deny`,
    },
  ],
};

const owners: Policy = {
  name: "owners",
  kinds: [ontapConnectionKind],
  operations: ["CREATE", "UPDATE"],
  users: "others",
  validations: [
    {
      expression: `${hasLabel(connectionsLabel)} || ${wasSo("oldObject.spec == object.spec")}`,
      message: `OntapConnections need label ${connectionsLabel} on their namespace; ask the cluster's administrator`,
    },
    {
      expression: `!object.spec.?tls.?insecureSkipVerify.orValue(false) || ${wasSo("oldObject.spec.?tls.?insecureSkipVerify.orValue(false)")}`,
      message: "spec.tls.insecureSkipVerify is forbidden in this cluster; set tls.caBundle or tls.caRef instead",
    },
  ],
};

const operatorsOwn: Policy = {
  name: "operator",
  kinds: [iscsiCredentialKind, ontapConnectionKind],
  operations: ["CREATE", "UPDATE"],
  users: "operator",
  validations: [
    {
      expression: "oldObject != null && oldObject.spec == object.spec",
      message: "the operator never creates an object and never changes a spec; its token is used by something else",
    },
  ],
};

const presetFinalizers: Policy = {
  name: "finalizers",
  kinds: [iscsiCredentialKind, ontapConnectionKind],
  operations: ["CREATE", "UPDATE"],
  users: "others",
  validations: [
    {
      expression: `${finalizers}.all(name, !name.startsWith('${apiGroup}/') || name in ${oldFinalizers})`,
      message: `metadata.finalizers: only the operator adds finalizers of ${apiGroup}; remove them from the manifest`,
    },
  ],
};

const presetStatus: Policy = {
  name: "status",
  kinds: [iscsiCredentialKind, ontapConnectionKind],
  operations: ["UPDATE"],
  subresource: "status",
  users: "others",
  validations: [{ expression: "false", message: "status is written by the operator alone" }],
};

/** The components of deploy/policies, by folder: the first for every cluster, the second since restores break it. */
export const policyComponents: readonly {
  readonly folder: string;
  /** The one of the chart's `policies` that turns them on. */
  readonly chartValue: "enabled" | "evidence";
  readonly comment: string;
  readonly policies: readonly Policy[];
}[] = [
  {
    folder: "deploy/policies",
    chartValue: "enabled",
    comment:
      "What connections, tenants and the operator itself may not do, refused at `kubectl apply`. docs/tenancy.md explains each.",
    policies: [tenants, owners, operatorsOwn],
  },
  {
    folder: "deploy/policies/evidence",
    chartValue: "evidence",
    comment:
      "Finalizers and status of ours come from the operator alone. Off by default: a restore from a backup brings both, and is refused while this is on.",
    policies: [presetFinalizers, presetStatus],
  },
];

/** The policy and its binding, as objects of admissionregistration.k8s.io/v1. */
export function objectsOf(policy: Policy): readonly object[] {
  const { name, kinds, operations, subresource, users, variables = [], validations } = policy;
  const metadata = {
    name: `${name}.${apiGroup}`,
    labels: { "app.kubernetes.io/name": "ontap-iscsi-operator", "app.kubernetes.io/component": "policy" },
  };
  const resources = kinds.map(({ plural }) => (subresource === undefined ? plural : `${plural}/${subresource}`));
  const apiVersion = "admissionregistration.k8s.io/v1";
  return [
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicy",
      metadata,
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          resourceRules: [{ apiGroups: [apiGroup], apiVersions: ["*"], operations, resources }],
        },
        matchConditions: [
          { name: users, expression: `request.userInfo.username ${users === "operator" ? "==" : "!="} '${operator}'` },
        ],
        ...(variables.length === 0 ? {} : { variables }),
        validations: validations.map((validation) => ({ ...validation, reason: "Forbidden" })),
      },
    },
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata,
      spec: { policyName: metadata.name, validationActions: ["Deny"] },
    },
  ];
}
