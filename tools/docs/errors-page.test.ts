import { expect, it } from "vitest";

import { allEntries } from "../../src/array/catalogue/catalogue.ts";
import { errorsPage } from "./errors-page.ts";

it("has one row of seven cells for each entry", () => {
  const rows = errorsPage()
    .split("\n")
    .filter((line) => line.startsWith("| ") && line.split(/(?<!\\)\|/).length === 9);
  expect(rows.filter((row) => !/^\| (---|Code) /.test(row))).toHaveLength(allEntries.length);
});
