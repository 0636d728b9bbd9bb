import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { AccessError } from "../kube/access-error.ts";
import { loadClusterAccess, runsInPod, type ClusterAccess } from "../kube/access.ts";
import { compareDefinitions } from "../kube/definitions.ts";
import { logRefusals } from "../kube/refusals.ts";
import { createReview } from "../kube/review.ts";
import { createKubeTransport, type KubeTransport } from "../kube/transport.ts";
import type { AccessOf } from "../health/guard.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { createElector } from "../lease/elector.ts";
import { alone, type Elector } from "../lease/leadership.ts";
import { createOpenArray } from "../ontap/open-array.ts";
import { createOpenTransport } from "../ontap/transport.ts";
import { createOperator, type Operator } from "../operator/operator.ts";
import { systemClock as clock } from "../std/clock.ts";
import { readOnly } from "../std/fence.ts";
import { matchesLabels } from "../std/label-selector.ts";
import { collectWhenIdle } from "../std/idle-gc.ts";
import type { Log } from "../std/log.ts";
import { err, ok, type Result } from "../std/result.ts";
import { version } from "../version.ts";
import { leakyFlagIn } from "./leaky-flags.ts";
import { engineOf } from "./engine.ts";
import type { CommandIo } from "./io.ts";
import { findLeaseNamespace } from "./lease-namespace.ts";
import { createLog } from "./log.ts";
import { accessBy, pagesOf, servePages } from "./pages.ts";
import { parseSettings, runHelp, switchesOf, type Settings } from "./settings.ts";

/** How long passes under way may take to end after SIGTERM; the Pod is killed after its terminationGracePeriodSeconds, 15. */
const drainMs = 8000;

/** Resolves to the exit code: 0 after a stop, 1 when the Lease was lost or standard output cannot be written, 2 for what only a person can fix. */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const asked = parseSettings(args, process.env);
  const complain = (message: string): number => {
    io.err(`ontap-iscsi-operator run: ${message}`);
    return 2;
  };
  if (!asked.ok) return complain(asked.error);
  const settings = asked.value;
  if (settings === "help") {
    io.out(runHelp);
    return 0;
  }
  const leaky = leakyFlagIn(process.execArgv, process.env);
  if (leaky !== undefined) return complain(leaky);
  try {
    return await serve(await loadClusterAccess(process.env), settings, io, complain);
  } catch (error) {
    if (error instanceof AccessError) return complain(error.message);
    // Stopped before it began.
    if (io.signal.aborted && error === io.signal.reason) return 0;
    throw error;
  }
}

async function serve(
  access: ClusterAccess,
  settings: Settings,
  io: CommandIo,
  complain: (message: string) => number,
): Promise<number> {
  const mute = new AbortController();
  const log = createLog({
    level: settings["log-level"],
    format: settings["log-format"],
    onBroken: (code) => mute.abort(new Error(`standard output cannot be written (${code})`)),
  });
  const stop = AbortSignal.any([io.signal, mute.signal]);
  const metrics = createMetrics({ clock, version, shard: settings.shard });
  const instance = process.env["POD_NAME"] ?? hostname();
  const userAgent = `ontap-iscsi-operator/${version} (${instance})`;
  const { "dry-run": dryRun, shard, "connection-selector": selector } = settings;
  const leaseTransport = createKubeTransport(access, clock, { userAgent });
  const lease = await leaseOf(settings, access, leaseTransport, stop);
  if (!lease.ok) return complain(lease.error);
  const elector = settings["leader-elect"]
    ? electorOf(settings, { ...lease.value, instance, log, transport: leaseTransport })
    : alone;
  const transport = createKubeTransport(access, clock, { userAgent, fence: elector.fence });
  const operator = createOperator({
    clock,
    random: Math.random,
    log,
    kube: transport,
    openArray: createOpenArray({
      clock,
      openTransport: createOpenTransport({ clock, version, instance, fence: dryRun ? readOnly : elector.fence }),
    }),
    meters: metrics.meters,
    instance,
    leadership: elector,
    shard: (labels) => selector === undefined || matchesLabels(selector, labels),
    dryRun,
    switches: switchesOf(settings),
  });
  const reviewTransport = settings["metrics-auth"] ? createKubeTransport(access, clock, { userAgent }) : undefined;
  const pages = pagesOf(operator, metrics, {
    clock,
    stop,
    mayReadMetrics: reviewTransport && metricsAccess(reviewTransport, log),
  });
  const served = await servePages(settings.listen, pages, log);
  if (!served.ok) return complain(served.error);
  log.info({ version, node: process.version, instance, shard, server: access.server }, "starting");
  if (dryRun) log.info({}, "dry run: nothing is written to any array; objects show status.plan");
  const stopped = new AbortController();
  void compareDefinitions({ transport, log }, AbortSignal.any([stop, stopped.signal])).catch(() => undefined);
  const engine = engineOf();
  if (engine !== undefined) void collectWhenIdle(engine, clock, stopped.signal).catch(() => undefined);
  await runUntilStopped(operator, elector, stop, log);
  stopped.abort();
  await Promise.all([served.value.close(), transport.close(), leaseTransport.close(), reviewTransport?.close()]);
  const ended = [elector.lost, mute.signal].find(({ aborted }) => aborted);
  if (ended === undefined) return 0;
  io.err(`ontap-iscsi-operator run: ${(ended.reason as Error).message}`);
  return 1;
}

const metricsAccess = (transport: KubeTransport, log: Log): AccessOf =>
  accessBy(createReview({ transport: logRefusals(transport, { clock, log }), clock, path: "/metrics" }), log);

interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** Which Lease decides who writes, or a sentence about why that cannot be told. */
async function leaseOf(
  settings: Settings,
  access: ClusterAccess,
  transport: KubeTransport,
  stop: AbortSignal,
): Promise<Result<LeaseName, string>> {
  const { shard, "lease-namespace": given } = settings;
  const name = shard === undefined ? "ontap-iscsi-operator" : `ontap-iscsi-operator-${shard}`;
  const known = given ?? (runsInPod(process.env) ? access.namespace : undefined);
  if (known !== undefined || !settings["leader-elect"]) return ok({ namespace: known ?? access.namespace, name });
  if (settings.namespaces !== undefined) {
    return err(
      "--lease-namespace: needed with --namespaces outside a pod, since only a look at the Leases of all namespaces would tell whether an operator runs; name the namespace where yours is installed",
    );
  }
  const found = await findLeaseNamespace(transport, { name, ownNamespace: access.namespace, nowMs: clock.now() }, stop);
  return found.ok ? ok({ namespace: found.value, name }) : found;
}

function electorOf(
  settings: Settings,
  { instance, log, transport, ...lease }: LeaseName & { instance: string; log: Log; transport: KubeTransport },
): Elector {
  return createElector({
    ...lease,
    transport,
    clock,
    random: Math.random,
    log,
    me: `${instance}_${randomUUID()}`,
    timing: {
      leaseMs: settings["lease-duration"],
      renewDeadlineMs: settings["renew-deadline"],
      retryMs: settings["retry-period"],
    },
  });
}

/** Runs until `stop` aborts or the Lease is lost; then lets passes end, and gives the Lease to the next. */
async function runUntilStopped(operator: Operator, elector: Elector, stop: AbortSignal, log: Log): Promise<void> {
  const abandon = new AbortController();
  const resign = new AbortController();
  const ending = AbortSignal.any([stop, elector.lost]);
  // Renewed until the last pass has ended.
  const electing = elector.run(resign.signal);
  const running = operator.run(ending, AbortSignal.any([abandon.signal, elector.lost]));
  await Promise.race([running, aborted(ending)]);
  const patience = clock.sleep(drainMs, AbortSignal.any([abandon.signal, elector.lost]));
  const drained = await Promise.race([running.then(() => true), patience.then(no, no)]);
  abandon.abort();
  // A write that was cut off may still arrive: then the Lease has to end by itself.
  if (drained) await elector.release();
  resign.abort();
  await electing;
  log.info({ drained }, "stopped");
}

const no = (): boolean => false;

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
