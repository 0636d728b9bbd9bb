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
    if (schema instanceof z.ZodOptional) return [];
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

const schemaTextOf = (schema: z.ZodObject): string =>
  `${JSON.stringify(z.toJSONSchema(schema, { target: "draft-7", io: "input" }), null, 2)}\n`;
