import { isMet, limitText, targetOf, targets, withUnit, type Row } from "./targets.ts";

/** What is kept of a run: docs/bench.json. */
export interface Report {
  readonly machine: Readonly<Record<string, string>>;
  /** By the name of the part that measured them. */
  readonly parts: Readonly<Record<string, PartReport>>;
}

export interface PartReport {
  readonly at: string;
  readonly tookSeconds: number;
  /** Load average of a minute when it began: what else the machine did. */
  readonly loadBefore: number;
  readonly rows: readonly ReportRow[];
  readonly notes: readonly string[];
}

/** With what it means beside it, so that the file can be read alone. */
export interface ReportRow {
  readonly row: Row;
  readonly what: string;
  readonly target: string;
  readonly measured: number;
  readonly unit: string;
  readonly met: boolean;
  readonly go?: number;
}

/** Every row that there is, in the table's order; undefined where nobody has measured it. */
export function rowsOf({ parts }: Report): readonly (readonly [Row, ReportRow | undefined])[] {
  const measured = new Map(Object.values(parts).flatMap(({ rows }) => rows.map((row) => [row.row, row] as const)));
  return (Object.keys(targets) as Row[]).map((row) => [row, measured.get(row)] as const);
}

export function reportRow(row: Row, value: number): ReportRow {
  const { what, unit, ...target } = targetOf(row);
  const rest = target.go === undefined ? {} : { go: target.go };
  return {
    row,
    what,
    target: limitText(targetOf(row)),
    measured: Number(value.toFixed(3)),
    unit,
    met: isMet(targetOf(row), value),
    ...rest,
  };
}

/** The table, for people. */
export function tableOf(report: Report): string {
  const lines = rowsOf(report).map(([row, measured]) => {
    const target = targetOf(row);
    const value = measured === undefined ? "not measured" : withUnit(measured.measured, target.unit);
    const verdict = measured === undefined || measured.met ? "" : "MISSED";
    const go = target.go === undefined ? "" : withUnit(target.go, target.unit);
    return [target.what, limitText(target), value, go, verdict];
  });
  const table = [["figure", "target", "measured", "Go", ""], ...lines];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const text = table.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const facts = Object.entries(report.machine).map(([what, value]) => `${what}: ${value}`);
  const notes = Object.entries(report.parts).flatMap(([name, { at, loadBefore, tookSeconds, notes }]) => [
    `${name}, ${at}, ${tookSeconds} s, load before ${loadBefore}`,
    ...notes.map((note) => `  ${note}`),
  ]);
  return [...facts, "", ...text, "", ...notes].join("\n");
}
