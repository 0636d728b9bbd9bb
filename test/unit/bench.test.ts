import { describe, expect, test } from "vitest";
import { chartOf } from "../../bench/chart.ts";
import { medianOf, percentileOf } from "../../bench/percentile.ts";
import { reportRow, tableOf, type Report } from "../../bench/report.ts";
import { isMet, targetOf, targets, type Row } from "../../bench/targets.ts";

/** What the bench says of its figures; the figures themselves are its own business. */

const reportWith = (...figures: readonly (readonly [Row, number])[]): Report => ({
  machine: { date: "2026-11-25", CPU: "2 × <fast & new>" },
  parts: {
    some: {
      at: "2026-11-25T12:00",
      tookSeconds: 60,
      loadBefore: 0.1,
      rows: figures.map(([row, value]) => reportRow(row, value)),
      notes: ["a note"],
    },
  },
});

describe("a target", () => {
  test.each<{ because: string; row: Row; value: number; met: boolean }>([
    { because: "at most includes the limit", row: "new-ratio", value: 1.3, met: true },
    { because: "what is shown as the limit is the limit", row: "new-ratio", value: 1.304, met: true },
    { because: "a hundredth above is above", row: "new-ratio", value: 1.306, met: false },
    { because: "below excludes the limit", row: "edit-p50", value: 6, met: false },
    { because: "nothing means nothing", row: "restart-array-writes", value: 1, met: false },
    { because: "and nothing is reached", row: "restart-array-writes", value: 0, met: true },
  ])("$because", ({ row, value, met }) => {
    expect(isMet(targetOf(row), value)).toBe(met);
  });
});

describe("the table", () => {
  const lineOf = (report: Report, row: Row): string =>
    tableOf(report)
      .split("\n")
      .find((line) => line.startsWith(targetOf(row).what)) ?? "";

  test("has every row, measured or not, and the target and the peer beside it", () => {
    const report = reportWith(["new-cpu", 2.04]);
    for (const row of Object.keys(targets) as Row[]) expect(lineOf(report, row)).not.toBe("");
    expect(lineOf(report, "new-cpu")).toMatch(/≤ 3 s +2\.04 s +1\.8 s$/);
    expect(lineOf(report, "edit-p50")).toContain("not measured");
  });

  test("marks what is missed", () => {
    expect(lineOf(reportWith(["rss-idle", 76]), "rss-idle")).toMatch(/MISSED$/);
  });
});

describe("the chart", () => {
  test("has a bar for each measured row, in the colour of its verdict, and is well-formed whatever it is told", () => {
    const svg = chartOf(reportWith(["new-cpu", 1.5], ["rss-idle", 300], ["restart-api-writes", 0]));
    expect(svg.match(/class="met"/g)).toHaveLength(2);
    expect(svg.match(/class="missed"/g)).toHaveLength(1);
    expect(svg).toContain("2 × &lt;fast &amp; new>");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});

test("percentiles are values that were seen", () => {
  const values = [5, 1, 4, 2, 3];
  expect([medianOf(values), percentileOf(values, 0.99), percentileOf(values, 0.2)]).toEqual([3, 5, 1]);
});
