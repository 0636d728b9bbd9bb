import { err, ok, type Result } from "../../std/result.ts";
import type { Json } from "./json.ts";

/** What is wrong with a JSON text, and where: `index` counts characters from 0. */
export type JsonMistake =
  | { readonly kind: "unexpected" | "ended"; readonly index: number }
  | { readonly kind: "twice"; readonly index: number; readonly name: string };

export interface JsonText {
  readonly value: Json;
  /** Where the value at a path begins; for a path that leads nowhere, where the nearest value around it begins. */
  indexOf(path: readonly PropertyKey[]): number;
}

interface Parsed {
  readonly value: Json;
  readonly index: number;
  readonly members: ReadonlyMap<PropertyKey, Parsed>;
}

/** Deeper nesting has no meaning to any endpoint; where ONTAP draws the line is not documented. */
const deepest = 256;

/**
 * Reads JSON like `JSON.parse`, but knows where everything stands, refuses a property that is written twice, and reads at
 * most 256 levels deep.
 */
export function readJsonText(text: string): Result<JsonText, JsonMistake> {
  const cursor = { text, index: 0, depth: 0 };
  try {
    const parsed = readValue(cursor);
    if (peek(cursor) !== "") return err({ kind: "unexpected", index: cursor.index });
    return ok({ value: parsed.value, indexOf: (path) => nearest(parsed, path).index });
  } catch (error) {
    if (error instanceof Mistaken) return err(error.mistake);
    throw error;
  }
}

/** Carries a mistake out of the recursion; never leaves this file. */
class Mistaken extends Error {
  readonly mistake: JsonMistake;

  constructor(mistake: JsonMistake) {
    super(mistake.kind);
    this.mistake = mistake;
  }
}

interface Cursor {
  readonly text: string;
  index: number;
  depth: number;
}

function readValue(cursor: Cursor): Parsed {
  const first = peek(cursor);
  const { index } = cursor;
  switch (first) {
    case "{":
      return within(cursor, () => readObject(cursor, index));
    case "[":
      return within(cursor, () => readArray(cursor, index));
    default: {
      const pattern = first === '"' ? stringPattern : scalarPattern;
      return { value: JSON.parse(take(cursor, pattern)) as Json, index, members: new Map() };
    }
  }
}

function within(cursor: Cursor, read: () => Parsed): Parsed {
  if (cursor.depth === deepest) throw new Mistaken({ kind: "unexpected", index: cursor.index });
  cursor.depth += 1;
  const parsed = read();
  cursor.depth -= 1;
  return parsed;
}

function readObject(cursor: Cursor, index: number): Parsed {
  const members = new Map<PropertyKey, Parsed>();
  cursor.index += 1;
  while (peek(cursor) !== "}") {
    if (members.size > 0) expect(cursor, ",");
    peek(cursor);
    const keyIndex = cursor.index;
    const name = JSON.parse(take(cursor, stringPattern)) as string;
    if (members.has(name)) throw new Mistaken({ kind: "twice", index: keyIndex, name });
    expect(cursor, ":");
    members.set(name, readValue(cursor));
  }
  cursor.index += 1;
  const value = Object.fromEntries([...members].map(([name, member]) => [name, member.value]));
  return { value, index, members };
}

function readArray(cursor: Cursor, index: number): Parsed {
  const items: Parsed[] = [];
  cursor.index += 1;
  while (peek(cursor) !== "]") {
    if (items.length > 0) expect(cursor, ",");
    items.push(readValue(cursor));
  }
  cursor.index += 1;
  return { value: items.map((item) => item.value), index, members: new Map(items.entries()) };
}

const blank = /[ \t\r\n]*/y;
const stringPattern = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const scalarPattern = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/** The next character that is not blank, or nothing at the end. */
function peek(cursor: Cursor): string {
  blank.lastIndex = cursor.index;
  blank.test(cursor.text);
  cursor.index = blank.lastIndex;
  return cursor.text[cursor.index] ?? "";
}

function expect(cursor: Cursor, character: string): void {
  if (peek(cursor) !== character) throw mistakeAt(cursor);
  cursor.index += 1;
}

function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.index;
  const token = pattern.exec(cursor.text)?.[0];
  if (token === undefined) throw mistakeAt(cursor);
  cursor.index += token.length;
  return token;
}

/** A string that never closes has ended too early as well. */
function mistakeAt({ text, index }: Cursor): Mistaken {
  const isOpenString = text[index] === '"' && !/^"(?:[^"\\]|\\.)*"/s.test(text.slice(index));
  return new Mistaken({ kind: index >= text.length || isOpenString ? "ended" : "unexpected", index });
}

function nearest(parsed: Parsed, [first, ...rest]: readonly PropertyKey[]): Parsed {
  const member = first === undefined ? undefined : parsed.members.get(first);
  return member === undefined ? parsed : nearest(member, rest);
}
