import type { Kind } from "../api/kinds.ts";
import type { ObjectKey } from "../api/key.ts";
import { apiGroup } from "../api/fields.ts";
import { objectPath } from "../kube/paths.ts";
import type { KubeRequest } from "../kube/transport.ts";

/** Every request with which a command changes objects of ours, as the person who runs it. The operator itself sends none of them. */
export const deskWrites = {
  /** What the array holds stays there when the object goes. */
  retain: (kind: Kind, key: ObjectKey): KubeRequest => mergePatch(kind, key, { spec: { deletionPolicy: "Retain" } }),

  remove: (kind: Kind, key: ObjectKey): KubeRequest => ({ method: "DELETE", path: objectPath(kind, key) }),

  /** Takes off what the operator would: its finalizers, and nothing of others. */
  release(kind: Kind, key: ObjectKey, finalizers: readonly string[], resourceVersion: string): KubeRequest {
    const others = finalizers.filter((finalizer) => !isOurs(finalizer));
    return mergePatch(kind, key, { metadata: { finalizers: others, resourceVersion } });
  },
} as const;

/** Whether a finalizer is one that only the operator takes off. */
export const isOurs = (finalizer: string): boolean => finalizer.startsWith(`${apiGroup}/`);

const mergePatch = (kind: Kind, key: ObjectKey, body: object): KubeRequest => ({
  method: "PATCH",
  path: objectPath(kind, key),
  query: { fieldManager: "ontap-iscsi-operator-cli" },
  contentType: "application/merge-patch+json",
  body,
});
