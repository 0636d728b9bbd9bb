import { catalogue } from "../../src/array/catalogue/catalogue.ts";
import type { CatalogueEntry } from "../../src/array/catalogue/entry.ts";

/** docs/errors.md: the whole catalogue, for people who look a code or a reason up. */
export function errorsPage(): string {
  return `${[introduction, ...sections.map((section) => sectionText(section))].join("\n\n")}\n`;
}

const introduction = `# Errors

Every error that an array can answer, and every way to get no answer, with what to do about it. The same table decides
what the operator does and fills the reason and message of conditions; \`ontap-iscsi-operator explain CODE\` prints one
row. ONTAP's code counts first; the HTTP status counts only when there is no code that the table knows.

| Class | What has to happen before the same call could end differently |
| --- | --- |
| input | A person changes the object or its Secret. The object is \`Stalled\`; nothing is tried until then. |
| environment | Time passes, or a person repairs the array or the network. Tried again, later each time: *soon* begins after a second, *slow* after a minute. |
| permission | The array's administrator changes the login or its role. The OntapConnection says so, not each object. |
| converge | Nothing. The array differs from what was believed; the operator looks again. |
| bug | The operator sent what it never should. The object is \`Stalled\`; please report it. |`;

interface Section {
  readonly title: string;
  readonly entries: readonly CatalogueEntry[];
}

const sections: readonly Section[] = [
  { title: "Codes of iSCSI credentials", entries: catalogue.resource },
  { title: "Codes of any endpoint", entries: catalogue.common },
  { title: "Codes of SVM, cluster and licence", entries: catalogue.environment },
  { title: "HTTP statuses without a known code", entries: catalogue.statuses },
  { title: "No answer, or none that can be read", entries: catalogue.troubles },
];

function sectionText({ title, entries }: Section): string {
  const header = "| Code | Reason | Class | Calls | What happened | What to do | Source |\n| --- | --- | --- | --- | --- | --- | --- |";
  return [`## ${title}`, [header, ...entries.map((entry) => rowText(entry))].join("\n")].join("\n\n");
}

function rowText({ code, reason, class: kind, pace, verbs, sentence, remedy, source }: CatalogueEntry): string {
  const paced = kind === "environment" ? `${kind}, ${pace}` : kind;
  const cells = [code ?? "", reason, paced, verbs.length === 0 ? "any" : verbs.join(" "), sentence, remedy, source];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
