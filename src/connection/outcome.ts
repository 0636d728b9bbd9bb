import type { ObjectKey } from "../api/key.ts";
import type { KubeFailure } from "../api/failure.ts";
import type { Result } from "../std/result.ts";
import type { ConnectionStep } from "./decide.ts";
import type { ConnectionFailure } from "./failure.ts";
import { meaningOfFailure, type Meaning } from "./meaning.ts";
import type { Opened } from "./opened.ts";
import type { ArraySeen } from "./session.ts";

type StepName = ConnectionStep["do"];

/** What a pass over a connection came to, and by which step. `status.ts` makes conditions of it. */
export type ConnectionOutcome =
  /** The array answers and accepts the login. */
  | { readonly kind: "connected"; readonly step: StepName; readonly opened: Opened; readonly seen: ArraySeen }
  /** So it does for a connection that is deleted, which credentials still need. */
  | {
      readonly kind: "in-use";
      readonly step: StepName;
      readonly opened: Opened;
      readonly seen: ArraySeen;
      readonly holders: readonly ObjectKey[];
    }
  | FailedOutcome
  /** The list of finalizers was to be changed: that and nothing else was done. */
  | { readonly kind: "finalizers"; readonly step: StepName; readonly written: Result<unknown, KubeFailure> }
  /** There was nothing to do, and there is nothing to tell. */
  | { readonly kind: "unchanged"; readonly step: StepName }
  /** The connection changed or went while the array was asked; the change has asked for a pass of its own. */
  | { readonly kind: "overtaken"; readonly step: StepName };

export interface FailedOutcome {
  readonly kind: "failed";
  readonly step: StepName;
  /** The array to go on with, if one is open. */
  readonly opened: Opened | undefined;
  readonly failure: ConnectionFailure;
  readonly meaning: Meaning;
}

/** An outcome that the status tells of. */
export type ReportedOutcome = Exclude<ConnectionOutcome, { kind: "finalizers" | "unchanged" | "overtaken" }>;

export function isReported(outcome: ConnectionOutcome): outcome is ReportedOutcome {
  return outcome.kind === "connected" || outcome.kind === "in-use" || outcome.kind === "failed";
}

export function failed(step: StepName, failure: ConnectionFailure, opened: Opened | undefined): FailedOutcome {
  return { kind: "failed", step, opened, failure, meaning: meaningOfFailure(failure) };
}
