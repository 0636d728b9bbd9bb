import { ok, type Result } from "../../std/result.ts";
import { unreachable } from "../../std/unreachable.ts";
import { refuse, type ApiError } from "./api-error.ts";
import { readJsonText, type JsonMistake } from "./json-text.ts";
import type { Json } from "./json.ts";

/**
 * Reads a request body. Invalid JSON is 262199 with its place, 262200 where the text ends too early and 262201 where it is
 * no text at all; a property written twice in one object is 262282. Messages never quote the body: it holds secrets.
 */
export function parseJson(bytes: Uint8Array): Result<Json, ApiError> {
  const text = decode(bytes);
  if (text === undefined) return refuse("262201", { message: "Invalid JSON: the body is not UTF-8." });
  const read = readJsonText(text);
  return read.ok ? ok(read.value.value) : refuseMistake(read.error);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function refuseMistake(mistake: JsonMistake): Result<never, ApiError> {
  const place = String(mistake.index);
  switch (mistake.kind) {
    case "ended":
      return refuse("262200", { message: `Invalid JSON range ${place}..: the text ends too early.`, values: [place] });
    case "unexpected":
      return refuse("262199", { message: `Invalid JSON at position ${place}.`, values: [place] });
    case "twice": {
      const { name } = mistake;
      return refuse("262282", { message: `Property "${name}" was specified twice.`, target: name, values: [name] });
    }
    default:
      return unreachable(mistake);
  }
}
