import { readFileSync } from "node:fs";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { commonCodeRows } from "./common-code-rows.ts";
import { credentialCodeRows, type CodeRow } from "./credential-code-rows.ts";
import { commonCodes, credentialCodes } from "./documented-codes.ts";
import { aCredential, credentials, iqn, startHarness, startMemoryHarness, type ApiHarness } from "./harness.ts";

/** One simulator for the whole table: every row leaves svm1 with nothing but its default credential. */
describe.each([
  ["HTTPS", startHarness],
  ["memory", startMemoryHarness],
])("over %s", (_, start: () => Promise<ApiHarness>) => {
  let harness: ApiHarness;
  beforeAll(async () => {
    harness = await start();
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  async function expectCode({ code, status, before, request }: CodeRow): Promise<void> {
    await before?.(harness);
    const stored = await harness.simulator.sideDoor.credentials();
    const reply = await request(harness);
    expect({ status: reply.status, code: reply.body?.error?.code }).toEqual({ status, code });
    expect(reply.body.error.message).toEqual(expect.any(String));
    // A refused request changes nothing.
    expect(await harness.simulator.sideDoor.credentials()).toEqual(stored);
    expect(reply.text).not.toMatch(/inbound-secret|hush|0x123|0x6162/);
    await harness.remove(iqn);
    await harness.simulator.sideDoor.act({ do: "unlock-login", user: "admin" });
  }

  describe("codes of the credentials pages", () => {
    test.each(credentialCodeRows)("$method $code with status $status: $because", expectCode);
  });

  describe("codes of any endpoint", () => {
    test.each(commonCodeRows)("$method $code with status $status: $because", expectCode);

    test("POST 262287 in the results of a job: one record of a bulk operation failed", async () => {
      const { body } = await harness.post({ records: [aCredential({ initiator: "nonsense" })] });
      const results = await harness.get(body.job["_links"].results.href);
      expect(results.body.errors).toEqual([{ code: "262287", message: expect.stringContaining("Reason:") }]);
    });
  });

  test("a successful request is not mistaken for a refusal", async () => {
    const reply = await harness.call({ path: credentials });
    expect(reply.status).toBe(200);
  });
});

describe("completeness", () => {
  test.each(Object.entries(credentialCodes))("every code documented for %s is provoked", (method, codes) => {
    const provoked = new Set(credentialCodeRows.filter((row) => row.method === method).map(({ code }) => code));
    expect([...provoked].toSorted()).toEqual([...codes].toSorted());
  });

  test("every common code is provoked, or there is a reason why not", () => {
    const provoked = new Set([...commonCodeRows.map(({ code }) => code), "262287"]);
    const expected = Object.entries(commonCodes).filter(([, how]) => how === "provoked");
    expect([...provoked].toSorted()).toEqual(expected.map(([code]) => code).toSorted());
  });

  test("docs/simulator.md lists every row, and every code without one", () => {
    const text = readFileSync(new URL("../../docs/simulator.md", import.meta.url), "utf8");
    for (const { method, code, status } of [...credentialCodeRows, ...commonCodeRows]) {
      expect(text).toContain(`| ${method} | ${code} | ${status} |`);
    }
    const others = Object.entries(commonCodes).flatMap(([code, how]) => {
      return how === "provoked" ? [] : [`| ${code} | ${how.notProvoked} |`];
    });
    for (const line of others) expect(text).toContain(line);
  });
});
