import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { createProgress } from "../../tools/controlplane/progress.ts";
import { findTool } from "../../tools/ecosystem/tools.ts";
import { alertNames, alerts, type AlertName } from "../../tools/release/watching/alerts.ts";
import { alertCases, type Series, usual } from "./alert-cases.ts";

/** The rules that people apply, judged by Prometheus' own promtool: each alert fires, alone, and does not fire too soon. */

const execute = promisify(execFile);
const rules = new URL("../../deploy/components/monitoring/rules.yaml", import.meta.url);
let promtool: string;
let folder: string;

beforeAll(async () => {
  promtool = await findTool("promtool", { env: process.env, progress: createProgress(process.stderr) });
  folder = await mkdtemp(join(tmpdir(), "promtool-"));
  const { spec } = parse(await readFile(rules, "utf8")) as { spec: object };
  await writeFile(join(folder, "rules.yaml"), stringify(spec));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("are rules to Prometheus", async () => {
  const { stdout } = await execute(promtool, [
    "check",
    "rules",
    "--lint=all",
    "--lint-fatal",
    join(folder, "rules.yaml"),
  ]);
  expect(stdout).toContain(`SUCCESS: ${alertNames.length} rules found`);
});

/** What promtool says when it runs the rules over these series; empty when only `firing` fires at the end. */
async function verdict(series: Series, firing?: AlertName): Promise<string> {
  const expected = (name: AlertName): readonly object[] => {
    if (name !== firing) return [];
    const { labels, summary } = alertCases[name];
    const annotations = {
      summary,
      description: alerts[name].meaning,
      runbook: `docs/runbook.md#${name.toLowerCase()}`,
    };
    return [{ exp_labels: { severity: alerts[name].severity, ...labels }, exp_annotations: annotations }];
  };
  const file = join(folder, "test.yaml");
  const suite = {
    interval: "1m",
    input_series: Object.entries(series)
      .filter(([, values]) => values !== "")
      .map(([name, values]) => ({ series: name, values })),
    alert_rule_test: alertNames.map((alertname) => ({ eval_time: "90m", alertname, exp_alerts: expected(alertname) })),
  };
  await writeFile(file, stringify({ rule_files: ["rules.yaml"], evaluation_interval: "1m", tests: [suite] }));
  try {
    await execute(promtool, ["test", "rules", file]);
    return "";
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    return stdout + stderr;
  }
}

test("none fires on a usual day", async () => {
  expect(await verdict(usual)).toBe("");
});

describe.each(alertNames)("%s", (name) => {
  test("fires, alone, and says what is the matter", async () => {
    expect(await verdict({ ...usual, ...alertCases[name].differs }, name)).toBe("");
  });

  test("does not fire too soon, or for less", async () => {
    expect(await verdict({ ...usual, ...alertCases[name].almost })).toBe("");
  });
});
