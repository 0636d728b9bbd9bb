import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import type { Simulator } from "../../src/simulator/start.ts";
import { createProgress } from "../../tools/controlplane/progress.ts";
import { type ControlPlane, startControlPlane } from "../../tools/controlplane/start.ts";
import { findTool } from "../../tools/ecosystem/tools.ts";
import { type Cluster, connect, eventually } from "../../tools/harness/cluster.ts";
import { install } from "../../tools/harness/install.ts";
import { type OperatorProcess, startOperatorProcess } from "../../tools/harness/process.ts";
import { scrape } from "../../tools/harness/scrape.ts";
import { rows } from "../../tools/release/watching/dashboard.ts";
import { aPlace, chapFrom, startArray } from "../world/harness.ts";

/** Every query of the dashboard, run by Prometheus' own engine over what the built product shows when it has worked. */

const execute = promisify(execFile);
let promtool: string;
let controlPlane: ControlPlane;
let cluster: Cluster;
let array: Simulator;
let operator: OperatorProcess;

beforeAll(async () => {
  promtool = await findTool("promtool", { env: process.env, progress: createProgress(process.stderr) });
  controlPlane = await startControlPlane();
  await install(controlPlane.kubectl);
  cluster = await connect(controlPlane.adminKubeconfig);
  array = await startArray();
  const kubeconfig = await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator");
  operator = await startOperatorProcess(kubeconfig);
});
afterAll(async () => {
  await operator.end("SIGTERM");
  await array.stop();
  await cluster.close();
  await controlPlane.stop();
});

/** A pod's metrics before and after it worked, as promtool has series: ten minutes of each. */
function seriesOf(before: string, after: string): readonly { readonly series: string; readonly values: string }[] {
  const target = 'namespace="ontap-iscsi-operator",pod="one",instance="10.0.0.1:8080"';
  const samples = (page: string): ReadonlyMap<string, string> =>
    new Map(
      page
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"))
        .map((line) => {
          const at = line.lastIndexOf(" ");
          const name = line.slice(0, at);
          const labelled = name.endsWith("}") ? `${name.slice(0, -1)},${target}}` : `${name}{${target}}`;
          return [labelled.replace("{,", "{"), line.slice(at + 1)];
        }),
    );
  const old = samples(before);
  return [...samples(after)].map(([series, value]) => ({ series, values: `${old.get(series) ?? 0}x10 ${value}x10` }));
}

/** Waits until a metric counts something; the metrics then. */
const counted = (metric: string): Promise<string> =>
  eventually(async () => {
    const seen = await scrape(operator.url);
    return seen.sum(metric) > 0 ? seen.page : undefined;
  }, `${metric} is above zero`);

test("returns series for each panel", async () => {
  const place = await aPlace({ cluster, array }, { resyncInterval: "5s" });
  await place.createSecret("host", { username: "host", password: "a-first-password" });
  const before = (await scrape(operator.url)).page;
  await place.createCredential("host", chapFrom("host"));
  await place.untilReady("host");
  await cluster.patch("secrets", place.namespace, "host", { stringData: { password: "a-second-password" } });
  await counted("ontap_iscsi_secret_propagation_seconds_count");
  const initiator = place.initiator("host");
  await array.sideDoor.act({ do: "put-credential", svm: "svm1", initiator, authenticationType: "none" });
  const after = await counted("ontap_iscsi_drift_corrected_total");

  const concrete = (expr: string): string =>
    expr.replaceAll("$__rate_interval", "5m").replaceAll(/\$(namespace|connection)/g, ".+");
  const queries = Object.values(rows).flatMap((panels) =>
    panels.flatMap((panel) => panel.queries.map(({ expr }) => concrete(expr))),
  );
  const suite = {
    interval: "1m",
    input_series: seriesOf(before, after),
    // A query without series has no count either. NaN, as of a quantile over nothing, would be no answer.
    promql_expr_test: queries.map((expr) => ({
      expr: `count((${expr}) >= 0) > bool 0`,
      eval_time: "12m",
      exp_samples: [{ labels: "{}", value: 1 }],
    })),
  };
  const folder = await mkdtemp(join(tmpdir(), "dashboard-"));
  try {
    await writeFile(join(folder, "test.yaml"), stringify({ evaluation_interval: "1m", tests: [suite] }));
    const run = await execute(promtool, ["test", "rules", join(folder, "test.yaml")]).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    );
    expect(run.stderr).toBe("");
    expect(run.stdout).toContain("SUCCESS");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
