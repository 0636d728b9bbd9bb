import { describe, expect, test } from "vitest";
import type { SvmUuid } from "../array/identifiers.ts";
import { assertTruthful, assertWritable, invariants } from "./invariants.ts";
import { held, type Outcome } from "./outcome.ts";

/** Each invariant fires at the very thing that it forbids, and at nothing else. */

const finalizer = "ontap-iscsi.dev/iscsi-credential";
const meta = { uid: "u", generation: 3, finalizers: [finalizer] } as never;

function brokenBy(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("before a write", () => {
  const step = { do: "change" } as const;
  const there = { state: "held", credential: {} as never } as const;
  const facts = {
    mode: "Enforce",
    adoption: { policy: "Adopt", by: "object" },
    isOurs: true,
    isDefault: false,
    observed: there,
  } as const;
  const refused = { policy: "Refuse", by: "grant" } as const;

  test.each<{ because: string; run: () => void; broken?: keyof typeof invariants }>([
    { because: "an own credential", run: () => assertWritable(step, facts, { suspend: false }, { meta }) },
    {
      because: "one of an object that has just gone",
      run: () => assertWritable(step, facts, { suspend: false }, undefined),
    },
    {
      because: "an own one while adoption is refused",
      run: () => assertWritable(step, { ...facts, adoption: refused }, { suspend: false }, { meta }),
    },
    {
      because: "a creation while adoption is refused",
      run: () =>
        assertWritable({ do: "create" }, { ...facts, adoption: refused, isOurs: false }, { suspend: false }, { meta }),
    },
    {
      because: "mode Plan",
      run: () => assertWritable(step, { ...facts, mode: "Plan" }, { suspend: false }, { meta }),
      broken: "enforce",
    },
    {
      because: "a suspended object",
      run: () => assertWritable(step, facts, { suspend: true }, { meta }),
      broken: "suspend",
    },
    {
      because: "a foreign credential while adoption is refused",
      run: () => assertWritable(step, { ...facts, adoption: refused, isOurs: false }, { suspend: false }, { meta }),
      broken: "adoption",
    },
    {
      because: "an object without our finalizer",
      run: () => assertWritable(step, facts, { suspend: false }, { meta: { finalizers: [] } as never }),
      broken: "finalizer",
    },
  ])("$because: $broken", ({ run, broken }) => {
    expect(brokenBy(run)).toBe(broken && invariants[broken]);
  });
});

describe("before a status says True", () => {
  const secret = { name: "chap", uid: "s", resourceVersion: "1" };
  const applied = {
    svm: { uuid: "svm" },
    uid: "u",
    authenticationType: "chap",
    inboundSecret: secret,
    generation: 3,
    time: "2026-11-26T10:00:00Z",
  } as const;
  const outcomeOf = (change: object): Outcome =>
    held({
      step: "settle",
      svm: { id: { svm: "svm" as SvmUuid, initiator: "i" as never }, name: "svm1" },
      observed: { state: "absent" },
      accepted: { applied: { ...applied, ...change }, digest: undefined, carriedBy: undefined },
      hostDifferences: [],
      wrote: undefined,
      drift: undefined,
      tookOver: false,
      allowance: undefined,
    });
  const spec = { authenticationType: "chap", chap: { inbound: { secretRef: { name: "chap" } } } } as const;

  test.each<{ because: string; change: object; broken?: keyof typeof invariants }>([
    { because: "what was declared", change: {} },
    { because: "another generation", change: { generation: 2 }, broken: "generation" },
    { because: "another object", change: { uid: "other" }, broken: "generation" },
    { because: "another type", change: { authenticationType: "none" }, broken: "type" },
    { because: "another Secret", change: { inboundSecret: { ...secret, name: "other" } }, broken: "secrets" },
    { because: "no Secret", change: { inboundSecret: undefined }, broken: "secrets" },
    { because: "a direction that is not declared", change: { outboundSecret: secret }, broken: "secrets" },
  ])("$because: $broken", ({ change, broken }) => {
    const run = (): void => assertTruthful({ meta }, spec, outcomeOf(change));
    expect(brokenBy(run)).toBe(broken && invariants[broken]);
  });
});
