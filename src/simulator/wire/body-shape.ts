import { ok, type Result } from "../../std/result.ts";
import { unreachable } from "../../std/unreachable.ts";
import { refuse, unexpectedArgument, type ApiError } from "./api-error.ts";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** What a field of a request body may hold. `ignored` is accepted and dropped, whatever it holds. */
export type BodyShape =
  | { readonly kind: "text" }
  | { readonly kind: "object"; readonly fields: Readonly<Record<string, BodyShape>> }
  | { readonly kind: "list"; readonly of: BodyShape }
  | { readonly kind: "ignored" };

/**
 * The body as nested objects of known fields. Dotted names (`"svm.name": ...`, which the Ansible modules send) are
 * unfolded; a field reached in two ways is 262188; null counts as not given. Unknown fields are 262179, wrong types
 * 262247, 262254 or 262255.
 */
export function readShape(body: Json, shape: BodyShape): Result<JsonObject, ApiError> {
  if (Array.isArray(body)) return refuse("262255");
  if (!isJsonObject(body)) return refuse("262201", { message: "Invalid JSON: the body must be an object." });
  const read = readField(body, shape, "");
  return read.ok ? ok(isJsonObject(read.value) ? read.value : {}) : read;
}

function readField(value: Json, shape: BodyShape, path: string): Result<Json | undefined, ApiError> {
  switch (shape.kind) {
    case "ignored":
      return ok(undefined);
    case "text":
      return readText(value, path);
    case "list":
      return readList(value, shape.of, path);
    case "object":
      return readObject(value, shape.fields, path);
    default:
      return unreachable(shape);
  }
}

function readText(value: Json, path: string): Result<Json, ApiError> {
  if (Array.isArray(value)) return arrayNotExpected(path);
  return typeof value === "string" ? ok(value) : wrongType(path, "a string");
}

function readList(value: Json, of: BodyShape, path: string): Result<Json, ApiError> {
  if (!Array.isArray(value)) {
    const message = `Invalid JSON input, an array was expected for field "${path}".`;
    return refuse("262254", { message, target: path, values: [path] });
  }
  const items: Json[] = [];
  for (const item of value as readonly Json[]) {
    const read = readField(item, of, path);
    if (!read.ok) return read;
    if (read.value !== undefined) items.push(read.value);
  }
  return ok(items);
}

function readObject(
  value: Json,
  fields: Readonly<Record<string, BodyShape>>,
  path: string,
): Result<JsonObject, ApiError> {
  if (Array.isArray(value)) return arrayNotExpected(path);
  if (!isJsonObject(value)) return wrongType(path, "an object");
  const unfolded = unfold(value, path);
  if (!unfolded.ok) return unfolded;
  const result: Record<string, Json> = {};
  for (const [name, member] of Object.entries(unfolded.value)) {
    const memberPath = path === "" ? name : `${path}.${name}`;
    const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (shape === undefined) return unexpectedArgument(memberPath);
    if (member === null || member === undefined) continue;
    const read = readField(member, shape, memberPath);
    if (!read.ok) return read;
    if (read.value !== undefined) result[name] = read.value;
  }
  return ok(result);
}

/** `{"a.b": 1, "a": {"c": 2}}` becomes `{"a": {"b": 1, "c": 2}}`; one level here, the rest as the reader descends. */
function unfold(value: JsonObject, path: string): Result<JsonObject, ApiError> {
  const names = Object.keys(value);
  if (!names.some((name) => name.includes("."))) return ok(value);
  const result: Record<string, Json | undefined> = {};
  for (const [name, member] of Object.entries(value)) {
    const dot = name.indexOf(".");
    const head = dot < 0 ? name : name.slice(0, dot);
    const part = dot < 0 ? member : { [name.slice(dot + 1)]: member };
    const before = result[head];
    if (before === undefined || before === null) result[head] = part;
    else if (isJsonObject(before) && isJsonObject(part)) {
      const twice = Object.keys(part).find((key) => Object.hasOwn(before, key));
      if (twice !== undefined) return specifiedTwice([path, head, twice].filter(Boolean).join("."));
      result[head] = { ...before, ...part };
    } else return specifiedTwice(path === "" ? head : `${path}.${head}`);
  }
  return ok(result);
}

function specifiedTwice(field: string): Result<never, ApiError> {
  const message = `Field "${field}" was specified twice: once nested, once as a dotted name in the body.`;
  return refuse("262188", { message, target: field, values: [field] });
}

function arrayNotExpected(path: string): Result<never, ApiError> {
  const message = `An array was found in the JSON when it was not expected for field "${path}".`;
  return refuse("262255", { message, target: path, values: [path] });
}

/** The value is not quoted: it may be a secret that was written as a number. */
function wrongType(path: string, expected: string): Result<never, ApiError> {
  const message = `The value for field "${path}" is invalid: expected ${expected}.`;
  return refuse("262247", { message, target: path, values: [path] });
}
