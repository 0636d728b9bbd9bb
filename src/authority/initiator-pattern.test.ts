import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { initiatorPattern } from "../api/initiator-pattern.ts";
import type { InitiatorName } from "../array/identifiers.ts";
import { coversInitiator } from "./initiator-pattern.ts";

const covers = (pattern: string, namespace: string, initiator: string): boolean =>
  coversInitiator(pattern, namespace, initiator as InitiatorName);

describe("a pattern", () => {
  test.each([
    { pattern: "iqn.2026-01.com.example:a", initiator: "iqn.2026-01.com.example:a", covered: true },
    { pattern: "iqn.2026-01.com.example:a", initiator: "iqn.2026-01.com.example:ab", covered: false },
    { pattern: "IQN.2026-01.com.Example:A*", initiator: "iqn.2026-01.com.example:ab", covered: true },
    { pattern: "iqn.2026-01.com.example:a*", initiator: "iqn.2026-01.com.example:a", covered: true },
    { pattern: "iqn.2026-01.com.example:{namespace}:*", initiator: "iqn.2026-01.com.example:team-a:x", covered: true },
    {
      pattern: "iqn.2026-01.com.example:{namespace}:*",
      initiator: "iqn.2026-01.com.example:team-a-b:x",
      covered: false,
    },
    { pattern: "iqn.2026-01.com.example:{namespace}", initiator: "iqn.2026-01.com.example:team-a", covered: true },
    { pattern: "iqn.2026-01.com.example:{namespace}", initiator: "iqn.2026-01.com.example:team-a:x", covered: false },
    { pattern: "*", initiator: "eui.0123456789abcdef", covered: true },
    { pattern: "*", initiator: "default", covered: false },
    { pattern: "d*", initiator: "default", covered: false },
    { pattern: "default", initiator: "default", covered: false },
  ])("$pattern covers $initiator for team-a: $covered", ({ pattern, initiator, covered }) => {
    expect(covers(pattern, "team-a", initiator)).toBe(covered);
  });
});

const piece = fc.stringMatching(/^[a-z0-9.:-]{0,6}$/);
const namespace = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,6}[a-z0-9])?$/);
/** Few letters, so that names meet often. */
const closeNamespace = fc.stringMatching(/^a([-ab]{0,3}[ab])?$/);
const accepted = (pattern: string): boolean => initiatorPattern.safeParse(pattern).success;

const anyPattern = fc
  .tuple(piece, fc.constantFrom("", ":"), piece, fc.constantFrom("", "{namespace}"), piece, fc.constantFrom("", "*"))
  .map((parts) => parts.join(""))
  .filter(accepted);

describe("for every pattern that the schema accepts", () => {
  test("it covers what a plain reading of it covers", () => {
    fc.assert(
      fc.property(anyPattern, namespace, piece, (pattern, own, rest) => {
        const text = pattern.split("{namespace}").join(own);
        const open = text.endsWith("*");
        const beginning = open ? text.slice(0, -1) : text;
        expect(covers(pattern, own, `${beginning}${rest}`)).toBe(open || rest === "");
        expect(covers(pattern, own, `x${beginning}`)).toBe(open && `x${beginning}`.startsWith(beginning));
      }),
    );
  });

  test("one with {namespace} covers no initiator for two namespaces", () => {
    const withNamespace = anyPattern.filter((pattern) => pattern.includes("{namespace}"));
    fc.assert(
      fc.property(withNamespace, closeNamespace, closeNamespace, piece, (pattern, own, other, rest) => {
        fc.pre(own !== other);
        const initiator = `${pattern.replace("{namespace}", own).replace("*", "")}${rest}`;
        expect(covers(pattern, own, initiator) && covers(pattern, other, initiator)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});
