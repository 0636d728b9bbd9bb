import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import type { ObjectKey } from "../api/key.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import { createViews } from "./views.ts";

const connection = "storage/array" as ObjectKey;
const svm = "2f6f1c6e-0000-4000-8000-000000000001" as SvmUuid;

test("an SVM has one turn in each interval, whenever its credentials were last seen", () => {
  const ms = fc.integer({ min: 0, max: 100_000_000 });
  const interval = fc.integer({ min: 1000, max: 10_000_000 });
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), interval, ms, ms, (phase, intervalMs, one, other) => {
      const views = createViews(createManualClock(), () => phase);
      const [first, second] = [one, other].map((afterMs) => views.nextResyncMs(connection, svm, intervalMs, afterMs));
      for (const [afterMs, turnMs = Number.NaN] of [
        [one, first],
        [other, second],
      ] as const) {
        expect(turnMs).toBeGreaterThanOrEqual(afterMs);
        expect(turnMs).toBeLessThanOrEqual(afterMs + intervalMs + 1);
      }
      const turnsApart = ((second ?? 0) - (first ?? 0)) / intervalMs;
      expect(Math.abs(turnsApart - Math.round(turnsApart))).toBeLessThan(1e-3);
    }),
  );
});
