import { expect, test } from "vitest";
import { createByteBudget } from "./byte-budget.ts";

function aBudget(mostBytes: number) {
  const budget = createByteBudget(mostBytes);
  const out: string[] = [];
  return { out, enter: (name: string) => budget.enter(() => out.push(name)) };
}

test("the largest gives way, whichever asks for more", () => {
  const { out, enter } = aBudget(100);
  const [large, small] = [enter("large"), enter("small")];
  large.add(70);
  small.add(30);
  expect(out).toEqual([]);
  small.add(1);
  expect(out).toEqual(["large"]);
  small.add(69);
  expect(out).toEqual(["large"]);
  small.add(1);
  expect(out).toEqual(["large", "small"]);
});

test("what is given back makes room, and what was crowded out counts no more", () => {
  const { out, enter } = aBudget(100);
  const first = enter("first");
  first.add(90);
  first[Symbol.dispose]();
  const second = enter("second");
  second.add(90);
  const third = enter("third");
  third.add(20);
  expect(out).toEqual(["second"]);
  second.add(1000);
  third.add(80);
  expect(out).toEqual(["second"]);
});
