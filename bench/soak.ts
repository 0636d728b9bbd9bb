import { writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { seededRandom } from "../src/simulator/faults/seeded-random.ts";
import { startControlPlane, type ControlPlane } from "../tools/controlplane/start.ts";
import { startArrayProcess, type ArrayProcess } from "../tools/harness/array-process.ts";
import { createAuditReader, writesOf, type AuditReader } from "../tools/harness/audit.ts";
import { connect, type Cluster } from "../tools/harness/cluster.ts";
import { install } from "../tools/harness/install.ts";
import { scrape } from "../tools/harness/scrape.ts";
import { startCrew, type Crew } from "./crew.ts";
import { differences, passwordMark, unsettledObjects } from "./declared.ts";
import { createFleet } from "./fleet.ts";
import { createPressure, type Pressure } from "./pressure.ts";
import { cpuSecondsOf, memoryOf } from "./process-facts.ts";
import { createUpheaval, type Upheaval } from "./upheaval.ts";

/**
 * An hour of changes, with trouble on both sides: `npm run bench:soak -- --minutes 60`. It goes round: a minute in which
 * everything happens that can (arrays that fail in many ways, the API server killed and started again, the leader killed
 * or told to end), a minute of calm, then nobody changes anything: the arrays and all statuses must come to be as
 * declared, and then for twenty seconds nothing may be written to either side.
 *
 * Memory is that of one process from beginning to end. As a leader that is struck cannot be that, there are two shards: the
 * leader of one is never struck and serves the first array, under the same load and the same outages; the other has two
 * replicas and serves the second array, and loses its leader once in every round.
 *
 * The exit code is 1 only if something was wrong: a round that did not end as declared or was not quiet then, a change that could
 * not be made at all, or a secret in the operator's output. A process that lost its Lease in an outage is reported, no more.
 */

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    out: { type: "string", default: "docs/soak.json" },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);

const ragingMs = 60_000;
const calmMs = 60_000;
const quietMs = 20_000;
/** Longer than an array's longest backoff after a minute of trouble; then what differs is wrong. */
const patienceMs = 180_000;
/** What a round takes, when the world is equal soon. */
const roundMs = ragingMs + calmMs + quietMs + 30_000;
const resyncInterval = "30s";
const population = 240;
const changesPerSecond = 7;
const consentLabel = "soak/consent";
const arrayPassword = "bench-array-login";
const namespaces = ["steady", "shaken", "guests"] as const;

interface Stage {
  readonly controlPlane: ControlPlane;
  readonly cluster: Cluster;
  readonly arrays: readonly ArrayProcess[];
  readonly crew: Crew;
  readonly pressure: Pressure;
  readonly upheaval: Upheaval;
  readonly audit: AuditReader;
}

interface Sample {
  readonly minute: number;
  /** Of the process that is never struck; megabytes of 10^6 bytes. */
  readonly pid: number;
  readonly rss: number;
  readonly anonymous: number;
  /** Its JavaScript heap as it was just then, what nobody needs any more included. */
  readonly heap: number;
  /** Share of one core since the last sample, of all the operator's processes that run. */
  readonly operatorCpu: number;
  readonly liveCredentials: number;
}

/** One round and how it ended. */
interface Round {
  readonly minute: number;
  readonly struck: readonly string[];
  /** From the last change until everything was as declared. */
  readonly equalAfterMs: number | undefined;
  readonly writesWhileQuiet: number;
}

interface Wrong {
  readonly minute: number;
  readonly what: string;
  readonly details: readonly string[];
}

const beganMs = performance.now();
const began = new Date().toISOString();
const endMs = beganMs + minutes * 60_000;
const samples: Sample[] = [];
const rounds: Round[] = [];
const wrong: Wrong[] = [];
let cpuBefore = { seconds: new Map<number, number>(), atMs: beganMs };

// Whatever hangs, this ends; nothing of it outlives this process.
setTimeout(
  () => {
    complain("it did not come to its end", []);
    process.exit(1);
  },
  (minutes + 20) * 60_000,
).unref();

const controlPlane = await startControlPlane({ auditLog: true });
const arrays: ArrayProcess[] = [];
let crew: Crew | undefined;
try {
  await run();
} finally {
  await crew?.stop();
  await Promise.all(arrays.map((array) => array.stop()));
  await controlPlane.stop();
}
process.exitCode = wrong.length === 0 ? 0 : 1;

async function run(): Promise<void> {
  const stage = await setUp();
  const random = seededRandom(seed);
  const watching = new AbortController();
  const observing = observe(stage, watching.signal);
  for (let round = 1; round === 1 || performance.now() + roundMs < endMs; round += 1) {
    try {
      await playRound(stage, round, random);
    } catch (error) {
      complain("a round broke off", [error instanceof Error ? (error.stack ?? error.message) : String(error)]);
      await sleep(10_000);
    }
  }
  // The last sample is due at the full time, under load.
  stage.pressure.begin();
  await sleep(Math.max(0, endMs - performance.now()));
  await settle(stage, []);
  watching.abort();
  await observing;
  await sample(stage);
  if (stage.pressure.failures().length > 0) complain("changes failed for good", stage.pressure.failures());
  const { linesWithSecrets } = stage.crew.figures();
  if (linesWithSecrets > 0) complain("secrets in the output", [`${linesWithSecrets} lines`]);
  await conclude(stage);
  await stage.cluster.close();
}

async function setUp(): Promise<Stage> {
  for (const svms of [
    ["svm1", "svm2"],
    ["svm3", "svm4"],
  ]) {
    arrays.push(await startArrayProcess({ svms, password: arrayPassword, latency: "5ms..30ms" }));
  }
  await install(controlPlane.kubectl);
  await allowLeases(["ontap-iscsi-operator-steady", "ontap-iscsi-operator-shaken"]);
  const kubeconfig = await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator");
  const cluster = await connect(controlPlane.adminKubeconfig);
  const limits = { requestTimeout: "5s" };
  for (const [index, namespace] of (["steady", "shaken"] as const).entries()) {
    const array = arrays[index];
    if (array === undefined) throw new Error("an array is missing");
    await createFleet(cluster, { ...array, password: arrayPassword }).createPlace(namespace);
    await cluster.patch("ontapconnections", namespace, "array", {
      metadata: { labels: { site: namespace } },
      spec: {
        resyncInterval,
        limits,
        grants: [
          {
            namespaces: { selector: { matchLabels: { [consentLabel]: "yes" } } },
            svms: ["*"],
            initiators: ["*"],
            authenticationTypes: ["chap", "none", "deny"],
            adoption: "Adopt",
          },
        ],
      },
    });
    await cluster.send({
      method: "PATCH",
      path: `/api/v1/namespaces/${namespace}`,
      contentType: "application/merge-patch+json",
      body: { metadata: { labels: { [consentLabel]: "yes" } } },
    });
  }
  await cluster.create({ kind: "Namespace", metadata: { name: "guests", labels: { [consentLabel]: "yes" } } });
  const started = await startCrew({ kubeconfig, secrets: [passwordMark, arrayPassword] });
  crew = started;
  const shakenArray = { name: "array", namespace: "shaken" };
  const pressure = createPressure({
    cluster,
    random: seededRandom(seed + 1),
    places: [
      { namespace: "steady", connection: { name: "array", namespace: "steady" }, svms: ["svm1", "svm2"] },
      { namespace: "shaken", connection: shakenArray, svms: ["svm3", "svm4"] },
      { namespace: "guests", connection: shakenArray, svms: ["svm3", "svm4"], consentLabel },
    ],
    population,
    perSecond: changesPerSecond,
    weights: { secret: 50, addresses: 15, turnover: 15, request: 8, suspend: 4, plan: 4, forbid: 2 },
  });
  await pressure.populate();
  const sideDoors = arrays.map(({ sideDoor }) => sideDoor);
  const upheaval = createUpheaval(sideDoors, seed + 2);
  const audit = createAuditReader(controlPlane.auditLogPath ?? "");
  return { controlPlane, cluster, arrays, crew: started, pressure, upheaval, audit };
}

/** As docs/sharding.md says. */
async function allowLeases(names: readonly string[]): Promise<void> {
  const create = ["--namespace=ontap-iscsi-operator", "create"];
  const resourceNames = names.map((name) => `--resource-name=${name}`);
  const role = ["role", "shards", "--verb=get,list,watch,update", "--resource=leases", ...resourceNames];
  const serviceAccount = "--serviceaccount=ontap-iscsi-operator:ontap-iscsi-operator";
  await controlPlane.kubectl([...create, ...role]);
  await controlPlane.kubectl([...create, "rolebinding", "shards", "--role=shards", serviceAccount]);
}

async function playRound(stage: Stage, round: number, random: () => number): Promise<void> {
  const { pressure, upheaval } = stage;
  const struck: string[] = [];
  pressure.begin();
  const untilMs = performance.now() + ragingMs;
  const leaderDies = async (): Promise<void> => {
    await sleep(random() * ragingMs * 0.7);
    const signal = round % 2 === 0 ? "SIGTERM" : "SIGKILL";
    const pod = await stage.crew.strikeLeader(signal);
    struck.push(`${signal} to ${pod ?? "nobody, for there was no leader"}`);
  };
  const apiServerDies = async (): Promise<void> => {
    await sleep(random() * ragingMs * 0.7);
    // Not in every round: what an outage leaves behind must not be hidden by the next one.
    if (round % 2 === 0) return;
    const downMs = await bounceApiServer(stage.controlPlane, random() * 5000);
    struck.push(`API server away for ${(downMs / 1000).toFixed(1)} s`);
  };
  await Promise.all([upheaval.rage(untilMs), leaderDies(), apiServerDies()]);
  await sleep(calmMs);
  await settle(stage, struck);
}

/** Gives how long it was away. */
async function bounceApiServer(controlPlane: ControlPlane, awayMs: number): Promise<number> {
  const killedMs = performance.now();
  await controlPlane.killApiServer();
  await sleep(awayMs);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await controlPlane.restartApiServer();
      return performance.now() - killedMs;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

/** Takes the pressure off, and looks whether everything becomes as declared and then stays untouched. */
async function settle({ pressure, arrays, cluster, crew, audit }: Stage, struck: readonly string[]): Promise<void> {
  await pressure.pause();
  const pausedMs = performance.now();
  const look = async (): Promise<readonly string[]> => {
    const stored = (await Promise.all(arrays.map(({ sideDoor }) => sideDoor.credentials()))).flat();
    const objects = await Promise.all(namespaces.map((namespace) => cluster.list("iscsicredentials", namespace)));
    return [
      ...differences(pressure.declared(), stored, "exactly"),
      ...unsettledObjects(pressure.declared(), objects.flat()),
    ];
  };
  let left = await look();
  while (left.length > 0 && performance.now() - pausedMs < patienceMs) {
    await sleep(1000);
    left = await look();
  }
  const equalAfterMs = left.length === 0 ? Math.round(performance.now() - pausedMs) : undefined;
  if (left.length > 0) complain("not as declared", left);

  // Events and the number of credentials on a connection come a moment after the last change.
  await sleep(5000);
  await audit.newRequests();
  await Promise.all(arrays.map(({ sideDoor }) => sideDoor.forgetRequests()));
  await sleep(quietMs);
  const toArrays = (await Promise.all(arrays.map(({ sideDoor }) => sideDoor.requests()))).flat();
  const written = [
    ...toArrays.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`),
    ...writesOf(await audit.newRequests()).map(
      ({ verb, resource, subresource, name, userAgent }) =>
        `${verb} ${resource}/${subresource} ${name} by ${userAgent}`,
    ),
  ];
  if (written.length > 0) complain("writes while nothing changed", written);
  if ((await look()).length > 0) complain("not as declared after a quiet while", await look());
  rounds.push({ minute: minute(), struck, equalAfterMs, writesWhileQuiet: written.length });
  const ended = crew.endings().length === 0 ? "" : `; ended by themselves: ${crew.endings().join(", ")}`;
  const equal = equalAfterMs === undefined ? "NOT EQUAL" : `equal after ${(equalAfterMs / 1000).toFixed(1)} s`;
  say(`round ${rounds.length}: ${equal}, ${written.length} writes while quiet; ${struck.join(", ")}${ended}`);
}

/** Takes a sample every minute, and shows every tenth. */
async function observe(stage: Stage, signal: AbortSignal): Promise<void> {
  for (let at = 1; !signal.aborted; at += 1) {
    await sleep(Math.max(0, beganMs + at * 60_000 - performance.now()), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await sample(stage).catch((error: unknown) => say(`no sample: ${String(error)}`));
    if (at % 10 !== 0) continue;
    const { rss, anonymous } = samples.at(-1) ?? { rss: 0, anonymous: 0 };
    say(`RSS ${rss} MB, anonymous ${anonymous} MB; ${JSON.stringify(stage.crew.figures())}`);
    await writeFile(values.out, reportOf(stage));
  }
}

async function sample({ crew, pressure }: Stage): Promise<void> {
  await crew.look();
  const { pid, url } = crew.steady();
  const { rss, anonymous } = await memoryOf(pid);
  const heap = (await scrape(url)).sum("nodejs_heap_size_used_bytes") / 1e6;
  const seconds = new Map<number, number>();
  for (const one of crew.pids()) seconds.set(one, await cpuSecondsOf(one));
  const atMs = performance.now();
  const used = [...seconds].reduce((sum, [one, cpu]) => sum + cpu - (cpuBefore.seconds.get(one) ?? 0), 0);
  const operatorCpu = Number(((used * 1000) / (atMs - cpuBefore.atMs)).toFixed(3));
  cpuBefore = { seconds, atMs };
  const liveCredentials = pressure.declared().filter(({ deleted }) => !deleted).length;
  samples.push({
    minute: minute(),
    pid,
    rss: Number(rss.toFixed(1)),
    anonymous: Number(anonymous.toFixed(1)),
    heap: Number(heap.toFixed(1)),
    operatorCpu,
    liveCredentials,
  });
}

async function conclude(stage: Stage): Promise<void> {
  await writeFile(values.out, reportOf(stage));
  const figures = stage.crew.figures();
  const memory = [10, 30, 60].flatMap((wanted) => {
    const found = samples.find(({ minute }) => Math.abs(minute - wanted) < 0.6);
    return found === undefined ? [] : [`${wanted} min: ${found.rss} / ${found.anonymous} MB`];
  });
  const last = samples.at(-1);
  const measured = new Set(samples.map(({ pid }) => pid)).size;
  const rows: readonly (readonly [string, string])[] = [
    ["minutes, rounds", `${minute().toFixed(1)}, ${rounds.length}`],
    ["RSS / anonymous of one leader", memory.join("; ")],
    ["… at the end", `${last?.rss} / ${last?.anonymous} MB; of ${measured} process(es) measured`],
    ["changes acknowledged", JSON.stringify(stage.pressure.changes())],
    ["requests refused and sent again", String(stage.pressure.retries())],
    ["troubles of the arrays", JSON.stringify(stage.upheaval.happened())],
    ["operator processes, and ended by themselves", `${figures.processes}, ${stage.crew.endings().length}`],
    ["passes by end", JSON.stringify(figures.passes)],
    ["defects", String(figures.defects)],
    ["watch restarts by reason", JSON.stringify(figures.watchRestarts)],
    ["Events dropped", JSON.stringify(figures.eventsDropped)],
    ["drift corrected", String(figures.driftCorrected)],
    ["lines logged by level", JSON.stringify(figures.logLines)],
    ["warnings and errors", JSON.stringify(figures.troubleLogged)],
    ["lines with a secret", String(figures.linesWithSecrets)],
    ["rounds that did not end as declared, or were not quiet", String(wrong.length)],
  ];
  for (const [figure, value] of rows) process.stdout.write(`${figure.padEnd(56)} ${value}\n`);
  for (const { minute, what, details } of wrong) {
    process.stdout.write(`WRONG at ${minute} min: ${what}\n${details.map((line) => `  ${line}\n`).join("")}`);
  }
}

function reportOf({ crew, pressure, upheaval }: Stage): string {
  const report = {
    began,
    minutes: minute(),
    seed,
    machine: { cpus: cpus().length, model: cpus()[0]?.model, node: process.version, loadAverage: loadavg() },
    samples,
    rounds,
    wrong,
    changes: pressure.changes(),
    retries: pressure.retries(),
    troubles: upheaval.happened(),
    endedByThemselves: crew.endings(),
    ...crew.figures(),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function complain(what: string, details: readonly string[]): void {
  wrong.push({ minute: minute(), what, details: details.slice(0, 20) });
  say(`WRONG: ${what} (${details.length}): ${details.slice(0, 5).join("; ")}`);
}

function say(line: string): void {
  process.stdout.write(`${minute().toFixed(1).padStart(5)} min  ${line}\n`);
}

function minute(): number {
  return Number(((performance.now() - beganMs) / 60_000).toFixed(2));
}
