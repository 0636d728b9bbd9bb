import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defects } from "../mutants/defects.ts";

/** Planted defects rot in silence when the code around them changes; `make mutants` takes too long for every check. */

const timesIn = ({ file, find }: (typeof defects)[number]): number =>
  readFileSync(new URL(`../../${file}`, import.meta.url), "utf8").split(find).length - 1;

test("every planted defect fits the code in one place", () => {
  expect(defects.filter((defect) => timesIn(defect) !== 1).map(({ name }) => name)).toEqual([]);
});

test("every planted defect changes something, and is told from the others", () => {
  expect(defects.filter(({ find, replace }) => find === replace)).toEqual([]);
  expect(new Set(defects.map(({ name }) => name)).size).toBe(defects.length);
});
