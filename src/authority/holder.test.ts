import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ObjectKey } from "../api/key.ts";
import { holderOf, type Claimant } from "./holder.ts";

const claimant = (uid: string, facts: Partial<Claimant> = {}): Claimant => ({
  key: `databases/${uid}` as ObjectKey,
  uid,
  creationTimestamp: "2026-01-01T00:00:00Z",
  namespace: "databases",
  deleting: false,
  holdsByStatus: false,
  eligible: true,
  ...facts,
});
const older = { creationTimestamp: "2025-01-01T00:00:00Z" };
const holds = { holdsByStatus: true };
const deleting = { deleting: true };
const notReady = { eligible: false };

describe("the holder", () => {
  test.each<{ because: string; claimants: readonly Claimant[]; holder: string | undefined; waiting: string }>([
    { because: "there is one", claimants: [claimant("a")], holder: "a", waiting: "" },
    { because: "it is older", claimants: [claimant("b", older), claimant("a")], holder: "b", waiting: "a" },
    { because: "its uid is smaller", claimants: [claimant("b"), claimant("a")], holder: "a", waiting: "b" },
    { because: "none could write", claimants: [claimant("a", notReady)], holder: undefined, waiting: "" },
    {
      because: "the array accepted it, and an older one that becomes complete takes no place",
      claimants: [claimant("a", older), claimant("b", holds)],
      holder: "b",
      waiting: "a",
    },
    {
      because: "it keeps its claim in Plan and suspended",
      claimants: [claimant("b", { ...holds, ...notReady }), claimant("a", older)],
      holder: "b",
      waiting: "a",
    },
    {
      because: "of two that the array accepted, one is being deleted",
      claimants: [claimant("a", { ...older, ...holds, ...deleting }), claimant("b", holds)],
      holder: "b",
      waiting: "",
    },
    {
      because: "of two that the array accepted, it is older",
      claimants: [claimant("a", holds), claimant("b", { ...older, ...holds })],
      holder: "b",
      waiting: "a",
    },
    {
      because: "the one that is being deleted still holds",
      claimants: [claimant("a", { ...holds, ...deleting }), claimant("b")],
      holder: "a",
      waiting: "b",
    },
    {
      because: "one that is being deleted begins nothing",
      claimants: [claimant("a", { ...older, ...deleting }), claimant("b")],
      holder: "b",
      waiting: "",
    },
  ])("is $holder, since $because", ({ claimants, holder, waiting }) => {
    const holding = holderOf(claimants);
    expect(holding.holder?.uid).toBe(holder);
    expect(holding.waiting.map(({ uid }) => uid).join(" ")).toBe(waiting);
  });
});

const anyClaimant = fc.record({
  creationTimestamp: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "2026-01-02T00:00:00Z"),
  deleting: fc.boolean(),
  holdsByStatus: fc.boolean(),
  eligible: fc.boolean(),
});
const claimants = fc
  .array(anyClaimant, { maxLength: 6 })
  .map((facts) => facts.map((fact, index) => claimant(`uid-${index}`, fact)));

describe("for all claimants", () => {
  test("the answer is the same in every order", () => {
    const shuffled = claimants.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(holderOf(other)).toEqual(holderOf(list));
      }),
    );
  });

  test("one holds whenever one could, and never waits for itself", () => {
    fc.assert(
      fc.property(claimants, (list) => {
        const { holder, waiting } = holderOf(list);
        const could = list.some((each) => each.holdsByStatus || (each.eligible && !each.deleting));
        expect(holder !== undefined).toBe(could);
        expect(waiting.some(({ uid }) => uid === holder?.uid)).toBe(false);
      }),
    );
  });

  test("what comes later and was not accepted takes no one's place, however old and complete it is", () => {
    fc.assert(
      fc.property(claimants, anyClaimant, (list, late) => {
        const holder = holderOf(list).holder;
        fc.pre(holder?.holdsByStatus === true);
        const newcomer = claimant("uid-late", {
          ...late,
          holdsByStatus: false,
          creationTimestamp: "2020-01-01T00:00:00Z",
        });
        expect(holderOf([...list, newcomer]).holder).toEqual(holder);
      }),
    );
  });

  test("the first that waits is the holder once the holder is gone", () => {
    fc.assert(
      fc.property(claimants, (list) => {
        const { holder, waiting } = holderOf(list);
        const rest = list.filter(({ uid }) => uid !== holder?.uid);
        fc.pre(waiting.length > 0 && !rest.some(({ holdsByStatus }) => holdsByStatus));
        expect(holderOf(rest).holder).toEqual(waiting[0]);
      }),
    );
  });
});
