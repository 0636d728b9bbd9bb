import type { Backlog } from "../controller/meter.ts";
import type { WatchHealth } from "../kube/reflector.ts";

/** How the operator stands at one moment. What a scrape reads is taken from here, so that nothing counts along in between. */
export interface Observation {
  /** Whether this process does the work. */
  readonly leads: boolean;
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

interface ObservedConnection {
  readonly connection: string;
  readonly session: "unknown" | "open" | "down";
  readonly ready: boolean;
  readonly reason: string;
}
