import { ok, type Result } from "../../std/result.ts";
import { svmNamed, type Cluster, type Svm } from "../model/cluster.ts";
import { refuse, type ApiError } from "../wire/api-error.ts";
import type { SvmReference } from "./credential-body.ts";

/**
 * The SVM that a write means: the scope (SVM login or tunnelling header) and the reference must agree (2621706), one of
 * them must be given (2621707), and the SVM must exist and be seen by this login (2621462).
 */
export function resolveSvm(
  cluster: Cluster,
  scope: Svm | undefined,
  reference: SvmReference | undefined,
): Result<Svm, ApiError> {
  const { uuid, name } = reference ?? {};
  if (uuid === undefined && name === undefined) {
    return scope === undefined ? refuse("2621707", { target: "svm" }) : ok(scope);
  }
  if (scope !== undefined) {
    // Compared before anything is looked up: a mismatch is one whether or not the other SVM exists.
    const agrees = (uuid ?? scope.uuid) === scope.uuid && (name ?? scope.name) === scope.name;
    return agrees ? ok(scope) : disagreement(uuid ?? scope.uuid, name ?? scope.name);
  }
  const byUuid = uuid === undefined ? undefined : cluster.svms.get(uuid);
  if (uuid !== undefined && byUuid === undefined) return noSuchSvm("svm.uuid", uuid);
  const byName = name === undefined ? undefined : svmNamed(cluster, name);
  if (uuid !== undefined && name !== undefined && byUuid !== byName) return disagreement(uuid, name);
  const svm = byUuid ?? byName;
  if (svm === undefined) return noSuchSvm("svm.name", name ?? "");
  return ok(svm);
}

export function noSuchSvm(target: string, value: string): Result<never, ApiError> {
  return refuse("2621462", { target, values: [value] });
}

export function disagreement(uuid: string, name: string): Result<never, ApiError> {
  return refuse("2621706", { target: "svm", values: [uuid, name] });
}

/**
 * Whether the SVM takes writes at all. None of these codes is documented for credentials: 5374893 is the service's answer
 * for a stopped SVM, 2621574 and 2621507 were seen or documented on other endpoints.
 */
export function checkWritable(svm: Svm): Result<Svm, ApiError> {
  if (svm.state !== "running") return refuse("5374893", { values: [svm.name] });
  if (svm.subtype === "dp_destination" || svm.subtype === "sync_destination") {
    return refuse("2621574", { values: [svm.name] });
  }
  if (!svm.iscsiAllowed) return refuse("2621507", { values: [svm.name] });
  return ok(svm);
}
