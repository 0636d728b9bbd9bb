import type { Clock } from "../../std/clock.ts";
import type { Random } from "../../std/random.ts";
import type { FaultList } from "../faults/fault.ts";
import type { Latency } from "../faults/latency.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Cluster } from "./cluster.ts";
import type { Dialect } from "./dialect.ts";
import type { RequestLog } from "./request-log.ts";

/** Everything that one simulator is: what ONTAP holds, how it behaves, and what was asked of it. */
export interface World {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes UUIDs and chance repeatable. */
  readonly seed: number;
  readonly faults: FaultList;
  readonly requests: RequestLog;
  /** Finished bulk operations by UUID. */
  readonly jobs: Map<string, Job>;
  /** How many SVMs of a name there have been. */
  readonly svmGenerations: Map<string, number>;
  /** Hears of what was to happen later and could not, and of defects of the simulator. */
  readonly onProblem: (message: string) => void;
  dialect: Dialect;
  latency: Latency;
}

/** A bulk operation. The simulator works at once, so that a job is over when its UUID is known. */
export interface Job {
  readonly uuid: string;
  readonly description: string;
  readonly state: "success" | "failure";
  readonly message: string;
  /** What `?job_results_uuid=` on the resource answers. */
  readonly resourcePath: string;
  readonly results: JsonObject;
}
