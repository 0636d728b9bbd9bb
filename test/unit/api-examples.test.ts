import { describe, expect, test } from "vitest";
import { parseIscsiCredential, parseOntapConnection } from "../../src/api/parse.ts";
import { accepted, leastSpec, refused, type Example } from "../harness/api-examples.ts";

const parsers = { IscsiCredential: parseIscsiCredential, OntapConnection: parseOntapConnection };

function problemsOf({ kind, spec }: Example): string | undefined {
  const parsed = parsers[kind]({ metadata: { name: "example" }, spec: { ...leastSpec[kind], ...spec } });
  return parsed?.spec.ok === false ? parsed.spec.error.join("; ") : undefined;
}

describe("zod agrees with the examples that the API server is held against", () => {
  test.each(accepted)("accepts $kind: $because", (example) => {
    expect(problemsOf(example)).toBeUndefined();
  });
  test.each(refused)("refuses $kind: $because", (example) => {
    expect(problemsOf(example)).toContain(example.says);
  });
});
