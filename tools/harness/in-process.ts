import type { OpenArray } from "../../src/array/port.ts";
import { loadClusterAccess } from "../../src/kube/access.ts";
import { createKubeTransport, type KubeTransport } from "../../src/kube/transport.ts";
import { alone } from "../../src/lease/leadership.ts";
import { createMetrics } from "../../src/metrics/metrics.ts";
import { createOpenArray } from "../../src/ontap/open-array.ts";
import { createOpenTransport } from "../../src/ontap/transport.ts";
import { createOperator } from "../../src/operator.ts";
import { systemClock, type Clock } from "../../src/std/clock.ts";
import type { Log } from "../../src/std/log.ts";
import { eventually } from "./cluster.ts";

/** An operator that runs in this process, as the bearer of `kubeconfig`; what is not given is as in production. */
export interface InProcessOptions {
  readonly kubeconfig: string;
  readonly log: Log;
  /** When the operator does what; requests keep their own deadlines in real time. */
  readonly clock?: Clock;
  /** What stands between the operator and the API server. */
  readonly throughKube?: (transport: KubeTransport) => KubeTransport;
  /** What stands between the operator and its arrays. */
  readonly throughArray?: (open: OpenArray) => OpenArray;
}

export interface InProcessOperator {
  /** Resolves when no pass runs any more and all its connections are closed. */
  stop(): Promise<void>;
}

/** Resolves when the operator's caches are complete. */
export async function startInProcess(options: InProcessOptions): Promise<InProcessOperator> {
  const { kubeconfig, log, clock = systemClock, throughKube, throughArray } = options;
  const direct = createKubeTransport(await loadClusterAccess({ KUBECONFIG: kubeconfig }), systemClock);
  const openTransport = createOpenTransport({ clock: systemClock, version: "test", instance: "test" });
  const openDirect = createOpenArray({ clock: systemClock, openTransport });
  const operator = createOperator({
    clock,
    random: Math.random,
    log,
    kube: throughKube?.(direct) ?? direct,
    openArray: throughArray?.(openDirect) ?? openDirect,
    meters: createMetrics({ clock, version: "test" }).meters,
    instance: "test",
    leadership: alone,
    shard: () => true,
    dryRun: false,
  });
  const stop = new AbortController();
  const running = operator.run(stop.signal, new AbortController().signal);
  await eventually(async () => (operator.synced() ? true : undefined), "the operator's caches are complete");
  return {
    async stop() {
      stop.abort();
      await running;
      await direct.close();
    },
  };
}
