import type { KubeObject } from "../harness/cluster.ts";
import type { Scene } from "./scene.ts";

/** What anyone who waits for an object should make of it. The tools' own words for it stand in the tests. */
export type Look =
  /** No controller has seen it. */
  | "unseen"
  | "ready"
  /** Not yet; the operator goes on by itself. */
  | "working"
  /** Not, until a person changes something. */
  | "stuck"
  /** A person stopped it, when it was ready or when it was not. */
  | "suspended"
  | "suspended unready"
  /** Deleted, and not gone yet. */
  | "leaving";

/** One state that an object of ours can be in, and how the real parts are brought to put it there. */
export interface Scenario {
  readonly kind: "IscsiCredential" | "OntapConnection";
  /** Of the condition Ready. */
  readonly reason: string;
  /** Tells scenarios of one reason apart: lower case, with hyphens. */
  readonly variant?: string;
  readonly look: Look;
  /** Every pass over it is an attempt, and says when the next one is due. */
  readonly attempts?: true;
  /** Brings it about, in the order of `stages`. */
  readonly stage: Stage;
  /** Creates the object, named `scene.name`; may return before the operator has come to the reason. */
  readonly arrange: (scene: Scene) => Promise<unknown>;
  /** Ends a state that would pass by itself: it is shown as soon as it is reached. */
  readonly end?: (scene: Scene) => Promise<unknown>;
  /** What else must be true of the object, if the reason alone does not tell that the state is reached. */
  readonly until?: (object: KubeObject) => boolean;
}

/** `unruly`: while the API server checks nothing. `unseen`: while no operator runs. `live`: the rest. */
export type Stage = "unruly" | "unseen" | "live";

/** `Reason` or `Reason-variant`: the name of the state's file. */
export const titleOf = ({ reason, variant }: Scenario): string =>
  variant === undefined ? reason : `${reason}-${variant}`;

/** The same as the name of an object; of connections with a prefix, since credentials bring connections of their name. */
export function objectNameOf(scenario: Scenario): string {
  const words = titleOf(scenario).replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`);
  return `${scenario.kind === "OntapConnection" ? "to-" : ""}${words}`.toLowerCase();
}
