import type { KubeObject } from "../../tools/harness/cluster.ts";
import { conditionIn, conditionsOf, statusOf } from "./status-of.ts";

export type Kstatus = "Current" | "InProgress" | "Failed" | "Terminating";

/** kubernetes-sigs/cli-utils:pkg/kstatus/status/{status,generic}.go, for a custom resource; in its order of evaluation. */
export function kstatusOf(object: KubeObject): Kstatus {
  const { metadata } = object;
  const { observedGeneration } = statusOf(object);
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  const bothKnown = metadata.generation !== undefined && observedGeneration !== undefined;
  if (bothKnown && metadata.generation !== observedGeneration) return "InProgress";
  for (const { type, status } of conditionsOf(object)) {
    if (type === "Reconciling" && status === "True") return "InProgress";
    if (type === "Stalled" && status === "True") return "Failed";
  }
  const ready = conditionIn(object, "Ready")?.status;
  return ready === "False" || ready === "Unknown" ? "InProgress" : "Current";
}

/** What ends a wait: Flux's `wait` with fail-fast, and Helm 4's watcher for a release of this object alone, obey kstatus. */
export function waitEnds(kstatus: Kstatus): "well" | "badly" | "not yet" {
  if (kstatus === "Current") return "well";
  return kstatus === "Failed" ? "badly" : "not yet";
}
