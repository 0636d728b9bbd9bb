import type { OntapConnectionSpec } from "../api/ontap-connection.ts";
import type { Labels } from "../std/label-selector.ts";
import type { ConnectionFailure } from "./failure.ts";

/** What the flags of the operator let OntapConnections do, no matter who owns them. */
export interface ConnectionPolicy {
  /** @param endpoint `host:port`. */
  readonly allowedEndpoints: (endpoint: string) => boolean;
  /** By the labels of their namespace. */
  readonly mayOwnConnections: (labels: Labels) => boolean;
  readonly forbidInsecureTls: boolean;
}

/** Why the policy forbids a connection, if it does. Asked before anything that the connection refers to is read. */
export function forbiddenBy(
  policy: ConnectionPolicy,
  spec: OntapConnectionSpec,
  endpoint: string,
  { namespace, labels }: { readonly namespace: string; readonly labels: Labels },
): ConnectionFailure | undefined {
  if (!policy.mayOwnConnections(labels)) return { kind: "namespace-not-allowed", namespace };
  if (!policy.allowedEndpoints(endpoint)) return { kind: "endpoint-not-allowed", endpoint };
  if (policy.forbidInsecureTls && spec.tls.insecureSkipVerify) return { kind: "insecure-tls-forbidden" };
  return undefined;
}
