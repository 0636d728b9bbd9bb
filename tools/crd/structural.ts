import * as z from "zod";

/** A structural OpenAPI schema, as apiextensions.k8s.io/v1 wants it. */
export type StructuralSchema = { readonly [key: string]: unknown };

type Json = Record<string, unknown>;

/**
 * Converts a zod schema to a structural schema. It throws, with the path, on whatever apiextensions would refuse or
 * silently lose, so that the generator fails and not the cluster.
 */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const raw = z.toJSONSchema(schema, { target: "openapi-3.0", io: "input" }) as Json;
  return convert(raw, "");
}

/** Keywords that JSONSchemaProps knows and that mean there what they mean in zod's output. */
const kept = new Set([
  "type",
  "description",
  "default",
  "enum",
  "format",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "pattern",
  "required",
  "nullable",
]);
/** Keywords without a place in JSONSchemaProps whose loss changes nothing for the API server. */
const dropped = new Set(["$schema", "id", "examples", "deprecated", "readOnly", "additionalProperties"]);
const knownFormats = new Set(["date-time", "int32", "int64"]);
const lookAround = /\(\?[=!<]/;

function convert(node: Json, path: string): Json {
  const out: Json = {};
  for (const [key, value] of Object.entries(node)) {
    if (kept.has(key) || key.startsWith("x-kubernetes-")) out[key] = value;
    else if (key === "properties") out[key] = convertAll(value as Record<string, Json>, path);
    else if (key === "items") out[key] = convert(value as Json, `${path}[]`);
    else if (!dropped.has(key)) throw new Error(`${path || "schema"}: a structural schema cannot express "${key}"`);
  }
  if (typeof node["additionalProperties"] === "object") {
    out["additionalProperties"] = convert(node["additionalProperties"] as Json, `${path}.*`);
  }
  tidyNumbers(out);
  tidyStrings(out, path);
  demandBounds(out, path);
  return out;
}

function convertAll(properties: Record<string, Json>, path: string): Json {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      const converted = convert(property, `${path}.${name}`);
      if (!/\S/.test((converted["description"] ?? "") as string))
        throw new Error(`${path}.${name}: every field needs a description`);
      return [name, converted];
    }),
  );
}

/** zod bounds every integer by JavaScript's safe range; Kubernetes says int64 instead. */
function tidyNumbers(out: Json): void {
  if (out["type"] !== "integer") return;
  out["format"] = "int64";
  if (out["minimum"] === Number.MIN_SAFE_INTEGER) delete out["minimum"];
  if (out["maximum"] === Number.MAX_SAFE_INTEGER) delete out["maximum"];
}

function tidyStrings(out: Json, path: string): void {
  if (out["format"] === "date-time") delete out["pattern"];
  if (typeof out["format"] === "string" && !knownFormats.has(out["format"])) {
    throw new Error(`${path}: Kubernetes ignores format "${out["format"]}"; use a pattern or a rule`);
  }
  if (typeof out["pattern"] === "string" && lookAround.test(out["pattern"])) {
    throw new Error(`${path}: the API server's regular expressions (RE2) have no look-around`);
  }
}

/** Without bounds the API server cannot estimate what a CEL rule costs, and refuses the definition. */
function demandBounds(out: Json, path: string): void {
  const unbounded =
    (out["type"] === "array" && out["maxItems"] === undefined) ||
    (out["type"] === "string" &&
      out["maxLength"] === undefined &&
      out["enum"] === undefined &&
      out["format"] === undefined);
  if (unbounded) throw new Error(`${path}: needs an upper bound (maxLength or maxItems)`);
  if (out["type"] === "array" && out["x-kubernetes-list-type"] === undefined) {
    throw new Error(`${path}: needs x-kubernetes-list-type, or server-side apply replaces it whole by accident`);
  }
}
