import type { SecretText } from "./secret-text.ts";

const mark = "<secret>";

/** What stands in place of a whole text that cannot be shown in part. */
export const withheldText = "(withheld: it holds a secret)";

/** Around the hole of a shorter secret, the rest of a sentence would tell what was there. */
const shortestHole = 8;

/**
 * The text without any of the secrets: as they are or as a JSON string spells them, and either of these once more
 * percent-encoded (also as a form, `+` for a space), inside a JSON string, in hexadecimal, or in base64 of either alphabet,
 * alone or within something longer such as the `user:password` of an Authorization header. Each occurrence becomes one
 * mark.
 *
 * A text in which a secret of fewer than eight characters occurs is withheld as a whole. For one or two characters
 * that is nearly every text, and rightly so. An empty secret is none.
 */
export function redact(text: string, secrets: readonly SecretText[]): string {
  const covered = new Uint8Array(text.length);
  for (const secret of secrets.map((each) => each.reveal())) {
    for (const { start, end } of occurrences(text, secret)) {
      if (secret.length < shortestHole) return withheldText;
      covered.fill(1, start, end);
    }
  }
  return covered.includes(1) ? withHoles(text, covered) : text;
}

function withHoles(text: string, covered: Uint8Array): string {
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const state = covered[start];
    const change = covered.indexOf(state === 1 ? 0 : 1, start);
    const end = change === -1 ? text.length : change;
    pieces.push(state === 1 ? mark : text.slice(start, end));
    start = end;
  }
  return pieces.join("");
}

/** Also those that overlap each other: of `abab` in `ababab` there are two. */
function* occurrences(text: string, secret: string): Generator<{ readonly start: number; readonly end: number }> {
  if (secret === "") return;
  // A whole JSON body may come back encoded, and in it the secret as JSON spells it.
  const texts = new Set([secret, JSON.stringify(secret).slice(1, -1)]);
  for (const spelling of [...texts].flatMap((text) => spellingsOf(text))) {
    const pattern = new RegExp(spelling, "g");
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      yield { start: match.index, end: pattern.lastIndex };
      pattern.lastIndex = match.index + 1;
    }
  }
}

function spellingsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text, "utf8");
  return [inUrl(text), inJson(text), inHex(bytes), ...[0, 1, 2].map((offset) => inBase64(bytes, offset))];
}

/** Each character as itself or percent-encoded, since encoders differ in which they leave alone. */
function inUrl(secret: string): string {
  return spell(secret, (character) => [
    percent(character),
    ...(character === " " ? [String.raw`\+`] : []),
    literal(character),
  ]);
}

/** Each character as a JSON string may hold it. A backslash is always doubled, or matching could take for ever. */
function inJson(secret: string): string {
  return spell(secret, (character) => [
    unicodeEscape(character),
    literal(JSON.stringify(character).slice(1, -1)),
    ...(character === "/" ? [String.raw`\\\/`] : []),
  ]);
}

function inHex(bytes: Buffer): string {
  return anyCase(bytes.toString("hex"));
}

/**
 * The characters of base64 that hold these bytes when `offset` bytes stand before them in their group of three,
 * with the two at the edges that they share with their neighbours.
 */
function inBase64(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64url");
  const own = text.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + bytes.length) * 8) / 6));
  const pattern = Array.from(own, (character) => base64Characters[character] ?? character).join("");
  const before = offset === 0 ? "" : base64Character;
  const after = (offset + bytes.length) % 3 === 0 ? "" : `${base64Character}?(?:=|%3[Dd]){0,2}`;
  return before + pattern + after;
}

const base64Character = String.raw`(?:[A-Za-z0-9_-]|\+|\\?\/|%2[BbFf])`;
const base64Characters: Readonly<Record<string, string>> = {
  "-": String.raw`(?:-|\+|%2[Bb])`,
  _: String.raw`(?:_|\\?\/|%2[Ff])`,
};

/** The longest spelling of a character comes first, so that nothing of it is left over. */
function spell(secret: string, spellings: (character: string) => readonly string[]): string {
  return Array.from(secret, (character) => `(?:${spellings(character).join("|")})`).join("");
}

function percent(character: string): string {
  return Array.from(Buffer.from(character, "utf8"), (byte) => `%${anyCase(hex(byte, 2))}`).join("");
}

function unicodeEscape(character: string): string {
  return unitsOf(character, (unit) => String.raw`\\u${anyCase(hex(unit, 4))}`);
}

/** A pattern of just this text. */
function literal(text: string): string {
  return unitsOf(text, (unit) => String.raw`\u${hex(unit, 4)}`);
}

function unitsOf(text: string, patternOf: (unit: number) => string): string {
  return Array.from({ length: text.length }, (_, index) => patternOf(text.charCodeAt(index))).join("");
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

function anyCase(digits: string): string {
  return digits.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}
