import { leftBehindAcknowledgedAnnotation, reconcileRequestAnnotation } from "../api/fields.ts";
import type { OntapConnection } from "../api/parse.ts";
import { connectionFinalizer } from "./vocabulary.ts";

const annotations = [reconcileRequestAnnotation, leftBehindAcknowledgedAnnotation] as const;

/**
 * Whether a change of an OntapConnection needs a pass: not our own writes, nor what others write beside the spec. Our
 * finalizer counts when it is taken away: without it the connection could go before its credentials.
 */
export function needsReconcile(before: OntapConnection | undefined, after: OntapConnection | undefined): boolean {
  if (before === undefined || after === undefined) return true;
  const hadFinalizer = before.meta.finalizers.includes(connectionFinalizer);
  return (
    before.meta.generation !== after.meta.generation ||
    before.meta.deletionTimestamp !== after.meta.deletionTimestamp ||
    annotations.some((name) => before.meta.annotations[name] !== after.meta.annotations[name]) ||
    (hadFinalizer && !after.meta.finalizers.includes(connectionFinalizer))
  );
}
