import type { OntapConnectionSpec } from "../api/ontap-connection.ts";
import { matchesLabels, type Labels } from "../std/label-selector.ts";

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
      return selector !== undefined && matchesLabels(selector, labels);
    default:
      return false;
  }
}
