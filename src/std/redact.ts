import { patternsOf, type Pattern } from "./redact-patterns.ts";
import { decoded, decodedApart, squeezed, viewOf, type View } from "./redact-views.ts";
import type { SecretText } from "./secret-text.ts";

const mark = "<secret>";

/** What stands in place of a whole text that cannot be shown in part. */
export const withheldText = "(withheld: it holds a secret)";

/** Around the hole of a shorter secret, the rest of a sentence would tell what was there. */
const shortestHole = 8;

/** A text that is encoded more often than this is not worth reading on. */
const mostLayers = 8;

export interface Redactor {
  /**
   * A text of others without any of the secrets: as they are, in any case, and in every mixture of percent-encoding, JSON,
   * entities, hexadecimal, base64 of either alphabet and UTF-16, also with blanks or colons in between, inside something
   * longer such as an Authorization header, or cut short after six characters or more. Each occurrence becomes one mark.
   *
   * A text in which a secret of fewer than eight characters occurs is withheld as a whole, and so is one that is encoded
   * more often than anyone encodes. An empty secret does not count.
   */
  text(text: string): string;
  /**
   * The same for names, of which a product goes by: only whole copies of secrets of at least eight characters count, since a
   * name may well begin like a password.
   */
  names(names: readonly string[]): readonly string[];
}

/** Takes time in proportion to texts and secrets, whatever they hold. */
export function createRedactor(secrets: readonly SecretText[]): Redactor {
  const some = secrets.filter((secret) => secret.reveal() !== "");
  const long = some.filter((secret) => secret.reveal().length >= shortestHole);
  const short = some.filter((secret) => secret.reveal().length < shortestHole);
  const ofTexts = once(() => createSearch(long.flatMap((secret) => spellingsOf(secret).cut())));
  const ofShort = once(() => createSearch(short.flatMap((secret) => spellingsOf(secret).whole())));
  const ofNames = once(() => createSearch(long.flatMap((secret) => spellingsOf(secret).whole())));

  function cleaned(text: string, search: Search, withhold: Search | undefined): string {
    const covered = new Uint8Array(text.length);
    const views = layersOf(text);
    if (views === undefined) return withheldText;
    for (const view of views) {
      if (withhold?.(view, undefined) === true) return withheldText;
      search(view, covered);
    }
    return covered.includes(1) ? withHoles(text, covered) : text;
  }

  return {
    text: (text) => cleaned(text, ofTexts(), short.length === 0 ? undefined : ofShort()),
    names(names) {
      if (long.length === 0 || names.length === 0) return names;
      const search = ofNames();
      // One look at all of them is enough for nearly every array.
      const views = layersOf(names.join("\n"));
      if (views?.every((view) => !search(view, undefined)) === true) return names;
      return names.map((name) => cleaned(name, search, undefined));
    },
  };
}

interface Spellings {
  /** Whole, and cut short. */
  cut(): readonly Pattern[];
  whole(): readonly Pattern[];
}

/** Made once for each secret: an array is read after each write, and has the same secrets but one. They go with the secret. */
const knownSpellings = new WeakMap<SecretText, Spellings>();

function spellingsOf(secret: SecretText): Spellings {
  const known = knownSpellings.get(secret);
  if (known !== undefined) return known;
  const spellings: Spellings = {
    cut: once(() => patternsOf(secret.reveal(), { prefixes: true })),
    whole: once(() => patternsOf(secret.reveal(), { prefixes: false })),
  };
  knownSpellings.set(secret, spellings);
  return spellings;
}

/** The text without any of the secrets, see `Redactor.text`. */
export function redact(text: string, secrets: readonly SecretText[]): string {
  return createRedactor(secrets).text(text);
}

/** A text and what it says when its escapes are taken off, layer by layer, each with and without separators. */
function layersOf(text: string): readonly SearchedView[] | undefined {
  const views: SearchedView[] = [];
  let layer: View | undefined = viewOf(text);
  for (let layers = 0; layer !== undefined; layers += 1) {
    if (layers > mostLayers) return undefined;
    for (const view of [layer, ...decodedApart(layer)]) {
      views.push({ view, isSqueezed: false }, { view: squeezed(view), isSqueezed: true });
    }
    layer = decoded(layer);
  }
  return views;
}

interface SearchedView {
  readonly view: View;
  readonly isSqueezed: boolean;
}

/** Covers what it finds, and tells whether it found something. */
type Search = (searched: SearchedView, covered: Uint8Array | undefined) => boolean;

/**
 * One pass over a view finds which patterns may begin somewhere, by their first four bytes; only those are followed, each in
 * one more pass.
 */
function createSearch(patterns: readonly Pattern[]): Search {
  const indexes = [false, true].map((isSqueezed) =>
    createIndex(patterns.filter((pattern) => pattern.squeezed === isSqueezed && pattern.bytes.length > 0)),
  );
  return ({ view, isSqueezed }, covered) => {
    let found = false;
    for (const pattern of indexes[Number(isSqueezed)]?.candidates(view.bytes) ?? []) {
      found = follow(pattern, view, covered) || found;
      if (found && covered === undefined) return true;
    }
    return found;
  };
}

const keyBytes = 4;

function createIndex(patterns: readonly Pattern[]) {
  const short = patterns.filter(({ least }) => least < keyBytes);
  const byKey = Map.groupBy(
    patterns.filter(({ least }) => least >= keyBytes),
    ({ start }) => start.readUInt32BE(),
  );
  const mayBegin = new Uint8Array(1 << 16);
  for (const key of byKey.keys()) mayBegin[hashOf(key)] = 1;
  return {
    candidates(bytes: Uint8Array): ReadonlySet<Pattern> {
      const found = new Set<Pattern>(short);
      if (byKey.size === 0) return found;
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      const seen = new Set<number>();
      let key = 0;
      for (let at = 0; at < bytes.length; at += 1) {
        key = ((key << 8) | (bytes[at] ?? 0)) >>> 0;
        if (mayBegin[hashOf(key)] === 0 || seen.has(key)) continue;
        seen.add(key);
        for (const pattern of byKey.get(key) ?? []) {
          if (text.includes(pattern.start)) found.add(pattern);
        }
      }
      return found;
    },
  };
}

const hashOf = (key: number): number => (Math.imul(key, 0x9e3779b1) >>> 16) & 0xffff;

/** Knuth, Morris and Pratt: after each byte it is known how much of the pattern ends there. */
function follow(
  { bytes: pattern, least, edges }: Pattern,
  { bytes, from, to }: View,
  covered: Uint8Array | undefined,
): boolean {
  const borders = bordersOf(pattern);
  let matched = 0;
  let coveredTo = 0;
  let found = false;
  for (let at = 0; at < bytes.length; at += 1) {
    while (matched > 0 && pattern[matched] !== bytes[at]) matched = borders[matched - 1] ?? 0;
    if (pattern[matched] === bytes[at]) matched += 1;
    if (matched < least) continue;
    found = true;
    if (covered === undefined) return true;
    const start = Math.max(0, at + 1 - matched - edgeBefore(edges.before, at + 1 - matched, from, to));
    const isWhole = matched === pattern.length;
    const end = isWhole && edges.after === 1 ? afterEdge(bytes, at + 1) : at + 1;
    // Starts never move back, so that each byte is covered once however the copies overlap.
    const first = start >= coveredTo ? from[start] : to[coveredTo - 1];
    if (end > coveredTo) covered.fill(1, first ?? 0, to[end - 1] ?? 0);
    coveredTo = Math.max(coveredTo, end);
    if (isWhole) matched = borders[matched - 1] ?? 0;
  }
  return found;
}

/** Whether the byte before belongs to the copy as well: always in base64, and if it is an escape where that may have taken some. */
function edgeBefore(before: Pattern["edges"]["before"], start: number, from: Uint32Array, to: Uint32Array): 0 | 1 {
  if (before === "if escaped") return start > 0 && (to[start - 1] ?? 0) - (from[start - 1] ?? 0) > 1 ? 1 : 0;
  return before;
}

/** The character that base64 shares with what follows, and the padding after it. */
function afterEdge(bytes: Uint8Array, at: number): number {
  let end = Math.min(bytes.length, at + 1);
  for (let padding = 0; padding < 2 && bytes[end] === equalsSign; padding += 1) end += 1;
  return end;
}

const equalsSign = 0x3d;

function bordersOf(pattern: Uint8Array): Uint32Array {
  const borders = new Uint32Array(pattern.length);
  for (let at = 1, length = 0; at < pattern.length; at += 1) {
    while (length > 0 && pattern[length] !== pattern[at]) length = borders[length - 1] ?? 0;
    if (pattern[length] === pattern[at]) length += 1;
    borders[at] = length;
  }
  return borders;
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

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
