import { ok, type Result } from "../../std/result.ts";
import { invalidValue, refuse, type ApiError } from "../wire/api-error.ts";
import { isJsonObject, type Json, type JsonObject } from "../wire/json.ts";
import type { Resource } from "./resource.ts";

/** The leaf fields to show. */
export type Selection = ReadonlySet<string>;

/**
 * Reads `fields=`: a comma list of leaf or object names, `obj.{a,b}`, `!name`, `*` and `**`. A secret named directly is
 * 262249 and left out silently otherwise; an unknown name is an invalid value unless `ignoreUnknown`; one name twice
 * is 262222 and unbalanced braces are 262286.
 */
export function selectFields(text: string, resource: Resource, ignoreUnknown: boolean): Result<Selection, ApiError> {
  const names = expandBraces(text);
  if (names === undefined) return refuse("262286", { target: "fields", values: [text] });
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    const message = `The value "${twice}" is listed more than once for field "fields".`;
    return refuse("262222", { message, target: "fields", values: [twice] });
  }
  const wanted = names.filter((name) => !name.startsWith("!"));
  const selection = new Set(wanted.length === 0 ? readableFields(resource) : []);
  for (const name of wanted) {
    const leaves = leavesOf(name, resource);
    if (leaves.length > 0) for (const leaf of leaves) selection.add(leaf);
    else if (resource.fields[name]?.kind === "secret") return notReadable(name);
    else if (!ignoreUnknown && !isLink(name)) return invalidValue("fields", name, "field,...");
  }
  for (const name of names.filter((name) => name.startsWith("!"))) {
    const leaves = leavesOf(name.slice(1), resource);
    if (leaves.length === 0 && !ignoreUnknown) return invalidValue("fields", name, "field,...");
    for (const leaf of leaves) selection.delete(leaf);
  }
  return ok(selection);
}

function notReadable(name: string): Result<never, ApiError> {
  const message = `Field "${name}" is not supported for GET requests because it is not a readable attribute.`;
  return refuse("262249", { message, target: name, values: [name] });
}

const isLink = (name: string): boolean => name === "_links" || name.endsWith("._links");

export function readableFields(resource: Resource): readonly string[] {
  return Object.entries(resource.fields)
    .filter(([, field]) => field.kind !== "secret")
    .map(([name]) => name);
}

/** The readable leaves that a name stands for. No field of these resources is expensive, so `*` and `**` are the same. */
function leavesOf(name: string, resource: Resource): readonly string[] {
  const readable = readableFields(resource);
  if (name === "*" || name === "**") return readable;
  return readable.filter((leaf) => leaf === name || leaf.startsWith(`${name}.`));
}

/** `a,b.{c,d.{e,f}}` becomes a, b.c, b.d.e and b.d.f; undefined if braces do not match. */
function expandBraces(text: string): readonly string[] | undefined {
  const names: string[] = [];
  const prefixes: string[] = [];
  let name = "";
  for (const character of `${text},`) {
    if (character === "{") {
      prefixes.push(name);
      name = "";
    } else if (character === "}" || character === ",") {
      if (name !== "") names.push(prefixes.join("") + name);
      name = "";
      if (character === "}" && prefixes.pop() === undefined) return undefined;
    } else name += character;
  }
  return prefixes.length === 0 ? names : undefined;
}

/** The selected part of a record; objects and list items without any selected field are left out. */
export function project(record: JsonObject, selection: Selection): JsonObject {
  const projected = projectMember(record, "", selection);
  return isJsonObject(projected) ? projected : {};
}

function projectMember(value: Json, path: string, selection: Selection): Json | undefined {
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => projectMember(item, path, selection)).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (!isJsonObject(value)) return selection.has(path) ? value : undefined;
  const result: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const projected = projectMember(member, path === "" ? name : `${path}.${name}`, selection);
    if (projected !== undefined) result[name] = projected;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}
