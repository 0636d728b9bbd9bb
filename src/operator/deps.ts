import type { OpenArray } from "../array/port.ts";
import type { KubeTransport } from "../kube/transport.ts";
import type { Leadership } from "../lease/leadership.ts";
import type { Meters } from "../metrics/meters.ts";
import type { Clock } from "../std/clock.ts";
import type { Labels } from "../std/label-selector.ts";
import type { Log } from "../std/log.ts";
import type { Random } from "../std/random.ts";
import type { Switches } from "./switches.ts";

/** Everything that could make two runs differ. Production passes the real ones, tests what they like. */
export interface OperatorDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly kube: KubeTransport;
  readonly openArray: OpenArray;
  readonly meters: Meters;
  /** Which process writes: the pod's name. */
  readonly instance: string;
  /** Reconciling begins when it is held; caches are kept warm before. */
  readonly leadership: Leadership;
  /** The connections that this process serves, with all their credentials; of others it touches nothing. */
  readonly shard: Shard;
  /** Every credential behaves as in mode Plan, and no finalizer is put on. */
  readonly dryRun: boolean;
  /** What objects may do at all. */
  readonly switches: Switches;
}

/** By the labels of a connection, whether it is served; `() => true` without shards. */
export type Shard = (labels: Labels) => boolean;
