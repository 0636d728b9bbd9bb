/**
 * A text as bytes that can be compared, each with the place that it came from. Letters of ASCII and of western Europe are in
 * lower case, `+` and `-` count as a space and `_` as `/`, so that the spellings of forms and of both alphabets of base64
 * are one.
 */
export interface View {
  readonly bytes: Uint8Array;
  /** Where in the text a byte's source begins and ends. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
}

const folded = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[A-Z]/.test(character)) return byte + 32;
  if (character === "+" || character === "-") return codeOf(" ");
  return character === "_" ? codeOf("/") : byte;
});

/** The text as UTF-8. */
export function viewOf(text: string): View {
  const builder = createBuilder(text.length * 3);
  for (let at = 0; at < text.length;) {
    const codePoint = text.codePointAt(at) ?? 0;
    const end = at + (codePoint > 0xffff ? 2 : 1);
    builder.character(codePoint, at, end);
    at = end;
  }
  return builder.view();
}

/**
 * What the text says when one layer of escapes is taken off, of whatever kind: percent-encoding, the escapes of JSON and C,
 * entities of XML and HTML. Undefined if it has none.
 *
 * @param only the byte that begins the escapes of one kind: others stay.
 */
export function decoded(view: View, only?: number): View | undefined {
  const { bytes, from, to } = view;
  const builder = createBuilder(bytes.length);
  let found = false;
  for (let at = 0; at < bytes.length;) {
    const escape = only === undefined || bytes[at] === only ? escapeAt(bytes, at) : undefined;
    const end = at + (escape?.length ?? 1);
    const [start, stop] = [from[at] ?? 0, to[end - 1] ?? 0];
    if (escape === undefined) builder.byte(bytes[at] ?? 0, start, stop);
    else if ("byte" in escape) builder.byte(escape.byte, start, stop);
    else builder.character(escape.codePoint, start, stop);
    found ||= escape !== undefined;
    at = end;
  }
  return found ? builder.view() : undefined;
}

/**
 * The same for each kind of escape alone, if the text seems to have more than one: what looks like an escape of another kind
 * may be text that swallows the beginning of what follows, such as a percent sign before two digits.
 */
export function decodedApart(view: View): readonly View[] {
  const apart = [percent, backslash, ampersand].flatMap((only) => decoded(view, only) ?? []);
  return apart.length > 1 ? apart : [];
}

/** Without what people and programs put between the parts of a value: blanks, colons, commas, dots, NUL, `0x`, invisible characters. */
export function squeezed(view: View): View {
  const { bytes, from, to } = view;
  const builder = createBuilder(bytes.length);
  for (let at = 0; at < bytes.length;) {
    const skipped = separatorLength(bytes, at);
    if (skipped === 0) builder.byte(bytes[at] ?? 0, from[at] ?? 0, to[at] ?? 0);
    at += skipped || 1;
  }
  return builder.view();
}

function createBuilder(mostBytes: number) {
  const bytes = new Uint8Array(mostBytes);
  const [from, to] = [new Uint32Array(mostBytes), new Uint32Array(mostBytes)];
  let length = 0;
  const put = (byte: number, start: number, end: number): void => {
    const isAccented = bytes[length - 1] === 0xc3 && byte >= 0x80 && byte <= 0x9e && byte !== 0x97;
    bytes[length] = isAccented ? byte + 0x20 : (folded[byte] ?? 0);
    from[length] = start;
    to[length] = end;
    length += 1;
  };
  return {
    byte: put,
    character(codePoint: number, start: number, end: number): void {
      if (codePoint < 0x80) put(codePoint, start, end);
      else for (const byte of utf8Of(codePoint)) put(byte, start, end);
    },
    view: (): View => ({
      bytes: bytes.subarray(0, length),
      from: from.subarray(0, length),
      to: to.subarray(0, length),
    }),
  };
}

/** UTF-8 beyond ASCII. A lone surrogate is written as what it is, so that two texts with it are alike. */
function utf8Of(codePoint: number): readonly number[] {
  const tail = (shift: number): number => 0x80 | ((codePoint >> shift) & 0x3f);
  if (codePoint < 0x800) return [0xc0 | (codePoint >> 6), tail(0)];
  if (codePoint < 0x10000) return [0xe0 | (codePoint >> 12), tail(6), tail(0)];
  return [0xf0 | (codePoint >> 18), tail(12), tail(6), tail(0)];
}

type Escape = { readonly length: number } & ({ readonly byte: number } | { readonly codePoint: number });

function escapeAt(bytes: Uint8Array, at: number): Escape | undefined {
  switch (bytes[at]) {
    case percent: {
      const byte = hexAt(bytes, at + 1, 2);
      return byte === undefined ? undefined : { byte, length: 3 };
    }
    case backslash:
      return backslashAt(bytes, at);
    case ampersand:
      return entityAt(bytes, at);
    default:
      return undefined;
  }
}

function backslashAt(bytes: Uint8Array, at: number): Escape | undefined {
  const kind = bytes[at + 1];
  if (kind === codeOf("u")) {
    const unit = hexAt(bytes, at + 2, 4);
    if (unit === undefined) return undefined;
    const isPair = unit >= 0xd800 && unit < 0xdc00 && bytes[at + 6] === backslash && bytes[at + 7] === codeOf("u");
    const low = isPair ? hexAt(bytes, at + 8, 4) : undefined;
    return low !== undefined && low >= 0xdc00 && low < 0xe000
      ? { codePoint: 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), length: 12 }
      : { codePoint: unit, length: 6 };
  }
  if (kind === codeOf("x")) {
    const byte = hexAt(bytes, at + 2, 2);
    return byte === undefined ? undefined : { byte, length: 4 };
  }
  const byte = kind === undefined ? undefined : shortEscapes.get(kind);
  return byte === undefined ? undefined : { byte, length: 2 };
}

function entityAt(bytes: Uint8Array, at: number): Escape | undefined {
  const end = bytes.subarray(at, at + longestEntity).indexOf(semicolon);
  if (end < 2) return undefined;
  const name = String.fromCharCode(...bytes.subarray(at + 1, at + end));
  const number = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/.exec(name);
  const codePoint =
    number === null
      ? entities.get(name)
      : Number.parseInt(number[1] ?? number[2] ?? "", number[1] === undefined ? 10 : 16);
  return codePoint === undefined || codePoint > 0x10ffff ? undefined : { codePoint, length: end + 1 };
}

function hexAt(bytes: Uint8Array, at: number, digits: number): number | undefined {
  let value = 0;
  for (let index = at; index < at + digits; index += 1) {
    const digit = hexDigits[bytes[index] ?? 0] ?? 0xff;
    if (digit === 0xff) return undefined;
    value = value * 16 + digit;
  }
  return value;
}

function separatorLength(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0;
  if (separators.has(byte)) return 1;
  // U+00AD, U+200B to U+200F, U+FEFF.
  if (byte === 0xc2 && bytes[at + 1] === 0xad) return 2;
  if (byte === 0xe2 && bytes[at + 1] === 0x80 && (bytes[at + 2] ?? 0) >= 0x8b && (bytes[at + 2] ?? 0) <= 0x8f) return 3;
  if (byte === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) return 3;
  const begins = at === 0 || separators.has(bytes[at - 1] ?? 0);
  return begins && byte === codeOf("0") && bytes[at + 1] === codeOf("x") ? 2 : 0;
}

function codeOf(character: string): number {
  return character.charCodeAt(0);
}

const [percent, backslash, ampersand, semicolon] = [codeOf("%"), codeOf("\\"), codeOf("&"), codeOf(";")];

const hexDigits = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(digit) ? 0xff : digit;
});

const separators: ReadonlySet<number> = new Set(Array.from("\0\t\n\r :,.", codeOf));

/** What JSON and C put after a backslash; folded, as views are. */
const shortEscapes: ReadonlyMap<number, number> = new Map(
  Object.entries({ '"': '"', "'": "'", "\\": "\\", "/": "/", n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" }).map(
    ([written, meant]) => [codeOf(written), codeOf(meant)],
  ),
);

const longestEntity = 12;

/** The names that HTML has for what ASCII prints and keyboards have. */
const entities: ReadonlyMap<string, number> = new Map(
  Object.entries({
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    nbsp: "\u00a0",
    sol: "/",
    bsol: "\\",
    lowbar: "_",
    plus: "+",
    percnt: "%",
    num: "#",
    dollar: "$",
    excl: "!",
    equals: "=",
    comma: ",",
    colon: ":",
    semi: ";",
    period: ".",
    quest: "?",
    commat: "@",
    ast: "*",
    hat: "^",
    grave: "`",
    verbar: "|",
    tilde: "~",
    lpar: "(",
    rpar: ")",
    lsqb: "[",
    rsqb: "]",
    lcub: "{",
    rcub: "}",
    auml: "ä",
    ouml: "ö",
    uuml: "ü",
    szlig: "ß",
    euro: "€",
    eacute: "é",
    egrave: "è",
    pound: "£",
    sect: "§",
  }).map(([name, character]) => [name, character.codePointAt(0) ?? 0]),
);
