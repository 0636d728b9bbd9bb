import type { DeletionPolicy } from "../api/grants.ts";
import type { CredentialFailure } from "./failure.ts";
import type { Succession } from "./claims.ts";

/** Everything that a decision about an object that is being deleted rests on, as far as caches and memory know it. */
export interface FinalizeFacts {
  readonly hasFinalizer: boolean;
  /** The array accepted the object somewhere, by its own status or by the memory of this process. */
  readonly hasApplied: boolean;
  readonly succession: Succession["state"];
  /** How long this process could have let another one take its place: time without a process, or without the array, does not count. */
  readonly deletedForMs: number;
  readonly suspended: boolean;
  readonly dryRun: boolean;
  /** What the object wants; in mode Plan, which never writes, it is Retain. */
  readonly policy: DeletionPolicy;
}

export type FinalizeStep =
  | { readonly do: "nothing" }
  /** Let the object go; the array is left as it is. */
  | { readonly do: "release"; readonly because: "retained" | "succeeded" | "nothing-applied" }
  /** Another object takes over without a gap: give it so long. */
  | { readonly do: "yield"; readonly ms: number }
  /** Whether another object takes over is known in a moment. */
  | { readonly do: "wait" }
  | { readonly do: "delete" }
  /** Set to deny on the array, then release. */
  | { readonly do: "deny" }
  | { readonly do: "refuse"; readonly failure: CredentialFailure };

/** So long a deleted holder waits for its successor; a rival must not freeze a revocation. */
export const longestYieldMs = 60_000;

export function decideFinalize(facts: FinalizeFacts): FinalizeStep {
  const { hasFinalizer, hasApplied, succession, deletedForMs, suspended, dryRun, policy } = facts;
  if (!hasFinalizer) return { do: "nothing" };
  if (!hasApplied) return { do: "release", because: "nothing-applied" };
  if (succession === "has-applied") return { do: "release", because: "succeeded" };
  if (succession === "can-write" && deletedForMs < longestYieldMs) {
    return { do: "yield", ms: longestYieldMs - deletedForMs };
  }
  if (succession === "unknown" && deletedForMs < longestYieldMs) return { do: "wait" };
  if (policy === "Retain") return { do: "release", because: "retained" };
  if (suspended) return { do: "refuse", failure: { kind: "suspended-deletion" } };
  if (dryRun) return { do: "refuse", failure: { kind: "dry-run-deletion" } };
  return { do: policy === "Deny" ? "deny" : "delete" };
}
