import type { ObjectMeta } from "../api/fields.ts";
import type { ObjectKey } from "../api/key.ts";
import type { Kind } from "../api/kinds.ts";
import { eventsPath, leasesPath, objectPath } from "./paths.ts";
import type { KubeRequest } from "./transport.ts";
import { metadataOnly } from "./watch-events.ts";

/**
 * Every request with which the operator changes something in the API server; there are no others. What must hold at
 * each of them (only the leader writes, a crash around it heals) is checked over this list.
 */
export const kubeWrites = {
  /** Fails with `conflict` if the object is no longer as it was read: another client may have changed the list. */
  finalizers: (kind: Kind, key: ObjectKey, { uid, resourceVersion }: ObjectMeta, finalizers: readonly string[]) => ({
    ...mergePatch(objectPath(kind, key), { metadata: { uid, resourceVersion, finalizers } }),
    accept: metadataOnly.watch,
  }),

  /**
   * Replaces the whole status. Fails with `conflict` if the object is no longer as it was read: it may be another one of the
   * same name by now, or another client may have added a condition. No server-side apply: that fails for an object whose spec
   * has other types than the definition, stored before there was one.
   */
  status: (kind: Kind, key: ObjectKey, { resourceVersion }: ObjectMeta, status: unknown): KubeRequest => ({
    method: "PATCH",
    path: `${objectPath(kind, key)}/status`,
    query: { fieldManager },
    accept: metadataOnly.watch,
    contentType: "application/json-patch+json",
    body: [
      { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
      { op: "add", path: "/status", value: status },
    ],
  }),

  event: (namespace: string, event: object): KubeRequest => ({
    method: "POST",
    path: eventsPath(namespace),
    query: { fieldManager },
    body: event,
  }),

  /** The same Event again. */
  eventSeries: (namespace: string, name: string, count: number, lastObservedTime: string): KubeRequest =>
    mergePatch(`${eventsPath(namespace)}/${name}`, { series: { count, lastObservedTime } }),

  /** Fails with `conflict` if another process was first. */
  leaseCreate: (namespace: string, lease: object): KubeRequest => ({
    method: "POST",
    path: leasesPath(namespace),
    query: { fieldManager },
    body: lease,
  }),

  /** Fails with `conflict` if the Lease is no longer as it was read: so only one can win it. */
  leaseUpdate: (namespace: string, name: string, lease: object): KubeRequest => ({
    method: "PUT",
    path: `${leasesPath(namespace)}/${encodeURIComponent(name)}`,
    query: { fieldManager },
    body: lease,
  }),
} as const;

/** One name for all that we write, so that everyone sees in managedFields whose it is. */
const fieldManager = "ontap-iscsi-operator";

const mergePatch = (path: string, body: object): KubeRequest => ({
  method: "PATCH",
  path,
  query: { fieldManager },
  contentType: "application/merge-patch+json",
  body,
});

/** metav1.MicroTime: RFC 3339 with six decimals, which the API server demands of Events and Leases. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z");
