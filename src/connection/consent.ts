import type { OntapConnectionSpec } from "../api/ontap-connection.ts";

type Labels = Readonly<Record<string, string>>;
type Selector = NonNullable<OntapConnectionSpec["allowedNamespaces"]["selector"]>;

/** Whether a connection lets credentials of a namespace use it; `labels` are that namespace's. */
export function allowsNamespace(
  { from, selector }: OntapConnectionSpec["allowedNamespaces"],
  own: boolean,
  labels: Labels,
): boolean {
  switch (from) {
    case "All":
      return true;
    case "Same":
      return own;
    case "Selector":
      return selector !== undefined && matches(selector, labels);
    default:
      return false;
  }
}

/** As the API's LabelSelector: every requirement must hold; an empty selector matches everything. */
function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  const equal = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return equal && matchExpressions.every((requirement) => holds(requirement, labels));
}

function holds(
  { key, operator, values = [] }: NonNullable<Selector["matchExpressions"]>[number],
  labels: Labels,
): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}
