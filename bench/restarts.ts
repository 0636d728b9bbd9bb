import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { seededRandom } from "../src/simulator/faults/seeded-random.ts";
import { startControlPlane } from "../tools/controlplane/start.ts";
import { startArrayProcess } from "../tools/harness/array-process.ts";
import { connect, type Cluster } from "../tools/harness/cluster.ts";
import { install } from "../tools/harness/install.ts";
import { startReplica, type OperatorProcess } from "../tools/harness/process.ts";
import { scrape } from "../tools/harness/scrape.ts";
import { differences, unsettledObjects } from "./declared.ts";
import { createFindings } from "./findings.ts";
import { createFleet } from "./fleet.ts";
import { secondsText } from "./notes.ts";
import { medianOf } from "./percentile.ts";
import { createPressure, type Pressure } from "./pressure.ts";

/**
 * The API server is killed and started again, ten times, while Secrets are edited and credentials created, edited and
 * deleted all the time. Whatever it acknowledged must come to the array. A change that does not makes the exit code 1; a
 * slow machine never does.
 *
 * `--apart` is how many seconds lie between two restarts. Watches wait longer with each failure until they have been healthy
 * for two minutes, so that restarts in close succession, as by default, show the worst of it.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "10" },
    apart: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
    out: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const apartMs = Number(values.apart) * 1000;
const namespace = "restarts";
const password = "bench-array-login";
/** Longer than this is missed. */
const patienceMs = 180_000;
/** The defaults give up the Lease after 10 s without an API server, which on a busy machine may take longer to start. */
const patientLease = ["--lease-duration=35s", "--renew-deadline=30s", "--retry-period=5s"];

const findings = createFindings();
const controlPlane = await startControlPlane();
const array = await startArrayProcess({ svms: ["svm1", "svm2"], password, latency: "5ms" });
let operator: OperatorProcess | undefined;
try {
  await run();
} finally {
  await operator?.end("SIGKILL");
  await array.stop();
  await controlPlane.stop();
}

async function run(): Promise<void> {
  await install(controlPlane.kubectl);
  const kubeconfig = await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator");
  const cluster = await connect(controlPlane.adminKubeconfig);
  await createFleet(cluster, { ...array, password }).createPlace(namespace);
  const random = seededRandom(Number(values.seed));
  const pressure = createPressure({
    cluster,
    random,
    places: [{ namespace, connection: { name: "array", namespace }, svms: ["svm1", "svm2"] }],
    population: 100,
    perSecond: 20,
    weights: { secret: 60, addresses: 20, turnover: 20, request: 0, suspend: 0, plan: 0, forbid: 0 },
  });
  const started = await startReplica(kubeconfig, "pod-0", patientLease);
  operator = started;
  await pressure.populate();
  pressure.begin();

  let missed = 0;
  const times: number[] = [];
  const outages: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await sleep(apartMs * (0.5 + random()));
    const killedMs = performance.now();
    await controlPlane.killApiServer();
    await sleep(random() * 2000);
    await controlPlane.restartApiServer();
    const readyMs = performance.now();
    outages.push(readyMs - killedMs);
    const late = await untilReached(pressure);
    times.push(performance.now() - readyMs);
    missed += late.length;
    for (const line of late.slice(0, 10)) findings.fact(`missed after restart ${round}`, line);
  }
  await pressure.pause();
  const left = await untilSettled(cluster, pressure);
  missed += left.length;
  for (const line of left.slice(0, 10)) findings.fact("missed at the end", line);

  const survived = started.running();
  const page = await scrape(started.url);
  const whys = ["ended", "silent", "broken", "gone", "refused", "unreadable"];
  const restarts = whys.map((why) => `${why} ${page.sum("ontap_iscsi_watch_restarts_total", { why })}`);
  findings.row(`API server killed and restarted ${rounds} times: changes missed`, "0", String(missed));
  findings.row("operator processes that ended", "0", survived ? "0" : "1");
  findings.row("API server ready → array equal: median, worst", "", medianAndWorst(times));
  findings.fact("API server away: median, worst", medianAndWorst(outages));
  findings.fact("changes acknowledged", JSON.stringify(pressure.changes()));
  findings.fact("requests refused and sent again", String(pressure.retries()));
  findings.fact("changes that failed for good", JSON.stringify(pressure.failures()));
  findings.fact("watch restarts by reason", restarts.join(", "));
  findings.fact("defects", String(page.sum("ontap_iscsi_defects_total")));
  await cluster.close();
  await findings.finish(values.out);
  if (missed > 0 || !survived) process.exitCode = 1;
}

/** What was acknowledged by now and is not on the array when patience ends, while further changes are made all the time. */
async function untilReached(pressure: Pressure): Promise<readonly string[]> {
  const acknowledged = pressure.declared();
  return untilNone(async () => {
    const stored = await array.sideDoor.credentials();
    const expected = acknowledged.filter((declared) => declared.deleted || !pressure.isEnding(declared));
    return differences(expected, stored, "at least");
  });
}

/** What differs on either side although nobody changes anything any more. */
function untilSettled(cluster: Cluster, pressure: Pressure): Promise<readonly string[]> {
  return untilNone(async () => [
    ...differences(pressure.declared(), await array.sideDoor.credentials(), "exactly"),
    ...unsettledObjects(pressure.declared(), await cluster.list("iscsicredentials", namespace)),
  ]);
}

async function untilNone(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (seen.length === 0 || performance.now() > deadlineMs) return seen;
    await sleep(50);
  }
}

const medianAndWorst = (times: readonly number[]): string =>
  `${secondsText(medianOf(times))}, ${secondsText(Math.max(...times))}`;
