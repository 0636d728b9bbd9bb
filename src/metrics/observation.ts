import type { Backlog } from "../controller/meter.ts";
import type { WatchHealth } from "../kube/reflector.ts";

/** How the operator stands at one moment. What a scrape reads is taken from here, so that nothing counts along in between. */
export interface Observation {
  /** Whether this process does the work. */
  readonly leads: boolean;
  /** This and what follows down to `credentials` is shown by the leader only, and only of what this shard serves. */
  readonly controllers: readonly (Backlog & { readonly name: string })[];
  readonly connections: readonly ObservedConnection[];
  readonly credentials: readonly {
    readonly connection: string | undefined;
    readonly ready: string;
    readonly reason: string;
    readonly count: number;
  }[];
  readonly watches: readonly WatchHealth[];
}

export interface ObservedConnection {
  readonly connection: string;
  /** As this process found the array; `unknown` until it has asked. */
  readonly session: "unknown" | "open" | "down";
  /** Why it is open or down; undefined while that is not known. */
  readonly reason: string | undefined;
  /** Credentials that stay on the array although no object declares them any more. */
  readonly leftBehind: number;
}
