import { isDeepStrictEqual } from "node:util";
import type { Run } from "./run.ts";

/**
 * In what a run with a crash differs from the one without, beyond what is promised; empty if in nothing.
 *
 * Promised are the same end state, at most one further write to the array, which is never a POST, and at most one write to an
 * object that only repeats an earlier one. Events are best effort: of those on their way at the crash one of each object may
 * be lost, or told twice; an adoption has two, for its object and for the owner of the connection. What matters stands in
 * the conditions and in the history, which are part of the end state.
 */
export function differencesOf(crashed: Run, uncut: Run): readonly string[] {
  const furtherWrites = without(crashed.arrayWrites, uncut.arrayWrites);
  const repeated = without(repeatsIn(crashed.kubeWrites), repeatsIn(uncut.kubeWrites));
  return [
    ...deviations(crashed.end, uncut.end),
    ...ifMoreThanOne("further write to the array", furtherWrites),
    ...furtherWrites.filter((write) => write.startsWith("POST")).map((write) => `not to be repeated: ${write}`),
    ...missing("write to the array", crashed.arrayWrites, uncut.arrayWrites),
    ...ifMoreThanOne("repeated write to the API server", repeated),
    ...ifMoreThanOneOfAnObject("further Event", without(crashed.events, uncut.events)),
    ...ifMoreThanOneOfAnObject("lost Event", without(uncut.events, crashed.events)),
  ];
}

/** Where two end states differ, such as `objects.1.status.history.2 is {...}, not {...}`. */
function deviations(is: unknown, should: unknown, at = "the end"): readonly string[] {
  if (isDeepStrictEqual(is, should)) return [];
  if (!isObject(is) || !isObject(should)) return [`${at} is ${JSON.stringify(is)}, not ${JSON.stringify(should)}`];
  const fields = new Set([...Object.keys(is), ...Object.keys(should)]);
  return [...fields].flatMap((field) => deviations(is[field], should[field], `${at}.${field}`));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const ifMoreThanOne = (what: string, found: readonly string[]): readonly string[] =>
  found.length > 1 ? [`more than one ${what}: ${found.join(", ")}`] : [];

/** Events begin with the object that they tell of, as in `IscsiCredential one: `. */
const ifMoreThanOneOfAnObject = (what: string, events: readonly string[]): readonly string[] =>
  Object.values(Object.groupBy(events, (event) => event.slice(0, event.indexOf(": ")))).flatMap((ofObject = []) =>
    ifMoreThanOne(what, ofObject),
  );

const missing = (what: string, crashed: readonly string[], uncut: readonly string[]): readonly string[] =>
  without(uncut, crashed).map((each) => `a missing ${what}: ${each}`);

const repeatsIn = (writes: readonly string[]): readonly string[] => without(writes, [...new Set(writes)]);

/** What is in `these` more often than in `those`, as many times as it is. */
function without(these: readonly string[], those: readonly string[]): readonly string[] {
  const left = [...those];
  return these.filter((each) => {
    const at = left.indexOf(each);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
