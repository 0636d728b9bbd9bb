import { ok, type Result } from "../../std/result.ts";
import { svmNamed, type Login, type Svm } from "../model/cluster.ts";
import type { World } from "../model/world.ts";
import { disagreement, noSuchSvm } from "../rules/resolve-svm.ts";
import type { ApiError } from "../wire/api-error.ts";
import type { ApiRequest } from "./request.ts";

/**
 * The one SVM a request is about: an SVM login's own, or the one named by `X-Dot-SVM-UUID` or `X-Dot-SVM-Name`. A header
 * that contradicts the other, or the login, is refused.
 */
export function readScope(world: World, login: Login, request: ApiRequest): Result<Svm | undefined, ApiError> {
  const own = login.svmUuid === undefined ? undefined : world.cluster.svms.get(login.svmUuid);
  const uuid = request.headers["x-dot-svm-uuid"];
  const name = request.headers["x-dot-svm-name"];
  const byUuid = uuid === undefined ? undefined : world.cluster.svms.get(uuid);
  if (uuid !== undefined && byUuid === undefined) return noSuchSvm("X-Dot-SVM-UUID", uuid);
  const byName = name === undefined ? undefined : svmNamed(world.cluster, name);
  if (name !== undefined && byName === undefined) return noSuchSvm("X-Dot-SVM-Name", name);
  const tunnelled = byUuid ?? byName;
  if (byUuid !== undefined && byName !== undefined && byUuid !== byName) return disagreement(byUuid.uuid, byName.name);
  if (own !== undefined && tunnelled !== undefined && own !== tunnelled) return noSuchSvm("svm", tunnelled.uuid);
  return ok(own ?? tunnelled);
}
