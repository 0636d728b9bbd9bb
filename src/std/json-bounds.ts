/** What a JSON text may be at most before it is parsed: a hostile one of a megabyte becomes many of objects. */
export interface JsonBounds {
  readonly mostDepth: number;
  /** Objects, lists and their members, about. */
  readonly mostValues: number;
}

/** Whether parsing the text would go beyond the bounds. One pass, no allocation; the text need not be JSON. */
export function exceedsBounds(text: string, { mostDepth, mostValues }: JsonBounds): boolean {
  let depth = 0;
  let values = 0;
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case quote:
        index = endOfString(text, index);
        break;
      case openBrace:
      case openBracket:
        depth += 1;
        values += 1;
        break;
      case closeBrace:
      case closeBracket:
        depth -= 1;
        break;
      case comma:
        values += 1;
        break;
      default:
    }
    if (depth > mostDepth || values > mostValues) return true;
  }
  return false;
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Where the string that begins at `start` ends; the end of the text if it never does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}
