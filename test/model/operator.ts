import { createElector } from "../../src/lease/elector.ts";
import { alone, type Elector } from "../../src/lease/leadership.ts";
import type { Meters } from "../../src/metrics/meters.ts";
import type { Observation } from "../../src/metrics/observation.ts";
import { createOpenArray } from "../../src/ontap/open-array.ts";
import { createOperator } from "../../src/operator/operator.ts";
import { unrestricted } from "../../src/operator/switches.ts";
import type { Log } from "../../src/std/log.ts";
import type { ArrayNetwork } from "./array.ts";
import type { Chance, VirtualClock } from "./clock.ts";
import type { ModelCluster } from "./kubernetes/cluster.ts";
import { createProcessClock } from "./process-clock.ts";

/** What an operator runs in. */
export interface Surroundings {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly cluster: ModelCluster;
  readonly arrays: ArrayNetwork;
}

/** One process of the operator, as production starts it, in virtual time. This is the only file that knows how it is wired. */
export interface OperatorProcess {
  readonly name: string;
  readonly logLines: readonly string[];
  /** Whether its caches are complete. */
  synced(): boolean;
  leads(): boolean;
  observe(): Observation;
  /** Whether it works without end and without waiting: a bug. */
  spins(): boolean;
  /** Passes that threw, or requests that should never be made: bugs, whatever else holds. */
  defects(): number;
  /** SIGKILL: it ends at whatever it awaits. What it has sent arrives. */
  kill(): void;
  pause(): void;
  resume(): void;
  /** SIGTERM: passes under way end, and the Lease is given back. */
  stop(): Promise<void>;
  alive(): boolean;
}

export interface OperatorOptions {
  readonly name: string;
  /** Whether it competes for a Lease in this namespace; without it, it leads. */
  readonly leaseNamespace?: string;
}

/** client-go's defaults. */
const timing = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 } as const;

export function startOperator(surroundings: Surroundings, options: OperatorOptions): OperatorProcess {
  const { chance, cluster, arrays } = surroundings;
  const { name, leaseNamespace } = options;
  const clock = createProcessClock(surroundings.clock);
  const random = chance.fork().random;
  const logLines: string[] = [];
  const log = logTo((line) => clock.alive() && logLines.push(`${clock.monotonic()} ${line}`));
  const leaseTransport = cluster.connect({ name: `${name} (lease)`, clock });
  const elector: Elector =
    leaseNamespace === undefined
      ? alone
      : createElector({
          transport: leaseTransport,
          clock,
          random,
          log,
          namespace: leaseNamespace,
          name: "ontap-iscsi-operator",
          me: name,
          timing,
        });
  const { fence } = elector;
  const transport = cluster.connect({ name, clock, fence });
  let defects = 0;
  const operator = createOperator({
    clock,
    random,
    log,
    kube: transport,
    openArray: createOpenArray({ clock, openTransport: arrays.transportOf({ clock, fence, name }) }),
    meters: metersThatCount(() => (defects += 1)),
    instance: name,
    leadership: elector,
    shard: () => true,
    dryRun: false,
    switches: unrestricted,
  });
  const stop = new AbortController();
  const resign = new AbortController();
  const abandon = new AbortController();
  const electing = elector.run(resign.signal);
  const running = operator.run(
    AbortSignal.any([stop.signal, elector.lost]),
    AbortSignal.any([abandon.signal, elector.lost]),
  );

  function kill(): void {
    clock.kill();
    void transport.close();
    void leaseTransport.close();
  }

  // A process that has lost its Lease ends; anyone who supervises it starts another.
  elector.lost.addEventListener("abort", kill, { once: true });

  return {
    name,
    logLines,
    synced: () => operator.synced(),
    leads: () => elector.held(),
    observe: () => operator.observe(),
    spins: () => clock.spins(),
    defects: () => defects,
    kill,
    pause: () => clock.pause(),
    resume: () => clock.resume(),
    async stop() {
      stop.abort();
      const patience = clock.sleep(25_000, abandon.signal).then(() => abandon.abort());
      await running;
      abandon.abort();
      await patience.catch(() => undefined);
      await elector.release();
      resign.abort();
      await electing;
      kill();
    },
    alive: () => clock.alive(),
  };
}

function logTo(write: (line: string) => unknown): Log {
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      void write(`${level} ${message} ${JSON.stringify(fields)}`);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Counts nothing but what is a bug. */
function metersThatCount(defect: () => void): Meters {
  const nothing = (): void => {};
  return {
    kube: { requested: nothing },
    watch: { restarted: nothing, skipped: nothing },
    events: { dropped: nothing },
    credentials: { driftCorrected: nothing, propagated: nothing },
    connections: { came: nothing, went: nothing },
    controller: () => ({ defect, passed: nothing }),
    calls: () => ({ called: nothing }),
  };
}
