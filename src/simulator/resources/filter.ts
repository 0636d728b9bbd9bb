import { ok, type Result } from "../../std/result.ts";
import { unreachable } from "../../std/unreachable.ts";
import { invalidValue, refuse, unexpectedArgument, type ApiError } from "../wire/api-error.ts";
import type { JsonObject } from "../wire/json.ts";
import { parseMatcher, splitOutsideQuotes, wildcard, type QueryMistake } from "../wire/match-value.ts";
import { comparing, valuesAt, type Field, type Resource } from "./resource.ts";
import { readableFields } from "./select-fields.ts";

export type Filter = (record: JsonObject) => boolean;

/**
 * One filter of all attribute parameters. Unknown attributes are 262179; a secret is 262250 in GET, where it cannot be
 * queried, and 262202 elsewhere, where it should not have been put into a URL.
 */
export function readFilters(
  attributes: ReadonlyMap<string, string>,
  resource: Resource,
  method: string,
): Result<Filter, ApiError> {
  const filters: Filter[] = [];
  for (const [name, text] of attributes) {
    const field = fieldOf(resource, name);
    if (field === undefined) return unexpectedArgument(name);
    if (field.kind === "secret") return secretInUrl(name, method);
    if (field.kind === "enum" && /^\w+$/.test(text) && text !== "null" && !field.values.includes(text.toLowerCase())) {
      return invalidValue(name, text, field.values.join("|"));
    }
    const matcher = parseMatcher(text, comparing(field));
    if (!matcher.ok) return queryMistake(matcher.error, name, text);
    filters.push((record) => matcher.value(valuesAt(record, name)));
  }
  return ok((record) => filters.every((matches) => matches(record)));
}

export function fieldOf(resource: Resource, name: string): Field | undefined {
  return Object.hasOwn(resource.fields, name) ? resource.fields[name] : undefined;
}

/** The value is not repeated in the message. */
export function secretInUrl(name: string, method: string): Result<never, ApiError> {
  if (method === "GET") {
    const message = `Field "${name}" cannot be queried in a GET request because it is not a readable attribute.`;
    return refuse("262250", { message, target: name, values: [name] });
  }
  const message = `Field "${name}" is considered secret and should not be provided in the URL.`;
  return refuse("262202", { message, target: name, values: [name] });
}

function queryMistake(mistake: QueryMistake, name: string, text: string): Result<never, ApiError> {
  switch (mistake) {
    case "no-value": {
      const message = `The expression "${text}" is missing a value.`;
      return refuse("262194", { message, target: name, values: [text] });
    }
    case "unmatched-quote":
      return refuse("262272", { target: name, values: [text] });
    default:
      return unreachable(mistake);
  }
}

/**
 * The cross-field query: `query` holds words that must all be found in some of `query_fields`, each word alternatives
 * separated by `|` with `*` as wildcard. A pattern without a wildcard is searched for anywhere in a value, as the
 * reference's examples show ("foo bar" finds "foo bar blah").
 */
export function readCrossFieldQuery(
  query: string | undefined,
  queryFields: string | undefined,
  resource: Resource,
): Result<Filter, ApiError> {
  if (query === undefined && queryFields === undefined) return ok(() => true);
  if (query === undefined || queryFields === undefined) return refuse("262273");
  if ((query.split('"').length - 1) % 2 === 1) return refuse("262272", { target: "query" });
  const words = splitOutsideQuotes(query, " ")?.filter((word) => word.replaceAll(/[*|"]/g, "") !== "") ?? [];
  if (words.length === 0) return refuse("262274", { target: "query" });
  const names = queryFields.split(",").filter((name) => name !== "");
  if (names.some((name, index) => names.indexOf(name) !== index)) return refuse("262276", { target: "query_fields" });
  const unknown = names.find((name) => name !== "*" && fieldOf(resource, name.replace(/^!/, "")) === undefined);
  if (unknown !== undefined) return invalidValue("query_fields", unknown, "field,...");
  const excluded = new Set(names.filter((name) => name.startsWith("!")).map((name) => name.slice(1)));
  const included = names.includes("*") ? readableFields(resource) : names.filter((name) => !name.startsWith("!"));
  const searched = included.filter((name) => !excluded.has(name));
  if (searched.length === 0) return refuse("262275", { target: "query_fields" });
  const patterns = words.map((word) =>
    word
      .split("|")
      .filter((part) => part !== "")
      .map(searchPattern),
  );
  return ok((record) => {
    const values = searched.flatMap((name) => valuesAt(record, name));
    return patterns.every((word) => word.some((pattern) => values.some((value) => pattern.test(value))));
  });
}

function searchPattern(part: string): RegExp {
  const text = part.replaceAll('"', "");
  return wildcard(text.includes("*") ? text : `*${text}*`);
}
