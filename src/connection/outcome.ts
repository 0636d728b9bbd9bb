import type { ObjectKey } from "../api/key.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { Cluster, Svm } from "../array/port.ts";
import type { ConnectionFailure } from "./failure.ts";

/** What a pass over a connection came to. `status.ts` makes conditions of it. */
export type ConnectionOutcome =
  | {
      readonly kind: "open";
      readonly cluster: Cluster | undefined;
      readonly svms: readonly Svm[];
      /** What the array forbids to the login although it answers. */
      readonly forbidden: readonly ArrayFailure[];
    }
  | { readonly kind: "failed"; readonly failure: ConnectionFailure; readonly nextAttemptMs: number | undefined }
  /** Deleted, but credentials still need it. */
  | { readonly kind: "held"; readonly users: readonly ObjectKey[] };
