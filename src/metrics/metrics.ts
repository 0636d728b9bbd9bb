import type { Clock } from "../std/clock.ts";
import type { Meters } from "./meters.ts";
import type { Observation } from "./observation.ts";
import { createProcessFigures } from "./process-figures.ts";
import { createRegistry } from "./registry.ts";
import { leaderGauges } from "./table.ts";

export interface Metrics {
  readonly meters: Meters;
  /** The page that Prometheus reads, with how the operator stands now. */
  page(now: Observation): Promise<string>;
  readonly contentType: string;
}

export interface MetricsOptions {
  readonly clock: Clock;
  readonly version: string;
  /** The shard's name; undefined without shards. */
  readonly shard: string | undefined;
}

export function createMetrics({ clock, version, shard = "" }: MetricsOptions): Metrics {
  const registry = createRegistry();
  const figures = createProcessFigures(registry, clock);
  const connections = new Set<string>();
  registry.set("ontap_iscsi_build_info", { version, node: process.version }, 1);
  // A series that begins at its first event has no increase to alert on.
  for (const why of ["full", "refused", "summarised"]) registry.add("ontap_iscsi_events_dropped_total", { why }, 0);

  const meters: Meters = {
    kube: { requested: (request) => registry.add("ontap_iscsi_kube_requests_total", request) },
    watch: {
      restarted: (kind, why) => registry.add("ontap_iscsi_watch_restarts_total", { kind, why }),
      skipped: (kind, what) => registry.add("ontap_iscsi_watch_skipped_total", { kind, what }),
    },
    events: { dropped: (why) => registry.add("ontap_iscsi_events_dropped_total", { why }) },
    credentials: {
      driftCorrected(connection) {
        if (connections.has(connection)) registry.add("ontap_iscsi_drift_corrected_total", { connection });
      },
      propagated(connection, tookMs) {
        if (!connections.has(connection)) return;
        registry.observe("ontap_iscsi_secret_propagation_seconds", { connection }, tookMs / 1000);
      },
    },
    connections: {
      came(connection) {
        connections.add(connection);
        registry.add("ontap_iscsi_drift_corrected_total", { connection }, 0);
      },
      went(connection) {
        connections.delete(connection);
        registry.forgetConnection(connection);
      },
    },
    controller(controller) {
      for (const kind of ["exception", "invariant", "request"])
        registry.add("ontap_iscsi_defects_total", { controller, kind }, 0);
      return {
        defect: (kind) => registry.add("ontap_iscsi_defects_total", { controller, kind }),
        passed({ urgency, end, waitedMs, tookMs }) {
          registry.observe("ontap_iscsi_queue_wait_seconds", { controller, urgency }, waitedMs / 1000);
          registry.observe("ontap_iscsi_pass_duration_seconds", { controller, end }, tookMs / 1000);
        },
      };
    },
    calls: (connection) => ({
      called({ verb, code, tookMs }) {
        // An answer may come when its connection is gone already.
        if (!connections.has(connection)) return;
        registry.add("ontap_iscsi_array_requests_total", { connection, verb, code });
        registry.observe("ontap_iscsi_array_request_duration_seconds", { connection, verb }, tookMs / 1000);
      },
    }),
  };

  function show({ leads, watches, ...work }: Observation): void {
    registry.set("ontap_iscsi_leader", { shard }, leads ? 1 : 0);
    for (const { kind, synced, lastHeardMs } of watches) {
      if (!synced) continue;
      registry.set("ontap_iscsi_watch_silence_seconds", { kind }, (clock.monotonic() - lastHeardMs) / 1000);
    }
    for (const name of leaderGauges) registry.clear(name);
    if (leads) showWork(work);
  }

  function showWork({ controllers, connections, credentials }: Omit<Observation, "leads" | "watches">): void {
    for (const { name: controller, depth, oldestWaitMs } of controllers) {
      registry.set("ontap_iscsi_queue_depth", { controller }, depth);
      registry.set("ontap_iscsi_queue_oldest_wait_seconds", { controller }, oldestWaitMs / 1000);
    }
    for (const { connection, session, reason, leftBehind } of connections) {
      registry.set("ontap_iscsi_left_behind", { connection }, leftBehind);
      if (reason !== undefined) {
        registry.set("ontap_iscsi_connection_ready", { connection, reason }, session === "open" ? 1 : 0);
      }
      for (const state of ["unknown", "open", "down"]) {
        registry.set("ontap_iscsi_connection_session", { connection, state }, state === session ? 1 : 0);
      }
    }
    for (const { connection = "", ready, reason, count } of credentials) {
      registry.set("ontap_iscsi_credentials", { connection, ready, reason }, count);
    }
  }

  return {
    meters,
    contentType: registry.contentType,
    async page(now) {
      await figures.sample();
      show(now);
      return registry.page();
    },
  };
}
