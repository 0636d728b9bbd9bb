import type { Result } from "../../std/result.ts";
import type { Svm } from "../model/cluster.ts";
import type { World } from "../model/world.ts";
import type { Answer } from "../resources/read.ts";
import type { WriteContext } from "../rules/write-credential.ts";
import type { ApiError } from "../wire/api-error.ts";
import type { RequestTarget } from "../wire/request-target.ts";

/** A request after the common checks: who may do it and on which SVM are settled. */
export interface Context {
  readonly world: World;
  readonly scope: Svm | undefined;
  /** Whether the scope is the login's own: then other SVMs do not exist for it. */
  readonly ownScope: boolean;
  readonly target: RequestTarget;
  readonly body: Uint8Array;
  /** How long readers keep seeing the state before this write. */
  readonly lagMs: number;
}

/** One operation on one path; `keys` are the path's own parameters. */
export type Operation = (context: Context, keys: readonly string[]) => Result<Answer, ApiError>;

export function writeContext({ world, scope, lagMs }: Context): WriteContext {
  return { cluster: world.cluster, dialect: world.dialect, scope, nowMs: world.clock.monotonic(), lagMs };
}
