import { decoded, squeezed, viewOf } from "./redact-views.ts";

/** One spelling of a secret, as the bytes of a view. */
export interface Pattern {
  readonly bytes: Uint8Array;
  /** So many bytes from the start on are enough to be a copy that was cut short. */
  readonly least: number;
  /** The first of these bytes: without them it is nowhere. */
  readonly start: Buffer;
  /** Whether it is looked for in views without separators. */
  readonly squeezed: boolean;
  /** How many bytes of the view around it hold something of the secret as well. */
  readonly edges: { readonly before: 0 | 1 | "if escaped"; readonly after: 0 | 1 };
}

/** A copy that was cut short shows at least so many characters. */
const shortestCopy = 6;
/** What is shorter stands everywhere in hexadecimal and base64. */
const shortestEncoded = 4;

/**
 * How many characters an escape that begins right before a secret by chance may take from it: `%` two, a backslash one, or
 * with x and u three and five.
 */
const swallowed = [1, 2, 3, 5];

const noEdges = { before: 0, after: 0 } as const;

/** Every spelling of a secret that no decoding of the text undoes, and of `prefixes` those that may be cut short. */
export function patternsOf(secret: string, { prefixes }: { readonly prefixes: boolean }): readonly Pattern[] {
  return spellings(secret, prefixes).map((spelling) => ({ ...spelling, start: startOf(spelling) }));
}

type Spelling = Omit<Pattern, "start">;

/** A native search takes a moment for a few bytes, whatever the text; for many it might take long. */
const longestStart = 16;

const startOf = ({ bytes, least }: Spelling): Buffer => Buffer.from(bytes.subarray(0, Math.min(least, longestStart)));

function spellings(secret: string, prefixes: boolean): readonly Spelling[] {
  const characters = Array.from(secret);
  const start = characters.slice(0, shortestCopy).join("");
  const whole = !prefixes || characters.length <= shortestCopy;
  const leastOf = (text: string, bytes: Uint8Array): number => (whole ? bytes.length : viewOf(text).bytes.length);
  const plain: Spelling[] = layersOf(secret).map((bytes) => ({
    bytes,
    least: Math.min(bytes.length, leastOf(start, bytes)),
    squeezed: false,
    edges: noEdges,
  }));
  if (characters.length < shortestEncoded) return plain;
  const tight = squeezed(viewOf(secret)).bytes;
  const spread: Spelling[] =
    tight.length < shortestCopy + 2 ? [] : [{ bytes: tight, least: tight.length, squeezed: true, edges: noEdges }];
  const json = JSON.stringify(secret).slice(1, -1);
  const tails: Spelling[] = swallowed.flatMap((dropped) => {
    const tail = characters.slice(dropped).join("");
    if (characters.length - dropped < shortestCopy) return [];
    return [{ ...wholePattern(viewOf(tail).bytes), edges: { before: "if escaped", after: 0 } }];
  });
  const forms = [Buffer.from(secret), Buffer.from(secret, "utf16le"), ...(json === secret ? [] : [Buffer.from(json)])];
  const misread = Buffer.from(secret).toString("latin1");
  return [
    ...plain,
    ...tails,
    ...spread,
    ...(misread === secret ? [] : [wholePattern(viewOf(misread).bytes)]),
    ...forms.flatMap((bytes) => [inHex(bytes, whole), ...inBase64(bytes, whole)]),
  ];
}

const wholePattern = (bytes: Uint8Array): Spelling => ({ bytes, least: bytes.length, squeezed: false, edges: noEdges });

/** The secret as it is, and as it looks after each decoding that the text goes through, should it look like an escape itself. */
function layersOf(secret: string): readonly Uint8Array[] {
  const layers = [viewOf(secret)];
  for (let next = decoded(viewOf(secret)); next !== undefined && layers.length < 4; next = decoded(next)) {
    layers.push(next);
  }
  return layers.map(({ bytes }) => bytes);
}

function inHex(bytes: Buffer, whole: boolean): Spelling {
  const digits = viewOf(bytes.toString("hex")).bytes;
  return { bytes: digits, least: whole ? digits.length : 2 * shortestCopy, squeezed: true, edges: noEdges };
}

/**
 * The characters of base64 that hold these bytes alone, when 0, 1 or 2 bytes stand before them in their group of three. The
 * characters at the edges they share with their neighbours.
 */
function inBase64(bytes: Buffer, whole: boolean): readonly Spelling[] {
  return [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const own = text.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + bytes.length) * 8) / 6));
    const edges = { before: offset === 0 ? 0 : 1, after: (offset + bytes.length) % 3 === 0 ? 0 : 1 } as const;
    const view = viewOf(own);
    return [view, squeezed(view)].map(({ bytes: characters }, index) => ({
      bytes: characters,
      least: whole ? characters.length : Math.min(characters.length, shortestCopy + 2),
      squeezed: index === 1,
      edges,
    }));
  });
}
