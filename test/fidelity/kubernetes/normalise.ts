import type { Outcome } from "./play.ts";

/**
 * What two API servers said, so that they can be compared: uids and resourceVersions become numbers in the order in which they
 * were first shown, times become one word, and what only a real one tells is left out.
 */
export function createNormaliser(namespace: string): (value: unknown) => unknown {
  const uids = new Map<string, string>();
  const versions = new Map<string, string>();
  const numbered = (known: Map<string, string>, what: string, value: string): string => {
    const number = known.get(value) ?? `${what} ${known.size + 1}`;
    known.set(value, number);
    return number;
  };

  function text(value: string): string {
    return value
      .replaceAll(namespace, "NAMESPACE")
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (uid) => numbered(uids, "uid", uid));
  }

  function normal(value: unknown, field: string): unknown {
    if (Array.isArray(value)) return value.map((each) => normal(each, field));
    if (typeof value === "string") {
      if (field === "resourceVersion") return numbered(versions, "version", value);
      if (field.endsWith("Timestamp")) return "time";
      return text(value);
    }
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value)
      .filter(([name, inner]) => !leftOut.has(name) && inner !== null)
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([name, inner]) => [name, normal(inner, name)]));
  }

  return (value) => normal(value, "");
}

/** Told by a real API server alone: who wrote which field, and what it fills in for older clients. */
const leftOut: ReadonlySet<string> = new Set([
  "managedFields",
  "selfLink",
  "deprecatedSource",
  "deprecatedFirstTimestamp",
  "deprecatedLastTimestamp",
]);

/** Refusals are compared by status; the sentences of those that a program has to tell apart, word by word. */
const worded: ReadonlySet<number> = new Set([404, 409]);

export function plainOutcome(outcome: Outcome): unknown {
  if (outcome === undefined) return "nothing to do";
  if (!outcome.ok) {
    const { httpStatus, problem, message } = outcome.error;
    return { refused: httpStatus, problem, ...(worded.has(httpStatus ?? 0) ? { message } : {}) };
  }
  const { value } = outcome;
  // Of an object that is gone at once, an API server says that, or what it was.
  return (value as { kind?: string }).kind === "Status" ? "deleted" : value;
}
