import { err, ok, type Result } from "../../std/result.ts";

/** A query value made ready: tells whether a field's values match. No value at all is `null`. */
export type Matcher = (values: readonly string[]) => boolean;

/** `no-value` is an operator without an operand, `unmatched-quote` a quote or brace that is never closed. */
export type QueryMistake = "no-value" | "unmatched-quote";

/**
 * ONTAP's query language for one field: `a|b`, `!a`, `<a`, `<=a`, `>a`, `>=a`, `a..b`, `*`, `null`, and literals in double
 * quotes or braces. Unset fields match `null` and nothing else, so also no `!a`; an array matches with any of its items.
 * Among alternatives all negations must hold and, if there are others, one of those.
 * Facts: ontap-restapi, getting started, "Filtering records with single field queries"; how negations combine is ours.
 */
export function parseMatcher(query: string, compare: (a: string, b: string) => number): Result<Matcher, QueryMistake> {
  const alternatives = splitOutsideQuotes(query);
  if (alternatives === undefined) return err("unmatched-quote");
  const wanted: Matcher[] = [];
  const unwanted: Matcher[] = [];
  for (const alternative of alternatives) {
    const negated = alternative.startsWith("!");
    const matcher = parseAlternative(negated ? alternative.slice(1) : alternative, compare);
    if (matcher === undefined) return err("no-value");
    (negated ? unwanted : wanted).push(negated ? negate(matcher, alternative) : matcher);
  }
  return ok(
    (values) =>
      (wanted.length === 0 || wanted.some((matches) => matches(values))) &&
      unwanted.every((matches) => matches(values)),
  );
}

function negate(matcher: Matcher, alternative: string): Matcher {
  if (alternative === "!null") return (values) => values.length > 0;
  return (values) => values.length > 0 && !matcher(values);
}

function parseAlternative(text: string, compare: (a: string, b: string) => number): Matcher | undefined {
  if (text === "") return undefined;
  if (text === "null") return (values) => values.length === 0;
  const literal = unquoted(text);
  if (literal !== undefined) return (values) => values.some((value) => compare(value, literal) === 0);
  const operator = /^(<=|>=|<|>)/.exec(text)?.[0];
  if (operator !== undefined) {
    const operand = text.slice(operator.length);
    if (operand === "") return undefined;
    return (values) => values.some((value) => holds(operator, compare(value, unquoted(operand) ?? operand)));
  }
  const [low, high] = text.split("..");
  if (low !== undefined && high !== undefined) {
    if (low === "" || high === "") return undefined;
    return (values) => values.some((value) => compare(value, low) >= 0 && compare(value, high) <= 0);
  }
  if (!text.includes("*")) return (values) => values.some((value) => compare(value, text) === 0);
  const pattern = wildcard(text);
  return (values) => values.some((value) => pattern.test(value));
}

function holds(operator: string, order: number): boolean {
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    default:
      return order >= 0;
  }
}

/** A pattern in which `*` stands for any text. */
export function wildcard(text: string): RegExp {
  const escaped = text.split("*").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`, "s");
}

function unquoted(text: string): string | undefined {
  if (text.length < 2) return undefined;
  const quoted = (text.startsWith('"') && text.endsWith('"')) || (text.startsWith("{") && text.endsWith("}"));
  return quoted ? text.slice(1, -1) : undefined;
}

/** Splits at `|`, except within quotes and braces; undefined if one of those is left open. */
export function splitOutsideQuotes(text: string, separator = "|"): readonly string[] | undefined {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  let inQuotes = false;
  for (const character of text) {
    if (inQuotes) inQuotes = character !== '"';
    else if (character === '"' && depth === 0) inQuotes = true;
    else if (character === "{") depth += 1;
    else if (character === "}") depth -= 1;
    else if (character === separator && depth === 0) {
      parts.push(part);
      part = "";
      continue;
    }
    part += character;
  }
  return inQuotes || depth !== 0 ? undefined : [...parts, part];
}
