import { version } from "../../../src/version.ts";
import { chartWhen, type Fields, spread, type Tree, value } from "./tree.ts";

/** What things are called. A chart names them by its release; plain manifests by the product, in a namespace of that name. */
export const product = "ontap-iscsi-operator";

export const namespace = value(product, "{{ $.Release.Namespace }}");

/** The installation's name, with a suffix such as `-metrics`. */
export const nameOf = (suffix = ""): Tree =>
  value(`${product}${suffix}`, `{{ include "ontap-iscsi-operator.fullname" $ }}${suffix}`);

/** The name of one Deployment and of what goes with it: the only one, or one shard's. */
export const workloadName = value(product, '{{ include "ontap-iscsi-operator.workload" (list $ $shard) }}');

/** All pods of this installation. Another release may stand beside it. */
export const selectorLabels: Fields = {
  "app.kubernetes.io/name": product,
  "app.kubernetes.io/instance": nameOf(),
};

/** The pods of one Deployment. A Deployment's selector cannot be changed, so neither may this. */
export const workloadLabels: Fields = {
  ...selectorLabels,
  "app.kubernetes.io/component": value("operator", '{{ include "ontap-iscsi-operator.component" $shard }}'),
};

const described = (labels: Fields): Fields => ({
  ...labels,
  "app.kubernetes.io/version": value(version, "{{ $.Chart.AppVersion | quote }}"),
  "...": spread("$.Values.commonLabels"),
});

/** Labels of everything that is installed. */
export const labels = described(selectorLabels);
/** Labels of a Deployment's pods. */
export const podLabels = described(workloadLabels);

/** Metadata of an object in the operator's own namespace. */
export const metadata = (name: Tree, own: Fields = labels): Fields => ({ name, namespace, labels: own });

/** Metadata of an object in one of the namespaces that are served; the person who applies a plain manifest says in which. */
export const inServedNamespace = (name: Tree): Fields => ({
  name,
  namespace: chartWhen("$served", value("", "{{ $served }}")),
  labels,
});

export const serviceAccountName = value(product, '{{ include "ontap-iscsi-operator.serviceAccount" $ }}');
