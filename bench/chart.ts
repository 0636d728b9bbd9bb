import { rowsOf, type Report, type ReportRow } from "./report.ts";
import { limitOf, limitText, targetOf, withUnit, type Row } from "./targets.ts";

/** Measured ÷ target as bars, as SVG that stands alone: to the left of the line is better. */

const width = 940;
const rowHeight = 26;
const top = 64;
const labelWidth = 470;
const barsFrom = labelWidth + 16;
/** Where measured equals target. */
const targetAt = barsFrom + 200;
const longest = 1.25;

export function chartOf(report: Report): string {
  const rows = rowsOf(report);
  const height = top + rows.length * rowHeight + 40;
  const bars = rows.map(([row, measured], index) => barOf(row, measured, top + index * rowHeight));
  const { CPU: cpu = "", date = "" } = report.machine;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Measured figures beside their targets">
<style>
  .card { fill: #ffffff; stroke: #d0d7de } .text { fill: #1f2328 } .quiet { fill: #59636e } .line { stroke: #59636e }
  .met { fill: #2da44e } .missed { fill: #cf222e } .go { stroke: #0969da; stroke-width: 3 } .goText { fill: #0969da }
  text { font: 12px system-ui, sans-serif } .title { font-size: 16px; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .card { fill: #0d1117; stroke: #3d444d } .text { fill: #f0f6fc } .quiet { fill: #9198a1 } .line { stroke: #9198a1 }
    .met { fill: #3fb950 } .missed { fill: #f85149 } .go { stroke: #4493f8 } .goText { fill: #4493f8 }
  }
</style>
<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
<text class="text title" x="16" y="28">Measured ÷ target: shorter is better</text>
<text class="quiet" x="16" y="48">${escaped(`${date}, ${cpu}`)}</text>
<text class="quiet" x="${targetAt}" y="48" text-anchor="middle">target</text>
<line class="line" x1="${targetAt}" y1="54" x2="${targetAt}" y2="${height - 34}" stroke-dasharray="3 3"/>
${bars.join("\n")}
<line class="go" x1="16" y1="${height - 26}" x2="16" y2="${height - 12}"/>
<text class="goText" x="24" y="${height - 15}">a Go operator on controller-runtime, where one was measured</text>
</svg>
`;
}

function barOf(row: Row, measured: ReportRow | undefined, y: number): string {
  const target = targetOf(row);
  const limit = limitOf(target);
  const label = `<text class="text" x="${labelWidth}" y="${y + 16}" text-anchor="end">${escaped(target.what)}</text>`;
  if (measured === undefined) return `${label}\n<text class="quiet" x="${barsFrom}" y="${y + 16}">not measured</text>`;
  const length = lengthOf(measured.measured, limit);
  const bar = `<rect class="${measured.met ? "met" : "missed"}" x="${barsFrom}" y="${y + 4}" width="${length}" height="16" rx="2"/>`;
  const goAt = target.go === undefined ? undefined : barsFrom + lengthOf(target.go, limit);
  const go = goAt === undefined ? "" : `\n<line class="go" x1="${goAt}" y1="${y + 2}" x2="${goAt}" y2="${y + 22}"/>`;
  const text = `${withUnit(measured.measured, target.unit)}, target ${limitText(target)}`;
  const textAt = Math.max(barsFrom + length, goAt ?? 0, targetAt) + 10;
  return `${label}\n${bar}${go}\n<text class="text" x="${textAt}" y="${y + 16}">${escaped(text)}</text>`;
}

/** Where nothing at all is allowed, one is as bad as anything. */
function lengthOf(value: number, limit: number): number {
  const ratio = limit === 0 ? (value === 0 ? 0 : longest) : Math.max(0, Math.min(value / limit, longest));
  return Number(Math.max(2, ratio * (targetAt - barsFrom)).toFixed(1));
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
