import { parseArgs } from "node:util";

import { allEntries, entriesOfReason } from "../array/catalogue/catalogue.ts";
import type { CatalogueEntry } from "../array/catalogue/entry.ts";
import type { CommandIo } from "./io.ts";
import { usageErrorOf } from "./usage.ts";

export const explainHelp = `ontap-iscsi-operator explain CODE|REASON [-o json]
ontap-iscsi-operator explain --list [-o json]

Says what an error code of ONTAP or a reason in a condition means and what to do about it. Works without a cluster.

  --list              every code and reason that the operator knows, one a line
  -o, --output json   the same as JSON
  --help              this text`;

interface Wanted {
  /** Codes and reasons; empty for all. */
  readonly names: readonly string[];
  readonly json: boolean;
}

/** Resolves to the exit code: 0, or 2 when something asked for is not known. */
export function explainCommand(args: readonly string[], io: CommandIo): Promise<number> {
  return Promise.resolve(explain(args, io));
}

function explain(args: readonly string[], io: CommandIo): number {
  const wanted = parseWanted(args);
  if (wanted === "help") {
    io.out(explainHelp);
    return 0;
  }
  const complain = (message: string) => io.err(`ontap-iscsi-operator explain: ${message}`);
  if (typeof wanted === "string") {
    complain(wanted);
    return 2;
  }
  const { names, json } = wanted;
  const unknown = names.find((name) => entriesNamed(name).length === 0);
  if (unknown !== undefined) {
    complain(`${unknown} is not a known code or reason; --list shows them all`);
    return 2;
  }
  const entries = names.length === 0 ? allEntries : names.flatMap((name) => entriesNamed(name));
  if (json) io.out(JSON.stringify(entries, undefined, 2));
  else if (names.length === 0) for (const entry of entries) io.out(lineOf(entry));
  else io.out(entries.map((entry) => paragraphOf(entry)).join("\n\n"));
  return 0;
}

/** "help", a sentence about what is wrong with the arguments, or what is wanted. */
function parseWanted(args: readonly string[]): Wanted | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { list: { type: "boolean" }, output: { type: "string", short: "o" }, help: { type: "boolean" } },
      allowPositionals: true,
    });
    if (values.help === true) return "help";
    if (values.output !== undefined && values.output !== "json") {
      return `--output: must be json, not ${values.output}; leave it out for text`;
    }
    if ((values.list === true) !== (positionals.length === 0)) {
      return "give a code or a reason, or --list; see ontap-iscsi-operator explain --help";
    }
    return { names: positionals, json: values.output === "json" };
  } catch (error) {
    return usageErrorOf("explain", error);
  }
}

/** By code, or by reason in any case. */
function entriesNamed(name: string): readonly CatalogueEntry[] {
  const ofCode = allEntries.filter(({ code }) => code === name);
  if (ofCode.length > 0) return ofCode;
  const reason = allEntries.find((entry) => entry.reason.toLowerCase() === name.toLowerCase())?.reason;
  return reason === undefined ? [] : entriesOfReason(reason);
}

function lineOf({ code, reason, class: kind, sentence }: CatalogueEntry): string {
  return `${(code ?? "-").padEnd(9)} ${reason.padEnd(27)} ${kind.padEnd(11)} ${sentence}`;
}

function paragraphOf({ code, reason, class: kind, verbs, sentence, remedy, source }: CatalogueEntry): string {
  return [
    code === undefined ? reason : `${code} ${reason}`,
    `  ${sentence}`,
    `  What to do: ${remedy}`,
    `  Kind:       ${kind}; ${kinds[kind]}`,
    ...(verbs.length === 0 ? [] : [`  Answers:    ${verbs.join(", ")}`]),
    `  Source:     ${source}`,
  ].join("\n");
}

const kinds = {
  input: "the operator waits until the object or its Secret changes",
  environment: "the operator tries again, later each time",
  permission: "the operator waits for another login or role",
  converge: "the operator looks again and takes the other way",
  bug: "the operator is at fault and stops trying",
} as const satisfies Record<CatalogueEntry["class"], string>;
