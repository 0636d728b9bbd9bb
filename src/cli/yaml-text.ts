/** What JSON can hold; undefined members are left out. */
export type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain | undefined };

/** Words that YAML 1.1 or 1.2 reads as something else than text. */
const notText = /^(true|false|yes|no|on|off|y|n|null|e[0-9_]+)$/i;

/** Block style for people; text that is not a plain word is quoted as in JSON, which YAML reads alike. */
export function yamlText(value: Plain, indent = ""): string {
  if (typeof value !== "object") return `${scalar(value)}\n`;
  if (isList(value)) return value.map((item) => `${indent}- ${yamlText(item, `${indent}  `).trimStart()}`).join("");
  return Object.entries(value)
    .map(([key, member]) => (member === undefined ? "" : `${indent}${scalar(key)}:${memberText(member, indent)}`))
    .join("");
}

function memberText(member: Plain, indent: string): string {
  const block = typeof member === "object";
  return block ? `\n${yamlText(member, isList(member) ? indent : `${indent}  `)}` : ` ${yamlText(member)}`;
}

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value);

function scalar(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  return /^[a-z][a-z0-9._/-]*$/i.test(value) && !notText.test(value) ? value : JSON.stringify(value);
}
