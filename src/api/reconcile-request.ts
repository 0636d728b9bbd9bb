import { fitTo } from "./bounds.ts";
import { lastHandledReconcileAt, reconcileRequestAnnotation, type ObjectMeta } from "./fields.ts";

/** A person's request to look at an object now, by annotation; any new value is a new request. */

interface Requestable {
  readonly meta: Pick<ObjectMeta, "annotations">;
  readonly status: { readonly lastHandledReconcileAt?: string | undefined } | undefined;
}

const fit = fitTo(lastHandledReconcileAt);

/** The latest request, handled or not, in the form in which the status repeats it. */
export const requestOf = ({ annotations }: Pick<ObjectMeta, "annotations">): string | undefined =>
  fit(annotations[reconcileRequestAnnotation]);

/** The latest request if no pass has handled it; an annotation that was taken away asks for nothing. */
export function pendingRequest({ meta, status }: Requestable): string | undefined {
  const request = requestOf(meta);
  return request === status?.lastHandledReconcileAt ? undefined : request;
}
