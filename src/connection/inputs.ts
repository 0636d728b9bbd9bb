import { reconcileRequestAnnotation } from "../api/fields.ts";
import type { OntapConnectionSpec } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import type { DataVersion } from "../api/ports.ts";

/** The part of a spec that an array is opened with. */
export const connecting = ({ endpoint, auth, tls, limits }: OntapConnectionSpec) => ({ endpoint, auth, tls, limits });

export const sameVersion = (a: DataVersion, b: DataVersion | undefined): boolean =>
  a.uid === b?.uid && a.resourceVersion === b.resourceVersion;

/** The value of the request annotation, if it has not been acted upon. */
export function requested({ meta, status }: OntapConnection): string | undefined {
  const value = meta.annotations[reconcileRequestAnnotation];
  return value === status?.lastHandledReconcileAt ? undefined : value;
}
