import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { yamlText, type Plain } from "./yaml-text.ts";

test("blocks for people", () => {
  const object = {
    kind: "Secret",
    stringData: { "node.session.auth.password": "", on: "no" },
    list: [{ a: 1, b: ["x"] }],
  };
  expect(yamlText(object)).toBe(
    'kind: Secret\nstringData:\n  node.session.auth.password: ""\n  "on": "no"\nlist:\n- a: 1\n  b:\n  - x\n',
  );
});

const { plain } = fc.letrec<{ plain: Plain }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      "yes",
      "1",
      "0x1",
      "1e3",
      "~",
      "null",
      "iqn.1994-05.com.redhat:a",
      "- a",
      "a: b",
      "# c",
      "\u2028",
      "2026-11-25",
      "e0",
    ),
    fc.integer(),
    fc.boolean(),
    fc.array(tie("plain"), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.string({ minLength: 1 }), tie("plain"), { minKeys: 1, maxKeys: 3 }),
  ),
}));

test("for all values: YAML reads what was written", () => {
  const holds = (value: Plain, version: "1.1" | "1.2"): void =>
    expect(parse(yamlText({ value }), { version })).toEqual({ value });
  fc.assert(
    fc.property(plain, (value) => {
      holds(value, "1.2");
      holds(value, "1.1");
    }),
  );
});
