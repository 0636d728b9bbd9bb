import type { OpenArray } from "../../src/array/port.ts";
import { loadClusterAccess } from "../../src/kube/access.ts";
import { createKubeTransport, type KubeTransport } from "../../src/kube/transport.ts";
import { alone } from "../../src/lease/leadership.ts";
import { createMetrics } from "../../src/metrics/metrics.ts";
import { createOpenArray } from "../../src/ontap/open-array.ts";
import type { OpenTransport } from "../../src/ontap/send.ts";
import { createOpenTransport } from "../../src/ontap/transport.ts";
import type { OperatorDeps } from "../../src/operator/deps.ts";
import { createOperator } from "../../src/operator/operator.ts";
import { unrestricted } from "../../src/operator/switches.ts";
import { systemClock, type Clock } from "../../src/std/clock.ts";
import type { Log } from "../../src/std/log.ts";
import type { Random } from "../../src/std/random.ts";
import { eventually } from "./cluster.ts";

/** What an operator serves and may do; everything unless given. */
export type Scope = Partial<Pick<OperatorDeps, "shard" | "dryRun">>;

/** An operator that runs in this process, as the bearer of `kubeconfig`; what is not given is as in production. */
export interface InProcessOptions extends Scope {
  readonly kubeconfig: string;
  readonly log: Log;
  /** When the operator does what; requests keep their own deadlines in real time. */
  readonly clock?: Clock;
  readonly random?: Random;
  /** What stands between the operator and the API server. */
  readonly throughKube?: (transport: KubeTransport) => KubeTransport;
  /** What stands between the operator and its arrays. */
  readonly throughTransport?: (open: OpenTransport) => OpenTransport;
  readonly throughArray?: (open: OpenArray) => OpenArray;
}

export interface InProcessOperator {
  /** Resolves when no pass runs any more and all its connections are closed. */
  stop(): Promise<void>;
  /** Lets no pass end: what is under way is cut short. */
  abandon(): Promise<void>;
}

/** Resolves when the operator's caches are complete. */
export async function startInProcess(options: InProcessOptions): Promise<InProcessOperator> {
  const {
    kubeconfig,
    log,
    clock = systemClock,
    random = Math.random,
    throughKube,
    throughTransport,
    throughArray,
  } = options;
  const { shard = () => true, dryRun = false } = options;
  const direct = createKubeTransport(await loadClusterAccess({ KUBECONFIG: kubeconfig }), systemClock);
  const directTransport = createOpenTransport({ clock: systemClock, version: "test", instance: "test" });
  const openTransport = throughTransport?.(directTransport) ?? directTransport;
  const openDirect = createOpenArray({ clock, openTransport });
  const operator = createOperator({
    clock,
    random,
    log,
    kube: throughKube?.(direct) ?? direct,
    openArray: throughArray?.(openDirect) ?? openDirect,
    meters: createMetrics({ clock, version: "test", shard: undefined }).meters,
    instance: "test",
    leadership: alone,
    shard,
    dryRun,
    switches: unrestricted,
  });
  const stop = new AbortController();
  const abandon = new AbortController();
  const running = operator.run(stop.signal, abandon.signal);
  await eventually(async () => (operator.synced() ? true : undefined), "the operator's caches are complete");
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
    await direct.close();
  };
  return {
    stop: end,
    abandon() {
      abandon.abort();
      return end();
    },
  };
}
