import type { KubeObject } from "../../tools/harness/cluster.ts";
import { conditionIn, statusOf } from "./status-of.ts";

export type ArgoHealth = "Healthy" | "Progressing" | "Suspended" | "Degraded";

/**
 * Argo CD's health of a custom resource: deletion first (argoproj/argo-cd:gitops-engine/pkg/health/health.go), then the kind's
 * script, here the one that follows kstatus and knows `spec.suspend`, as Flux's kinds have it.
 */
export function argoHealthOf(object: KubeObject): ArgoHealth {
  const { metadata } = object;
  const { suspend } = (object["spec"] ?? {}) as { readonly suspend?: unknown };
  if (metadata.deletionTimestamp !== undefined) return "Progressing";
  if (suspend === true) return "Suspended";
  if (statusOf(object).observedGeneration !== metadata.generation) return "Progressing";
  if (conditionIn(object, "Stalled")?.status === "True") return "Degraded";
  if (conditionIn(object, "Reconciling")?.status === "True") return "Progressing";
  return conditionIn(object, "Ready")?.status === "True" ? "Healthy" : "Progressing";
}
