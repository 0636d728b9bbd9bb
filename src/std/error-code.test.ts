import { expect, test } from "vitest";
import { errorCodeOf } from "./error-code.ts";

const coded = (code: unknown, cause?: unknown): Error => Object.assign(new Error("words", { cause }), { code });

test.each([
  { because: "its own", error: coded("ECONNRESET", coded("EPIPE")), code: "ECONNRESET" },
  { because: "that of its cause", error: new Error("outer", { cause: coded("EPIPE") }), code: "EPIPE" },
  { because: "a code that is a number does not count", error: coded(7, coded("EPIPE")), code: "EPIPE" },
  { because: "none", error: new Error("no code"), code: undefined },
  { because: "not even an error", error: "ECONNRESET", code: undefined },
])("the code of an error: $because", ({ error, code }) => {
  expect(errorCodeOf(error)).toBe(code);
});
