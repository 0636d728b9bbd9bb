import { ok, type Result } from "../../std/result.ts";
import { refuse, type ApiError } from "./api-error.ts";

/** A request target as the API sees it: decoded path segments below `/api`, and the parameters in their order. */
export interface RequestTarget {
  readonly segments: readonly string[];
  readonly parameters: readonly Parameter[];
  /** The query as it came, for links that repeat it. */
  readonly rawQuery: string;
}

export interface Parameter {
  readonly name: string;
  /** Undefined if there was no `=`. */
  readonly value: string | undefined;
}

/**
 * Splits a raw request target. Dot segments are removed before decoding (RFC 3986 5.2.4, so `..` climbs and `%2E%2E` does
 * not), doubled slashes count once, and each segment is percent-decoded once. `/api/v1` is `/api`. Undefined for a
 * path that is not below `/api`; an ill-formed escape is 39387137.
 */
export function parseTarget(raw: string): Result<RequestTarget | undefined, ApiError> {
  const question = raw.indexOf("?");
  const path = question < 0 ? raw : raw.slice(0, question);
  const rawQuery = question < 0 ? "" : raw.slice(question + 1);
  const parameters = parseQuery(rawQuery);
  if (!parameters.ok) return parameters;
  const segments: string[] = [];
  for (const rawSegment of withoutDots(path)) {
    const segment = decode(rawSegment);
    if (segment === undefined) return refuse("39387137", { values: [rawSegment] });
    segments.push(segment);
  }
  if (segments[0] !== "api") return ok(undefined);
  const below = segments.slice(segments[1] === "v1" ? 2 : 1);
  return ok({ segments: below, parameters: parameters.value, rawQuery });
}

function withoutDots(path: string): readonly string[] {
  const result: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") result.pop();
    else if (segment !== "" && segment !== ".") result.push(segment);
  }
  return result;
}

function parseQuery(query: string): Result<readonly Parameter[], ApiError> {
  const parameters: Parameter[] = [];
  for (const part of query.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decode((equals < 0 ? part : part.slice(0, equals)).replaceAll("+", " "));
    const value = equals < 0 ? undefined : decode(part.slice(equals + 1).replaceAll("+", " "));
    if (name === undefined || (equals >= 0 && value === undefined)) return refuse("39387137", { values: [part] });
    parameters.push({ name, value });
  }
  return ok(parameters);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
