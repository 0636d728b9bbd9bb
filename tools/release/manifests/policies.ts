import { objectsOf, operator, policyComponents } from "../../policies/policies.ts";
import { type Fields, isList, spread, type Tree, value, when } from "./tree.ts";

/** The admission policies as the chart has them: of the operator that this release installs. */

const username =
  'system:serviceaccount:{{ $.Release.Namespace }}:{{ include "ontap-iscsi-operator.serviceAccount" $ }}';

/** The tree with the name of the release's own ServiceAccount wherever it names that of `deploy/`. */
function ofRelease(tree: Tree): Tree {
  if (typeof tree === "string")
    return tree.includes(operator) ? value(tree, tree.replaceAll(operator, username)) : tree;
  if (typeof tree !== "object") return tree;
  if (isList(tree)) return tree.map(ofRelease);
  return Object.fromEntries(Object.entries(tree).map(([key, content]) => [key, ofRelease(content as Tree)]));
}

function labelled(tree: Fields): Fields {
  const metadata = tree["metadata"] as Fields;
  const labels = { ...(metadata["labels"] as Fields), "...": spread("$.Values.commonLabels") };
  return { ...tree, metadata: { ...metadata, labels } };
}

export const policies: readonly Tree[] = policyComponents.map(({ chartValue, policies: members }) =>
  when(
    `$.Values.policies.${chartValue}`,
    members.flatMap(objectsOf).map((object) => labelled(ofRelease(object as Fields) as Fields)),
  ),
);
