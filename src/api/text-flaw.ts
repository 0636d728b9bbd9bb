/**
 * What makes a text of a Secret another one than its owner means, mostly without being seen. Looked for before the text is
 * sent anywhere, in CHAP pairs and in logins alike.
 */
export type TextFlaw = "empty" | "too-long" | "byte-order-mark" | "line-break";

/** The first flaw of a text that may have at most so many bytes. */
export function textFlawOf(text: string, mostBytes: number): TextFlaw | undefined {
  if (text === "") return "empty";
  if (Buffer.byteLength(text) > mostBytes) return "too-long";
  // Editors put it at the start of a file, and joining files carries it further in.
  if (text.includes("\uFEFF")) return "byte-order-mark";
  return /[\r\n]$/.test(text) ? "line-break" : undefined;
}

/** What a person reads after the name of the value: what is wrong with it, and how to put it right. How long it may be depends on its use. */
export const textFlawWords: Readonly<Record<Exclude<TextFlaw, "too-long">, string>> = {
  empty: "is empty; give it a value",
  "byte-order-mark":
    "contains a byte order mark (bytes EF BB BF), which is invisible; save the file as UTF-8 without BOM, or use --from-literal=KEY=VALUE instead of --from-file",
  "line-break":
    "ends with a line break, which would be part of it; write it again without one: printf instead of echo, or --from-literal=KEY=VALUE instead of --from-file",
};
