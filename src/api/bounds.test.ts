import { describe, expect, test } from "vitest";
import { fitTo } from "./bounds.ts";
import type { Condition } from "./fields.ts";
import { iscsiCredentialKind, kinds, ontapConnectionKind } from "./kinds.ts";

/** A status that is beyond a bound of the definition would be refused as a whole. */

const aCondition = (type: string, message = "m"): Condition => ({
  type,
  status: "True",
  reason: "R",
  message,
  lastTransitionTime: "2026-01-01T00:00:00Z",
});
const fitCredential = fitTo(iscsiCredentialKind.status);
const fitConnection = fitTo(ontapConnectionKind.status);

describe("fitting a status to its definition", () => {
  test("gives back the very value when nothing is beyond a bound", () => {
    const status = { observedGeneration: 3, conditions: [aCondition("Ready")], svm: { uuid: "u", name: "n" } };
    expect(fitCredential(status)).toBe(status);
  });

  test("ends texts with an ellipsis, wherever they stand, and never in the middle of a character", () => {
    const fitted = fitCredential({
      lastHandledReconcileAt: "x".repeat(300),
      svm: { name: "é".repeat(254), uuid: "u" },
      conditions: [aCondition("Ready", "🔒".repeat(20_000))],
      ontapError: { message: "m".repeat(4097), operation: "GET" },
    });
    expect(fitted.lastHandledReconcileAt).toBe(`${"x".repeat(255)}…`);
    expect(fitted.svm).toEqual({ name: `${"é".repeat(252)}…`, uuid: "u" });
    expect(fitted.conditions[0]?.message).toMatch(/^(🔒)+…$/u);
    expect(fitted.conditions[0]?.message.length).toBeLessThanOrEqual(32_768);
    expect(fitted.ontapError).toEqual({ message: `${"m".repeat(4095)}…`, operation: "GET" });
  });

  test("keeps the first of a list that is too long, and of entries with one key the first", () => {
    const svms = Array.from({ length: 1200 }, (_, index) => ({ name: `svm${index}`, uuid: `uuid-${index % 1100}` }));
    const fitted = fitConnection({ svms });
    expect(fitted.svms).toEqual(svms.slice(0, 1024));
    const conditions = [aCondition("Ready"), aCondition("Audited", "first"), aCondition("Audited", "second")];
    expect(fitConnection({ conditions }).conditions).toEqual(conditions.slice(0, 2));
  });

  test.each(kinds)("passes on what it does not know: $kind", ({ status }) => {
    const odd = { conditions: "none", svms: [null, 3], history: undefined, unheardOf: { a: 1 } };
    expect(() => fitTo(status)({ ...odd, svms: undefined })).not.toThrow();
    expect(fitTo(status)(odd.unheardOf)).toBe(odd.unheardOf);
  });
});
