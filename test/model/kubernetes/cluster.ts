import type { KubeRequest, KubeTransport } from "../../../src/kube/transport.ts";
import type { Clock } from "../../../src/std/clock.ts";
import type { Fence } from "../../../src/std/fence.ts";
import type { Chance } from "../clock.ts";
import type { Answer } from "./answer.ts";
import { createApiServer, type Caller } from "./api-server.ts";
import { createEtcd, type Snapshot } from "./etcd.ts";
import { createFaults, type Faults } from "./faults.ts";
import { createPeople, type People } from "./people.ts";
import { createModelTransport } from "./transport.ts";
import { createWatches } from "./watches.ts";

/** A Kubernetes cluster in memory, in virtual time: its API server, the people who use it, and what goes wrong with it. */
export interface ModelCluster {
  readonly people: People;
  readonly faults: Faults;
  /** A client of the API server. A process that dies closes its own. */
  connect(client: Client): KubeTransport;
  /** Every request that asked for a change, and what came of it, oldest first. */
  readonly writes: readonly WriteRecord[];
  /** Is told of each of them. */
  onWrite(listener: (write: WriteRecord) => void): void;
  /** Counts changes of anything stored. */
  revision(): number;
  /** The events of the past are forgotten, as after five minutes: a watch that wants them is told 410. */
  compact(): void;
  /** All streams end, as when the API server is started again. */
  restart(): void;
  snapshot(): Snapshot;
  /** etcd is restored from a backup, and the API server is started again. */
  restore(snapshot: Snapshot): void;
}

export interface Client {
  readonly name: string;
  readonly clock: Clock;
  readonly fence?: Fence;
}

export interface WriteRecord {
  readonly atMs: number;
  readonly who: string;
  readonly request: KubeRequest;
  readonly status: number;
  /** Whether anything is stored otherwise now. */
  readonly changed: boolean;
}

export interface ClusterOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  /** There and back. */
  readonly latencyMs: { readonly from: number; readonly to: number };
  /** How much later than its write a watch brings an event. */
  readonly watchLagMs: { readonly from: number; readonly to: number };
  /** How many revisions behind a list may be, as of an API server before 1.31 that answers from its cache. */
  readonly listLag?: number;
}

export function createModelCluster(options: ClusterOptions): ModelCluster {
  const { clock, chance, latencyMs, watchLagMs, listLag = 0 } = options;
  const between = ({ from, to }: { readonly from: number; readonly to: number }, luck: Chance): number =>
    from + luck.random() * (to - from);
  const [networkLuck, watchLuck, listLuck] = [chance.fork(), chance.fork(), chance.fork()];
  const etcd = createEtcd();
  const server = createApiServer({ etcd, clock, listLag: () => (listLag === 0 ? 0 : listLuck.below(listLag + 1)) });
  const watches = createWatches({ etcd, clock, lagMs: () => between(watchLagMs, watchLuck) });
  const faults = createFaults(chance.fork().random);
  const writes: WriteRecord[] = [];
  const listeners: ((write: WriteRecord) => void)[] = [];

  function answer(request: KubeRequest, who: Caller): Answer {
    const before = etcd.revision();
    const given = server.answer(request, who);
    if (request.method !== "GET") {
      const changed = etcd.revision() > before;
      const write = { atMs: clock.monotonic(), who: who.name, request, status: given.status, changed };
      writes.push(write);
      for (const listener of listeners) listener(write);
    }
    return given;
  }

  return {
    people: createPeople((request) => answer(copy(request), { name: "people", writesStatus: false })),
    faults,
    writes,
    onWrite: (listener) => void listeners.push(listener),
    connect: ({ name, clock: own, fence }) =>
      createModelTransport({
        clock: own,
        network: clock,
        who: { name, writesStatus: true },
        ...(fence === undefined ? {} : { fence }),
        faults,
        watches,
        latencyMs: () => between(latencyMs, networkLuck),
        answer,
      }),
    revision: etcd.revision,
    compact: etcd.compact,
    restart: watches.breakAll,
    snapshot: etcd.snapshot,
    restore(snapshot) {
      etcd.restore(snapshot);
      watches.breakAll();
    },
  };
}

/** What is given to the cluster stays the caller's own. */
const copy = (request: KubeRequest): KubeRequest => JSON.parse(JSON.stringify(request)) as KubeRequest;
