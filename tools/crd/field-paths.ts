import type { Kind } from "../../src/api/kinds.ts";
import { structuralSchema, type StructuralSchema } from "./structural.ts";

/** Every field below `spec` and `status` of a kind, such as `spec.chap.inbound` and `status.conditions[].reason`. */
export function fieldPathsOf(kind: Kind): readonly string[] {
  return (["spec", "status"] as const).flatMap((part) => below(structuralSchema(kind[part]), part));
}

function below(schema: StructuralSchema, path: string): readonly string[] {
  const items = schema["items"] as StructuralSchema | undefined;
  if (items !== undefined) return below(items, `${path}[]`);
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, StructuralSchema>>;
  return Object.entries(properties).flatMap(([name, field]) => {
    const here = `${path}.${name}`;
    return [here, ...below(field, here)];
  });
}
