import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { findBinaries } from "../tools/controlplane/binaries.ts";
import { createProgress } from "../tools/controlplane/progress.ts";
import { chartOf } from "./chart.ts";
import { measureGrowth } from "./growth.ts";
import { measureLogin, measureResync } from "./hours.ts";
import { measureOutage } from "./outage.ts";
import { reportRow, tableOf, type PartReport, type Report } from "./report.ts";
import { measureRotation } from "./rotation.ts";
import { measureStart } from "./start.ts";
import { measureSurvival } from "./survival.ts";
import type { Measured, Row } from "./targets.ts";
import { measureThroughput } from "./throughput.ts";

/**
 * What the built operator costs, on a real API server and the simulator, beside what it may cost. `--only edits,outage` measures
 * some parts and leaves the other rows as they were; with a `--count` other than 1000 it is a trial, and nothing is kept.
 * Nothing here fails on a slow machine.
 */

const parts: Readonly<Record<string, (count: number) => Promise<Measured>>> = {
  start: measureStart,
  new: measureThroughput,
  edits: measureRotation,
  outage: measureOutage,
  hostile: measureSurvival,
  resync: measureResync,
  login: measureLogin,
  growth: measureGrowth,
};

const fullCount = 1000;
/** All parts take about half an hour on two cores. */
const longestMs = 40 * 60_000;
const docs = new URL("../docs/", import.meta.url).pathname;

const { values } = parseArgs({
  options: { only: { type: "string" }, count: { type: "string", default: String(fullCount) } },
});
const count = Number(values.count);
const wanted = values.only?.split(",") ?? Object.keys(parts);
const unknown = wanted.filter((name) => parts[name] === undefined);
if (unknown.length > 0 || !Number.isInteger(count) || count < 20) {
  console.error(`usage: bench [--only ${Object.keys(parts).join(",")}] [--count N], N from 20`);
  process.exit(2);
}
// Whatever was started ends with this process if it exits, not if a signal ends it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
setTimeout(() => {
  console.error(`bench: given up after ${longestMs / 60_000} min`);
  process.exit(1);
}, longestMs).unref();

const measuredParts: Record<string, PartReport> = count === fullCount ? { ...(await kept()).parts } : {};
const report: Report = { machine: await machine(), parts: measuredParts };
for (const [name, measure] of Object.entries(parts)) {
  if (!wanted.includes(name)) continue;
  console.error(`bench: ${name} ...`);
  try {
    measuredParts[name] = await measured(measure);
    if (count === fullCount) await keep(report);
  } catch (error) {
    console.error(`bench: ${name} came to no end: ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 1;
  }
}
console.log(tableOf(report));

async function measured(measure: (count: number) => Promise<Measured>): Promise<PartReport> {
  const [loadBefore = 0] = loadavg();
  const beganMs = performance.now();
  const { figures, notes } = await measure(count);
  return {
    at: new Date().toISOString().slice(0, 16),
    tookSeconds: Math.round((performance.now() - beganMs) / 1000),
    loadBefore: Number(loadBefore.toFixed(1)),
    rows: (Object.entries(figures) as [Row, number][]).map(([row, value]) => reportRow(row, value)),
    notes,
  };
}

async function machine(): Promise<Report["machine"]> {
  const { kubeApiserver } = await findBinaries({ env: process.env, progress: createProgress(process.stderr) });
  return {
    date: new Date().toISOString().slice(0, 10),
    CPU: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "?"}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    kernel: `Linux ${release()}`,
    Node: process.version,
    "API server": execFileSync(kubeApiserver, ["--version"], { encoding: "utf8" }).trim(),
  };
}

async function kept(): Promise<Pick<Report, "parts">> {
  try {
    return JSON.parse(await readFile(`${docs}bench.json`, "utf8")) as Report;
  } catch {
    return { parts: {} };
  }
}

async function keep(report: Report): Promise<void> {
  await writeFile(`${docs}bench.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(`${docs}bench.svg`, chartOf(report));
}
