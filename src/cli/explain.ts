import { parseArgs } from "node:util";

import type { CatalogueEntry } from "../array/catalogue/entry.ts";
import { explanations, explanationsOf, type Explanation, type OwnWord } from "./explanations.ts";
import type { CommandIo } from "./io.ts";
import { usageErrorOf } from "./usage.ts";

export const explainHelp = `ontap-iscsi-operator explain CODE|REASON [-o json]
ontap-iscsi-operator explain --list [-o json]

Says what an error code of ONTAP, a reason in a condition or Event, or a condition means, and what to do about it. Works
without a cluster; in the operator's pod: kubectl exec -n ontap-iscsi-operator deploy/ontap-iscsi-operator -- node
/app/ontap-iscsi-operator.mjs explain CODE|REASON

  --list              every code, reason and condition that the operator knows, one a line
  -o, --output json   the same as JSON
  -h, --help          this text`;

interface Wanted {
  /** Codes, reasons and conditions; empty for all. */
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
  const unknown = names.find((name) => explanationsOf(name).length === 0);
  if (unknown !== undefined) {
    complain(`${unknown} is not a known code, reason or condition; --list shows them all`);
    return 2;
  }
  const found = names.length === 0 ? explanations : names.flatMap((name) => explanationsOf(name));
  if (json) io.out(JSON.stringify(found.map(plain), undefined, 2));
  else io.out(names.length === 0 ? found.map(lineOf).join("\n") : found.map(paragraphOf).join("\n\n"));
  return 0;
}

/** "help", a sentence about what is wrong with the arguments, or what is wanted. */
function parseWanted(args: readonly string[]): Wanted | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        list: { type: "boolean" },
        output: { type: "string", short: "o" },
        help: { type: "boolean", short: "h" },
      },
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

const plain = (explanation: Explanation): CatalogueEntry | OwnWord =>
  "own" in explanation ? explanation.own : explanation.array;

function lineOf(explanation: Explanation): string {
  if ("own" in explanation) return cells("-", explanation.own.word, "-", explanation.own.meaning);
  const { code = "-", reason, class: kind, sentence } = explanation.array;
  return cells(code, reason, kind, sentence);
}

const cells = (code: string, word: string, kind: string, sentence: string): string =>
  `${code.padEnd(9)} ${word.padEnd(27)} ${kind.padEnd(11)} ${sentence}`;

function paragraphOf(explanation: Explanation): string {
  if ("array" in explanation) return arrayParagraph(explanation.array);
  const { word, where, meaning } = explanation.own;
  return [word, `  ${meaning}`, `  Seen as:    ${where}`].join("\n");
}

function arrayParagraph({ code, reason, class: kind, verbs, sentence, remedy, source }: CatalogueEntry): string {
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
