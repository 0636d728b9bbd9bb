import { expect, test } from "vitest";
import { textFlawOf, textFlawWords } from "./text-flaw.ts";

test.each([
  { text: "", flaw: "empty" },
  { text: "nine-byte", flaw: "too-long" },
  { text: "ä-ä-ä", flaw: undefined },
  { text: "ä-ä-ää", flaw: "too-long" },
  { text: "\uFEFFsecret", flaw: "too-long" },
  { text: "\uFEFFabc", flaw: "byte-order-mark" },
  { text: "ab\uFEFFc", flaw: "byte-order-mark" },
  { text: "\uFEFF", flaw: "byte-order-mark" },
  { text: "secret\n", flaw: "line-break" },
  { text: "secret\r", flaw: "line-break" },
  { text: "sec\nret", flaw: undefined },
  { text: " \t", flaw: undefined },
])("$text of at most 8 bytes: $flaw", ({ text, flaw }) => {
  expect(textFlawOf(text, 8)).toBe(flaw);
});

test("each flaw says how to put it right", () => {
  for (const words of Object.values(textFlawWords)) expect(words).toMatch(/; (give|save|write) /);
});
