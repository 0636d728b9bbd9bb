/** The few ASN.1 values that certificates are made of, in their DER encoding (ITU-T X.690). */

const universal = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const contextSpecific = 0x80;
const constructed = 0x20;

export const sequence = (...items: readonly Uint8Array[]): Uint8Array => value(universal.sequence, ...items);
export const setOf = (item: Uint8Array): Uint8Array => value(universal.set, item);
export const utf8String = (text: string): Uint8Array => value(universal.utf8String, Buffer.from(text, "utf8"));
export const octetString = (bytes: Uint8Array): Uint8Array => value(universal.octetString, bytes);
export const trueValue: Uint8Array = value(universal.boolean, Uint8Array.of(0xff));

/** `[tag] IMPLICIT` around the bytes of a primitive value. */
export const implicit = (tag: number, bytes: Uint8Array): Uint8Array => value(contextSpecific | tag, bytes);

/** `[tag] EXPLICIT` around a whole value. */
export const explicit = (tag: number, item: Uint8Array): Uint8Array => value(contextSpecific | constructed | tag, item);

/** A non-negative integer, given big-endian and without surplus zeros. */
export function integer(bytes: Uint8Array): Uint8Array {
  // A set top bit would make it negative.
  const sign = (bytes[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : Uint8Array.of();
  return value(universal.integer, sign, bytes);
}

/** A bit string whose last `unusedBits` bits do not count. */
export const bitString = (bytes: Uint8Array, unusedBits = 0): Uint8Array =>
  value(universal.bitString, Uint8Array.of(unusedBits), bytes);

/** An object identifier written with dots, such as `2.5.4.3`. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return value(universal.objectIdentifier, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(arc: number): readonly number[] {
  const low = arc & 0x7f;
  return arc < 0x80 ? [low] : [...base128(arc >>> 7).map((septet) => septet | 0x80), low];
}

/** An instant to the second, in the form that RFC 5280 (4.1.2.5) wants for its year. */
export function time(instant: Date): Uint8Array {
  const digits = instant.toISOString().replaceAll(/[-:T]|\.\d+/gu, "");
  const year = instant.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? value(universal.utcTime, Buffer.from(digits.slice(2), "ascii"))
    : value(universal.generalizedTime, Buffer.from(digits, "ascii"));
}

function value(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(tag, ...lengthOctets(content.length)), content]);
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const octets = base256(length);
  return [0x80 | octets.length, ...octets];
}

function base256(number: number): readonly number[] {
  return number === 0 ? [] : [...base256(number >>> 8), number & 0xff];
}
