import type { KubeAnswer } from "../api/failure.ts";
import { groupVersion, type Kind } from "../api/kinds.ts";
import type { ParsedObject } from "../api/parse.ts";
import { ok } from "../std/result.ts";
import { objectPath } from "./paths.ts";
import type { Store } from "./store.ts";
import type { KubeTransport } from "./transport.ts";

/** One name for all that we write, so that everyone sees in managedFields whose it is. */
export const fieldManager = "ontap-iscsi-operator";

export interface ObjectWriter<Spec, Status> {
  setFinalizers(
    object: ParsedObject<Spec, Status>,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): KubeAnswer<ParsedObject<Spec, Status> | undefined>;
  setStatus(object: ParsedObject<Spec, Status>, status: Status, signal: AbortSignal): KubeAnswer<void>;
}

/** Writes finalizers and status of one kind. What the API server answers goes into the store at once. */
export function createWriter<Spec, Status>(
  kind: Kind,
  parse: (raw: unknown) => ParsedObject<Spec, Status> | undefined,
  store: Store<ParsedObject<Spec, Status>>,
  transport: KubeTransport,
): ObjectWriter<Spec, Status> {
  return {
    /** Fails with `conflict` if the object is no longer as it was read: somebody else may have changed the list. */
    async setFinalizers({ key, meta }, finalizers, signal) {
      const { uid, resourceVersion } = meta;
      const written = await transport.send(
        {
          method: "PATCH",
          path: objectPath(kind, key),
          query: { fieldManager },
          contentType: "application/merge-patch+json",
          body: { metadata: { uid, resourceVersion, finalizers } },
        },
        signal,
      );
      if (!written.ok) return written;
      const after = parse(written.value);
      if (after === undefined) return ok(undefined);
      const gone = after.meta.deletionTimestamp !== undefined && after.meta.finalizers.length === 0;
      if (gone) store.remove(key, uid);
      else store.put(after);
      return ok(gone ? undefined : after);
    },

    /** Server-side apply: fields that we no longer send are removed. Fails with `conflict` if it is another object by now. */
    async setStatus({ key, meta }, status, signal) {
      const { name, namespace, uid } = meta;
      const written = await transport.send(
        {
          method: "PATCH",
          path: `${objectPath(kind, key)}/status`,
          query: { fieldManager, force: "true" },
          contentType: "application/apply-patch+yaml",
          body: { apiVersion: groupVersion, kind: kind.kind, metadata: { name, namespace, uid }, status },
        },
        signal,
      );
      if (!written.ok) return written;
      const after = parse(written.value);
      if (after !== undefined) store.put(after);
      return ok(undefined);
    },
  };
}
