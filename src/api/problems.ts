import type * as z from "zod";

/** What is wrong with a spec, one sentence a problem, each with the field, what is wrong and the fix. */
export type SpecProblems = readonly string[];

type Issue = z.core.$ZodIssue;

/** Our own sentences for what zod found in `spec`: its words are for programmers. */
export function problemsOf({ issues }: z.ZodError, spec: unknown): SpecProblems {
  return issues.map((issue) => problemOf(issue, issue.path, spec));
}

function problemOf(issue: Issue, path: readonly PropertyKey[], spec: unknown): string {
  const field = fieldPathOf(path);
  const given = valueAt(spec, path);
  switch (issue.code) {
    // A rule of ours names the field; which entry of a list it means, only the path can tell.
    case "custom":
      return path.some((step) => typeof step === "number") ? `${field}: ${issue.message}` : issue.message;
    // The message stands beside each pattern of the schema.
    case "invalid_format":
      return `${field} ${issue.message}, but is ${shown(given)}; correct it`;
    case "invalid_type":
      return given === undefined
        ? `${field} is missing; add it`
        : `${field} must be ${typeWords[issue.expected] ?? issue.expected}, but is ${kindOf(given)}; correct it`;
    case "invalid_value":
      return given === undefined
        ? `${field} is missing; set it to ${oneOf(issue.values)}`
        : `${field} must be ${oneOf(issue.values)}, but is ${shown(given)}; correct it`;
    case "too_small":
      return `${field} must ${boundWords(issue.origin, "at least", Number(issue.minimum))}; correct it`;
    case "too_big":
      return `${field} must ${boundWords(issue.origin, "at most", Number(issue.maximum))}; correct it`;
    case "invalid_key":
      return issue.issues.map((inner) => `${field}: the key ${inner.message}; correct it`).join("; ");
    default:
      return `${field} is not valid; compare it with kubectl explain`;
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  const words: Readonly<Record<string, string>> = { string: "text", number: "a number", boolean: "true or false" };
  return words[typeof value] ?? "a map";
}

function boundWords(origin: string, bound: "at least" | "at most", limit: number): string {
  switch (origin) {
    case "string":
      return `have ${bound} ${counted(limit, "character")}`;
    case "array":
    case "set":
    case "map":
      return `have ${bound} ${limit === 1 ? "1 entry" : `${limit} entries`}`;
    default:
      return `be ${bound} ${limit}`;
  }
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

function oneOf(values: readonly unknown[]): string {
  const words = values.map(String);
  return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** A value of a spec holds no secret; it is cut since it may hold anything else. */
function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : kindOf(value);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

/** As kubectl and the API server write it: `grants[0].svms[1]`. */
function fieldPathOf(path: readonly PropertyKey[]): string {
  const text = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
  return text === "" ? "spec" : text.replace(/^\./, "");
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null ? (value as Readonly<Record<PropertyKey, unknown>>)[step] : undefined,
    root,
  );
}
