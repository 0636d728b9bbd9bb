import type { Urgency } from "./queue.ts";

/** How a pass ended, as far as a controller can tell. */
export type PassEnd =
  /** It looks again when something changes, or at the next resync. */
  | "settled"
  /** It did not get there and tries again. */
  | "retry"
  /** It threw: a bug of ours. */
  | "defect"
  /** The process stops and cut it short. */
  | "abandoned";

export interface Pass {
  readonly urgency: Urgency;
  readonly end: PassEnd;
  /** How long the key had been due when a worker took it, since the controller runs. */
  readonly waitedMs: number;
  readonly tookMs: number;
}

/** Bugs of ours: `exception`, a pass threw; `invariant`, one would have broken a rule of src/credential/invariants.ts; `request`, the array says that we sent what no one should send. */
export type Defect = "exception" | "invariant" | "request";

export interface DefectMeter {
  defect(kind: Defect): void;
}

/** What a controller tells about its passes. */
export interface ControllerMeter extends DefectMeter {
  passed(pass: Pass): void;
}

/** Work that is due and that no worker has taken yet. */
export interface Backlog {
  readonly depth: number;
  /** How long the key that is due longest has waited since the controller runs; 0 when none is. */
  readonly oldestWaitMs: number;
}
