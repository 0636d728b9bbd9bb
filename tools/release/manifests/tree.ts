/**
 * One description of what is installed, for two audiences. A tree is YAML with comments and with slots: places that a plain
 * manifest fills once and for all, and a Helm chart from its values. `yaml-text.ts` writes either.
 *
 * Templates name values by `$`, since they may stand inside a `range`.
 */

export type Scalar = string | number | boolean;
export type Tree = Scalar | readonly Tree[] | Fields | Slot | Commented;
export interface Fields {
  readonly [key: string]: Tree;
}
export type Slot = OneValue | Block | Spread | FromValues;

/** A scalar that a chart computes; its template has its own braces: `{{ $.Release.Name }}-metrics`. */
class OneValue {
  readonly plain: Scalar;
  readonly template: string;
  constructor(plain: Scalar, template: string) {
    this.plain = plain;
    this.template = template;
  }
}

/**
 * Documents, a field, or items between `{{ opening }}` and `{{ end }}`; a plain manifest has them once or not at all. A list
 * in the place of a document or item stands for each of its members.
 */
class Block {
  readonly opening: string;
  readonly content: Tree;
  readonly shown: boolean;
  constructor(opening: string, content: Tree, shown: boolean) {
    this.opening = opening;
    this.content = content;
    this.shown = shown;
  }
}

/** Fields or items that a chart adds to those that stand beside them. As a field, its own key is not written. */
class Spread {
  readonly expression: string;
  constructor(expression: string) {
    this.expression = expression;
  }
}

/** A whole field that a chart takes from a value, and leaves out while that is empty. */
class FromValues {
  readonly plain: Fields | readonly Tree[];
  readonly expression: string;
  constructor(plain: Fields | readonly Tree[], expression: string) {
    this.plain = plain;
    this.expression = expression;
  }
}

/** A tree with the reason for it in the line above. */
class Commented {
  readonly comment: string;
  readonly content: Tree;
  constructor(comment: string, content: Tree) {
    this.comment = comment;
    this.content = content;
  }
}

/** `plainly`, or what the chart's `template` gives. */
export const value = (plainly: Scalar, template: string): OneValue => new OneValue(plainly, template);

/** Only in a chart, and only if its `condition` holds. */
export const chartWhen = (condition: string, content: Tree): Block => new Block(`if ${condition}`, content, false);

/** In a plain manifest always; in a chart only if its `condition` holds. */
export const when = (condition: string, content: Tree): Block => new Block(`if ${condition}`, content, true);

/** Once in a plain manifest; in a chart once for each of `range`, such as `$shard := $.Values.shards`. */
export const each = (range: string, content: Tree): Block => new Block(`range ${range}`, content, true);
/** Only in a chart, once for each of `range`. */
export const chartEach = (range: string, content: Tree): Block => new Block(`range ${range}`, content, false);

export const spread = (expression: string): Spread => new Spread(expression);
export const fromValues = (expression: string, plainly: Fields | readonly Tree[] = {}): FromValues =>
  new FromValues(plainly, expression);
export const commented = (comment: string, content: Tree): Commented => new Commented(comment, content);

export const isOneValue = (tree: Tree): tree is OneValue => tree instanceof OneValue;
export const isBlock = (tree: Tree): tree is Block => tree instanceof Block;
export const isSpread = (tree: Tree): tree is Spread => tree instanceof Spread;
export const isFromValues = (tree: Tree): tree is FromValues => tree instanceof FromValues;
export const isCommented = (tree: Tree): tree is Commented => tree instanceof Commented;
export const isList = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree);

/** The tree as a plain manifest has it: without slots, with comments; undefined if it has no such document. */
export function plain(tree: Tree): Tree | undefined {
  if (isOneValue(tree)) return tree.plain;
  if (isBlock(tree)) return tree.shown ? plain(tree.content) : undefined;
  if (isSpread(tree)) return undefined;
  if (isFromValues(tree)) return Object.keys(tree.plain).length === 0 ? undefined : plain(tree.plain);
  if (isCommented(tree)) {
    const content = plain(tree.content);
    return content === undefined ? undefined : commented(tree.comment, content);
  }
  if (isList(tree)) return tree.map(plain).filter((item) => item !== undefined);
  if (typeof tree !== "object") return tree;
  const fields = Object.entries(tree).map(([key, content]) => [key, plain(content)] as const);
  return Object.fromEntries(fields.filter((entry): entry is readonly [string, Tree] => entry[1] !== undefined));
}
