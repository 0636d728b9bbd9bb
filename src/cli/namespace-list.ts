import { err, ok, type Result } from "../std/result.ts";

/** How the help of commands explains the flag. */
export const namespacesHelp = `  --namespaces NAMES  only these namespaces, separated by commas, as in the operator's own flag; no right on the cluster is needed`;

const namespaceName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The names, each once, in the order of the list; the error names the one at fault and the fix. */
export function parseNamespaces(text: string): Result<readonly string[], string> {
  const names = [...new Set(text.split(",").map((name) => name.trim()))];
  const bad = names.find((name) => !namespaceName.test(name));
  return bad === undefined
    ? ok(names)
    : err(`"${bad}" is not the name of a namespace; write names separated by commas`);
}

/** The value of a command's own flag, if it is given; throws a sentence that names the flag. */
export function namespacesIn(flag: string | undefined): readonly string[] | undefined {
  if (flag === undefined) return undefined;
  const parsed = parseNamespaces(flag);
  if (!parsed.ok) throw new Error(`--namespaces: ${parsed.error}`);
  return parsed.value;
}
