import { stringify } from "yaml";
import {
  type Fields,
  isBlock,
  isCommented,
  isFromValues,
  isList,
  isOneValue,
  isSpread,
  plain,
  type Tree,
} from "./tree.ts";

/** Manifests as a person applies them, one document each. */
export function plainText(trees: readonly Tree[]): string {
  const documents = trees.map(plain).filter((tree) => tree !== undefined);
  return documents
    .flatMap((tree) => (isList(tree) ? tree : [tree]))
    .map((tree) => `${linesOf(tree, "", asItIs).join("\n")}\n`)
    .join("---\n");
}

/** The same as a template of a Helm chart. */
export const chartText = (trees: readonly Tree[]): string =>
  trees.map((tree) => `${documentLines(tree).join("\n")}\n`).join("");

/** Documents that a chart may leave out or repeat bring their separators along. */
function documentLines(tree: Tree): readonly string[] {
  if (isBlock(tree)) return between(tree.opening, "", documentLines(tree.content));
  if (isList(tree)) return tree.flatMap(documentLines);
  return ["---", ...linesOf(tree, "", literally)];
}

type Escape = (text: string) => string;
const asItIs: Escape = (text) => text;
/** Braces of the manifest's own, such as those of a Prometheus template, are text to Helm. */
const literally: Escape = (text) => text.replaceAll("{{", '{{ "{{" }}');

/** A tree as lines, all of them indented. */
function linesOf(tree: Tree, indent: string, escape: Escape): readonly string[] {
  if (isCommented(tree)) return [...commentLines(tree.comment, indent), ...linesOf(tree.content, indent, escape)];
  if (isBlock(tree)) return between(tree.opening, indent, linesOf(tree.content, indent, escape));
  if (isSpread(tree)) return between(`with ${tree.expression}`, indent, [toYaml(indent)]);
  if (isList(tree)) return tree.flatMap((item) => itemLines(item, indent, escape));
  if (isMapping(tree))
    return Object.entries(tree).flatMap(([key, content]) => fieldLines(key, content, indent, escape));
  return [`${indent}${scalarText(tree, indent, escape)}`];
}

function fieldLines(key: string, tree: Tree, indent: string, escape: Escape): readonly string[] {
  const deeper = `${indent}  `;
  if (isCommented(tree))
    return [...commentLines(tree.comment, indent), ...fieldLines(key, tree.content, indent, escape)];
  if (isBlock(tree)) return between(tree.opening, indent, fieldLines(key, tree.content, indent, escape));
  if (isSpread(tree)) return linesOf(tree, indent, escape);
  const name = `${indent}${stringify(key).trimEnd()}:`;
  if (isFromValues(tree)) return between(`with ${tree.expression}`, indent, [name, toYaml(deeper)]);
  if (isList(tree) && tree.every(isWord)) return [`${name} [${tree.join(", ")}]`];
  if (isMapping(tree) && Object.keys(tree).length === 0) return [`${name} {}`];
  if (isList(tree) || isMapping(tree)) return [name, ...linesOf(tree, deeper, escape)];
  return [`${name} ${scalarText(tree, indent, escape)}`];
}

function itemLines(tree: Tree, indent: string, escape: Escape): readonly string[] {
  if (isCommented(tree)) return [...commentLines(tree.comment, indent), ...itemLines(tree.content, indent, escape)];
  if (isBlock(tree)) return between(tree.opening, indent, itemLines(tree.content, indent, escape));
  if (isSpread(tree) || isList(tree)) return linesOf(tree, indent, escape);
  if (!isMapping(tree)) return [`${indent}- ${scalarText(tree, indent, escape)}`];
  const [first = "", ...more] = linesOf(tree, `${indent}  `, escape);
  // A field that may be left out takes the line break before it along.
  if (first.trimStart().startsWith("{{-")) return [`${indent}-`, first, ...more];
  return [`${indent}- ${first.slice(indent.length + 2)}`, ...more];
}

/** What stands in a list of one line, such as verbs: text that is text to YAML without quotes as well. */
const isWord = (tree: Tree): tree is string =>
  typeof tree === "string" && /^[a-z][\w./-]*$/i.test(tree) && stringify(tree, { version: "1.1" }).trimEnd() === tree;

const isMapping = (tree: Tree): tree is Fields => typeof tree === "object" && !isOneValue(tree) && !isList(tree);

const between = (opening: string, indent: string, lines: readonly string[]): readonly string[] => [
  `${indent}{{- ${opening} }}`,
  ...lines,
  `${indent}{{- end }}`,
];

const toYaml = (indent: string): string => `${indent}{{- toYaml . | nindent ${indent.length} }}`;

const commentLines = (comment: string, indent: string): readonly string[] =>
  comment.split("\n").map((line) => `${indent}# ${line}`);

/** A scalar behind its key; the further lines of a block scalar get the indentation of the key on top of their own two. */
function scalarText(tree: Tree, indent: string, escape: Escape): string {
  if (isOneValue(tree)) return tree.template;
  const field = stringify({ k: tree }, { version: "1.1", lineWidth: 0 }).replace(/\n$/, "");
  const [first = "", ...more] = escape(field.slice("k: ".length)).split("\n");
  return [first, ...more.map((line) => (line === "" ? "" : `${indent}${line}`))].join("\n");
}
