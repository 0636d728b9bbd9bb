import { describe, expect, test } from "vitest";
import { matchesLabels, parseLabelSelector, type Labels } from "./label-selector.ts";

const matches = (text: string, labels: Labels): boolean | string => {
  const parsed = parseLabelSelector(text);
  return parsed.ok ? matchesLabels(parsed.value, labels) : parsed.error;
};

describe("as kubectl --selector", () => {
  test.each<{ text: string; yes: readonly Labels[]; no: readonly Labels[] }>([
    { text: "site=a", yes: [{ site: "a", more: "b" }], no: [{}, { site: "b" }, { more: "a" }] },
    { text: "site == a", yes: [{ site: "a" }], no: [{ site: "" }] },
    { text: "site=", yes: [{ site: "" }], no: [{}] },
    { text: "site!=a", yes: [{}, { site: "b" }], no: [{ site: "a" }] },
    { text: "site in (a, b)", yes: [{ site: "a" }, { site: "b" }], no: [{}, { site: "c" }] },
    { text: "site notin (a,b)", yes: [{}, { site: "c" }], no: [{ site: "b" }] },
    { text: "site", yes: [{ site: "" }], no: [{}] },
    { text: "!site", yes: [{}], no: [{ site: "" }] },
    {
      text: "example.com/site=a,!lab,tier in (x,y)",
      yes: [{ "example.com/site": "a", tier: "y" }],
      no: [{ tier: "x" }],
    },
  ])("$text", ({ text, yes, no }) => {
    expect(yes.map((labels) => matches(text, labels))).toEqual(yes.map(() => true));
    expect(no.map((labels) => matches(text, labels))).toEqual(no.map(() => false));
  });

  test.each(["constructor", "toString", "hasOwnProperty", "constructor!=a"])(
    "%s is looked for among the labels, not among what every object inherits",
    (text) => expect(matches(text, {})).toBe(text.includes("!=")),
  );

  test.each(["", "a=b=c", "a,,b", "=a", "a in b", "a in (b", "-a", "a=b c", "Example.com/a", `a=${"x".repeat(64)}`])(
    "refuses %j and says what to write",
    (text) => expect(matches(text, {})).toMatch(/is not a requirement on labels; write key=value, /),
  );
});
