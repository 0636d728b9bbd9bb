import { kinds } from "../../../src/api/kinds.ts";
import { definitionOf } from "../../crd/definition.ts";
import { chartWhen, type Fields, type Tree, when } from "./tree.ts";

/** The definitions of both kinds as the chart of definitions has them: kept at an uninstall unless a value says otherwise. */
export const definitions: readonly Tree[] = kinds.map((kind) => {
  const definition = definitionOf(kind) as Fields;
  const metadata = definition["metadata"] as Fields;
  const annotations = {
    ...(metadata["annotations"] as Fields),
    "helm.sh/resource-policy": chartWhen("$.Values.keep", "keep"),
  };
  return when("$.Values.enabled", { ...definition, metadata: { ...metadata, annotations } });
});
