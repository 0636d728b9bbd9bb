import { expect, test } from "vitest";
import { textLineOf } from "./log-text.ts";

const plain = (fields: object): string =>
  textLineOf(JSON.stringify({ level: "info", time: "2026-11-23T10:20:30.405Z", ...fields, msg: "written" }), {
    color: false,
  });

test.each([
  {
    because: "plain values as they are",
    fields: { verb: "PATCH", tookMs: 12, drift: false },
    rest: "verb=PATCH tookMs=12 drift=false",
  },
  {
    because: "spaces and quotes are told apart from the next field",
    fields: { why: 'is "x" b=1' },
    rest: String.raw`why="is \"x\" b=1"`,
  },
  { because: "an empty value can be seen", fields: { why: "" }, rest: 'why=""' },
  { because: "lists", fields: { changed: ["chap.inbound.user", "a b"] }, rest: 'changed=chap.inbound.user,"a b"' },
  { because: "nothing moves the cursor", fields: { why: "\u001b[2J\n" }, rest: String.raw`why="\u001b[2J\n"` },
  { because: "objects", fields: { at: { x: 1 } }, rest: String.raw`at="{\"x\":1}"` },
])("a line for people: $because", ({ fields, rest }) => {
  expect(plain(fields)).toBe(`10:20:30.405 INFO  written ${rest}`);
});

test("colours only when asked for, and the text is the same under them", () => {
  const json = JSON.stringify({ level: "error", time: "2026-11-23T10:20:30.405Z", key: "a", msg: "bad" });
  const painted = textLineOf(json, { color: true });
  expect(painted).toContain("\u001b[31mERROR");
  // oxlint-disable-next-line no-control-regex
  expect(painted.replaceAll(/\u001b\[\d+m/g, "")).toBe(textLineOf(json, { color: false }));
});

test("a line that is not ours is left alone", () => {
  expect(textLineOf("Killed", { color: true })).toBe("Killed");
});
