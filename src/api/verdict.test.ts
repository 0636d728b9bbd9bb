import { describe, expect, test } from "vitest";
import { conditionsAfter, suspendedConditions, type Verdict } from "./verdict.ts";

const ours = { Ready: "", Reconciling: "", Stalled: "" };
const at = (generation: number, nowMs: number) => ({ ours, generation, nowMs });
const ready: Verdict = { standing: "ready", reason: "Applied", message: "fine" };
const retrying: Verdict = { standing: "retrying", reason: "Unreachable", message: "no answer" };
const stalled: Verdict = { standing: "stalled", reason: "SpecInvalid", message: "wrong" };

const typesOf = (verdict: Verdict): readonly string[] =>
  conditionsAfter([], verdict, [], at(1, 0)).map(({ type, status }) => `${type}=${status}`);

describe("conditions", () => {
  test("Reconciling and Stalled are there only while True, never both, and Ready always", () => {
    expect(typesOf(ready)).toEqual(["Ready=True"]);
    expect(typesOf(retrying)).toEqual(["Ready=False", "Reconciling=True"]);
    expect(typesOf(stalled)).toEqual(["Ready=False", "Stalled=True"]);
  });

  test("Ready says the same as the condition that explains it", () => {
    const [first, second] = conditionsAfter([], stalled, [], at(1, 0));
    expect(first).toMatchObject({ reason: second?.reason, message: second?.message });
  });

  test("lastTransitionTime moves with the status alone", () => {
    const before = conditionsAfter([], retrying, [], at(1, 1000));
    const sameStatus = conditionsAfter(before, { ...retrying, reason: "Timeout", message: "other" }, [], at(2, 9000));
    expect(sameStatus[0]).toMatchObject({
      reason: "Timeout",
      observedGeneration: 2,
      lastTransitionTime: "1970-01-01T00:00:01Z",
    });
    expect(conditionsAfter(before, ready, [], at(2, 9000))[0]?.lastTransitionTime).toBe("1970-01-01T00:00:09Z");
  });

  test("the same verdict again changes no byte", () => {
    const before = conditionsAfter([], stalled, [], at(3, 1000));
    expect(JSON.stringify(conditionsAfter(before, stalled, [], at(3, 99_000)))).toBe(JSON.stringify(before));
  });

  test("of others stay as they are, whatever becomes of ours", () => {
    const foreign = {
      type: "Audited",
      status: "True",
      reason: "ByPolicy",
      message: "another's",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    } as const;
    const before = [...conditionsAfter([], stalled, [], at(1, 0)), foreign];
    expect(conditionsAfter(before, ready, [], at(2, 1000)).slice(1)).toEqual([foreign]);
    const crowd = Array.from({ length: 16 }, (_, index) => ({ ...foreign, type: `Audited${index}` }));
    expect(conditionsAfter(crowd, stalled, [], at(2, 1000))).toHaveLength(16);
  });
});

describe("conditions of a suspended object", () => {
  const unseen = { reason: "Suspended", message: "not begun" };

  test("Ready stays as it was, for the generation that suspends; nothing goes on or waits", () => {
    const before = conditionsAfter([], retrying, [], at(1, 1000));
    expect(suspendedConditions(before, unseen, at(2, 9000))).toEqual([{ ...before[0], observedGeneration: 2 }]);
  });

  test("Ready is False, and not Unknown, when nothing was done before", () => {
    expect(suspendedConditions([], unseen, at(1, 1000))).toMatchObject([{ type: "Ready", status: "False", ...unseen }]);
  });
});
