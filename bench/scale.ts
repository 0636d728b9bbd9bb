import { readFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createOpenArray } from "../src/ontap/open-array.ts";
import { createOpenTransport } from "../src/ontap/transport.ts";
import { systemClock } from "../src/std/clock.ts";
import { startControlPlane } from "../tools/controlplane/start.ts";
import { startArrayProcess } from "../tools/harness/array-process.ts";
import { createAuditReader, writesOf } from "../tools/harness/audit.ts";
import { connect } from "../tools/harness/cluster.ts";
import { startOperatorProcess, type OperatorProcess } from "../tools/harness/process.ts";
import { scrape } from "../tools/harness/scrape.ts";
import { createFleet, inParallel } from "./fleet.ts";
import { createGenerator } from "./generator.ts";
import { createReport } from "./report.ts";

/**
 * What many credentials cost the built operator, on a real API server and the simulator, each a process of its own.
 * Times are also given as ratios to a bare generator, which in the same run sends only the requests that cannot be avoided.
 * `--count 10000 --foreign 30000` for the large one. Nothing here fails on a slow machine.
 */

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000" },
    foreign: { type: "string", default: "0" },
    out: { type: "string" },
  },
});
const count = Number(values.count);
const foreign = Number(values.foreign);
const editsPerSecond = 20;
const editSeconds = 15;
const password = "bench-array-login";

const report = createReport();
const controlPlane = await startControlPlane({ auditLog: true });
const array = await startArrayProcess({ svms: ["svm1"], password, latency: "0ms" });
let operator: OperatorProcess | undefined;
try {
  await run();
} finally {
  await operator?.end("SIGTERM");
  await array.stop();
  await controlPlane.stop();
}

async function run(): Promise<void> {
  const audit = createAuditReader(controlPlane.auditLogPath ?? "");
  await controlPlane.kubectl(["apply", "-k", "deploy"]);
  const kubeconfig = await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator");
  const cluster = await connect(controlPlane.adminKubeconfig);
  const fleet = createFleet(cluster, { url: array.url, caPem: array.caPem, password });
  report.fact("machine", `${cpus().length} x ${cpus()[0]?.model ?? "?"}, Node ${process.version}`);
  report.fact("credentials, foreign Secrets", `${count}, ${foreign}`);

  // The generator's objects are of its own namespace, and gone before the operator starts.
  await fleet.createPlace("generator");
  await fleet.createCredentials("generator", count);
  const openArray = createOpenArray({
    clock: systemClock,
    openTransport: createOpenTransport({ clock: systemClock, version: "bench", instance: "generator" }),
  });
  const generator = await createGenerator({ cluster, fleet, openArray, url: array.url, caPem: array.caPem, password });
  const bareCreateMs = await generator.create("generator", count);
  const bareEditMs = await generator.edit("generator", count);
  await generator.clear("generator", count);

  await fleet.createPlace("bench");
  await fleet.createForeignSecrets("bench", foreign);
  await fleet.createCredentials("bench", count);
  await audit.newRequests();
  await array.sideDoor.forgetRequests();

  const spawnedMs = performance.now();
  const started = await startOperatorProcess(kubeconfig);
  operator = started;
  await untilReady(started, count);
  const createMs = performance.now() - spawnedMs;
  report.row("start → all Ready ÷ bare generator", "≤ 1.3", (createMs / bareCreateMs).toFixed(2));
  report.fact("start → all Ready, and the generator", `${seconds(createMs)} and ${seconds(bareCreateMs)}`);
  report.row(`operator CPU until all ${count} were Ready`, "≤ 3 s for 1,000", `${await cpuSeconds(started.pid)} s`);
  await sleep(3000);
  const requests = (await audit.newRequests()).filter(
    ({ verb, resource }) => verb !== "watch" && verb !== "list" && resource !== "events" && resource !== "leases",
  );
  report.row("API-server requests per new credential, Events apart", "≤ 3", (requests.length / count).toFixed(2));
  report.row(
    "array requests per new credential",
    "1 + share of pages",
    ((await array.sideDoor.requests()).length / count).toFixed(2),
  );
  report.row(
    `RSS / anonymous with ${count} settled`,
    count > 1000 ? "< 150 MB" : "≤ 100 MB",
    await memoryOf(started.pid),
  );

  const delays = (await editSteadily()).toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? "?"} ms`;
  report.row(
    `Secret edit → array, ${editsPerSecond}/s: p50, p99`,
    "< 6 ms, < 15 ms",
    `${at(0.5)}, ${at(0.99)} (of ${delays.length})`,
  );
  await sleep(2000);
  const perEdit = (await audit.newRequests()).filter(
    ({ verb, resource }) => verb !== "watch" && resource !== "events" && resource !== "leases",
  );
  report.row("API-server requests per Secret edit", "2", (perEdit.length / delays.length).toFixed(2));

  const editMs = await editAllAtOnce();
  report.row("all Secrets edited at once → array equal ÷ bare generator", "≤ 1.5", (editMs / bareEditMs).toFixed(2));
  report.fact("all edited → array equal, and the generator", `${seconds(editMs)} and ${seconds(bareEditMs)}`);

  await sleep(5000);
  await started.end("SIGTERM");
  await audit.newRequests();
  await array.sideDoor.forgetRequests();
  const restartedMs = performance.now();
  const second = await startOperatorProcess(kubeconfig);
  operator = second;
  report.row(`restart with ${count} settled: start → reconciling`, "< 5 s", seconds(performance.now() - restartedMs));
  await sleep(20_000);
  const writes = writesOf(await audit.newRequests()).length;
  const arrayWrites = (await array.sideDoor.requests()).filter(({ method }) => method !== "GET").length;
  report.row("restart: writes to the API server, to the array", "0, 0", `${writes}, ${arrayWrites}`);
  report.row(
    `RSS / anonymous with ${count} settled, restarted`,
    count > 1000 ? "< 150 MB" : "≤ 100 MB",
    await memoryOf(second.pid),
  );
  report.fact(
    "load average at the end",
    loadavg()
      .map((load) => load.toFixed(1))
      .join(" "),
  );
  await cluster.close();
  await report.finish(values.out);

  /** From the API server's answer to an edit until the array answered the write, in whole milliseconds. */
  async function editSteadily(): Promise<readonly number[]> {
    await array.sideDoor.forgetRequests();
    const edited = new Map<string, number>();
    const total = editsPerSecond * editSeconds;
    const beganMs = performance.now();
    for (let edit = 0; edit < total; edit += 1) {
      await sleep(Math.max(0, beganMs + (edit * 1000) / editsPerSecond - performance.now()));
      const name = `c${(edit * 37) % count}`;
      await fleet.editSecret("bench", name, `steady-edit-${edit}`);
      edited.set(name, Date.now());
    }
    await sleep(1000);
    const answered = await array.sideDoor.requests();
    return answered.flatMap(({ method, path, atMs }) => {
      const name = /bench:(c\d+)$/.exec(decodeURIComponent(path))?.[1] ?? "";
      const editedMs = edited.get(name);
      return method === "PATCH" && editedMs !== undefined ? [Math.max(0, atMs - editedMs)] : [];
    });
  }

  async function editAllAtOnce(): Promise<number> {
    const beganMs = performance.now();
    await inParallel(count, (index) => fleet.editSecret("bench", `c${index}`, `all-at-once-${index}`));
    for (;;) {
      const stored = await array.sideDoor.credentials();
      const done = stored.filter(
        ({ initiator, inbound }) => initiator.includes("bench:c") && inbound?.password?.startsWith("all-at-once-"),
      );
      if (done.length >= count) return performance.now() - beganMs;
      await sleep(50);
    }
  }
}

async function untilReady({ url }: OperatorProcess, wanted: number): Promise<void> {
  for (;;) {
    const ready = (await scrape(url)).sum("ontap_iscsi_credentials", { ready: "True" });
    if (ready >= wanted) return;
    await sleep(100);
  }
}

async function cpuSeconds(pid: number): Promise<string> {
  const [, rest = ""] = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ");
  const fields = rest.split(" ");
  return ((Number(fields[11]) + Number(fields[12])) / 100).toFixed(2);
}

async function memoryOf(pid: number): Promise<string> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  const megabytes = (field: string): string =>
    (Number(new RegExp(`${field}:\\s+(\\d+)`).exec(rollup)?.[1]) / 1000).toFixed(0);
  return `${megabytes("Rss")} / ${megabytes("Anonymous")} MB`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
