import type { ObjectKey } from "../api/key.ts";

/**
 * Every limit that can deny what an object asks for, with what a person reads after "OntapConnection NAME". It names
 * what the object itself declares, and nothing of other namespaces, SVMs or initiators: a connection that does not
 * exist and one that grants nothing, an SVM that is not there and one that is not granted, read the same.
 */
const limits = {
  unknown: "cannot be judged yet: its spec or this namespace has not been read",
  namespace: "does not exist or grants nothing to this namespace",
  name: "is not in a namespace that this operator serves (--namespaces), or does not grant to this one by names; it reads no labels for a selector",
  svm: "shows no such SVM (spec.svm) to this namespace, or does not grant it",
  initiator: "does not grant this initiator (spec.initiator) to this namespace",
  default: "does not grant the initiator default (defaultInitiator) to this namespace",
  type: "does not grant this authenticationType to this namespace",
  mutual: "requires mutual CHAP of this namespace: declare chap.outbound",
  addresses:
    "requires initiatorAddress of this namespace, with merge Replace and only addresses of the granted networks (addresses.within)",
  adoption: "does not grant the adoption of a credential that the array held before (adoption)",
  deletion: "does not grant this deletionPolicy to this namespace (deletion); Retain is always possible",
  "deletion-of-adopted":
    "does not grant the deletion of a credential that the array held before, without type none among its authenticationTypes; Retain is always possible",
  "deletion-opens":
    "does not grant a deletion that may let the initiator in without authentication, by the default of the SVM; Retain is always possible",
  quota: "grants no further IscsiCredential to this namespace (maxCredentials)",
} as const satisfies Readonly<Record<string, string>>;

/** Why something is not granted: the one limit that stands in the way of the grant that allows most of it. */
export type Limit = keyof typeof limits;

export const allLimits = Object.keys(limits) as readonly Limit[];

/** What a person reads: the limit, and who can change it. */
export function limitMessage(limit: Limit, connection: ObjectKey): string {
  const next =
    limit === "unknown"
      ? "It is tried again as soon as that is known"
      : "Ask the owner of the connection to change its spec.grants";
  return `OntapConnection ${connection} ${limits[limit]}. ${next}.`;
}
