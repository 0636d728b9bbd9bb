import type { ClusterVersion } from "./cluster.ts";
import type { Dialect } from "./dialect.ts";

/**
 * What depends on the release of ONTAP, with the first one that has it. Facts: the texts of NetApp's Python library
 * (netapp-ontap) of each release, and the automation guide.
 */
const since = {
  /** `iscsi.allowed` and `iscsi.enabled` of an SVM. */
  svmIscsi: { generation: 9, major: 9, minor: 1 },
  /** Access levels of REST roles between `readonly` and `all`. */
  partialAccess: { generation: 9, major: 11, minor: 1 },
  /** The empty user clears an outbound pair. No library of 9.11.1 exists. */
  clearOutbound: { generation: 9, major: 12, minor: 1 },
  /** Bearer tokens (OAuth 2.0). */
  bearerTokens: { generation: 9, major: 14, minor: 1 },
} as const satisfies Readonly<Record<string, ClusterVersion>>;

export type Feature = keyof typeof since;

export function hasFeature(version: ClusterVersion, feature: Feature): boolean {
  const first = since[feature];
  if (version.generation !== first.generation) return version.generation > first.generation;
  return version.major === first.major ? version.minor >= first.minor : version.major > first.major;
}

/** What the empty outbound user of a PATCH comes to. */
export function clearingOf(version: ClusterVersion, { clearOutbound }: Dialect): "accepted" | "refused" | "ignored" {
  if (clearOutbound !== "by-release") return clearOutbound;
  return hasFeature(version, "clearOutbound") ? "accepted" : "refused";
}
