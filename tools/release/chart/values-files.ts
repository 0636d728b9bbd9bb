import { stringify } from "yaml";
import * as z from "zod";
import { definitionsSchema, valuesSchema } from "./values.ts";

/** values.yaml and values.schema.json of both charts, from their schemas. */

export const valuesText = (): string => textOf(valuesSchema);
export const definitionsValuesText = (): string => textOf(definitionsSchema);
export const valuesSchemaText = (): string => schemaTextOf(valuesSchema);
export const definitionsSchemaText = (): string => schemaTextOf(definitionsSchema);

const textOf = (schema: z.ZodObject): string => `${linesOf(schema, "").join("\n").trimEnd()}\n`;

/** Each value with its default, and what it is for above it. */
function linesOf({ shape }: z.ZodObject, indent: string): readonly string[] {
  return Object.entries(shape).flatMap(([name, value]) => {
    const schema = value as z.ZodType;
    const comment = (schema.description?.split("\n") ?? []).map((line) => `${indent}# ${line}`);
    const inner = schema instanceof z.ZodPrefault ? (schema.unwrap() as z.ZodType) : schema;
    const apart = indent === "" ? [""] : [];
    if (inner instanceof z.ZodObject) {
      return [...comment, `${indent}${name}:`, ...linesOf(inner, `${indent}  `), ...apart];
    }
    const text = stringify({ [name]: schema.parse(undefined) }, { version: "1.1", lineWidth: 0 });
    return [
      ...comment,
      ...text
        .trimEnd()
        .split("\n")
        .map((line) => indent + line),
      ...apart,
    ];
  });
}

/** Helm adds `global` to the values of every chart. */
function schemaTextOf(schema: z.ZodObject): string {
  const json = z.toJSONSchema(schema.extend({ global: z.record(z.string(), z.unknown()).optional() }), {
    target: "draft-7",
    io: "input",
  });
  return `${JSON.stringify(json, null, 2)}\n`;
}
