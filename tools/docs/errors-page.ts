import { catalogue } from "../../src/array/catalogue/catalogue.ts";
import type { CatalogueEntry } from "../../src/array/catalogue/entry.ts";

/** docs/errors.md: the whole catalogue, for people who look a code or a reason up. */
export function errorsPage(): string {
  return `${[introduction, ...sections.map((section) => sectionText(section))].join("\n\n")}\n`;
}

const introduction = `# Errors

Every error that an array can answer, and every way to get no answer, with what to do about it. The same table decides
what the operator does and fills the reason and message of conditions; \`ontap-iscsi-operator explain CODE\` prints one
row. ONTAP's code counts first; the HTTP status counts only when there is no code that the table knows. A read that is
refused with a code of class input or bug means \`ReadRefused\`: nothing of an object is in it.

| Class | What has to happen before the same call could end differently |
| --- | --- |
| input | A person changes the object or its Secret. The object is \`Stalled\`; nothing is tried until then. |
| environment | Time passes, or an administrator repairs the array or the network. Tried again, later each time: *soon* begins after a second, *slow* after five. |
| permission | The array's administrator changes the login or its role. It concerns the OntapConnection, not the object. |
| converge | Nothing. The array differs from what was believed; the operator reads again. |
| bug | The operator sent what it never should. The object is \`Stalled\`; please report it. |`;

const titles: Readonly<Record<keyof typeof catalogue, string>> = {
  resource: "Codes of iSCSI credentials",
  common: "Codes of any endpoint",
  environment: "Codes of SVM, cluster and licence",
  statuses: "HTTP statuses without a known code",
  judgements: "What an answer means to the request",
  troubles: "No answer, or none that can be read",
};

const sections = Object.entries(titles) as readonly (readonly [keyof typeof catalogue, string])[];

function sectionText([table, title]: (typeof sections)[number]): string {
  const header = "| Code | Reason | Class | Calls | What happened | What to do | Source |\n| --- | --- | --- | --- | --- | --- | --- |";
  return [`## ${title}`, [header, ...catalogue[table].map((entry) => rowText(entry))].join("\n")].join("\n\n");
}

function rowText({ code, reason, class: kind, pace, verbs, sentence, remedy, source }: CatalogueEntry): string {
  const paced = kind === "environment" ? `${kind}, ${pace}` : kind;
  const cells = [code ?? "", reason, paced, verbs.length === 0 ? "any" : verbs.join(" "), sentence, remedy, source];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
