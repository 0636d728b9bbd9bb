import { isDeepStrictEqual } from "node:util";
import { fitTo } from "../api/bounds.ts";
import type { Kind } from "../api/kinds.ts";
import type { ParsedObject } from "../api/parse.ts";
import type { ObjectWriter } from "../api/ports.ts";
import { ok } from "../std/result.ts";
import type { Store } from "./store.ts";
import type { KubeTransport } from "./transport.ts";
import { kubeWrites } from "./writes.ts";

/**
 * Writes finalizers and status of one kind. What the API server answers goes into the store at once. A status that is beyond
 * a bound of its definition is cut to it, so that it is not refused as a whole.
 */
export function createWriter<Spec, Status>(
  kind: Kind,
  parse: (raw: unknown) => ParsedObject<Spec, Status> | undefined,
  store: Store<ParsedObject<Spec, Status>>,
  transport: KubeTransport,
): ObjectWriter<Spec, Status> {
  const fit = fitTo(kind.status);
  return {
    async setFinalizers({ key, meta }, finalizers, signal) {
      const written = await transport.send(kubeWrites.finalizers(kind, key, meta, finalizers), signal);
      if (!written.ok) return written;
      const after = parse(written.value);
      if (after === undefined) return ok(undefined);
      const gone = after.meta.deletionTimestamp !== undefined && after.meta.finalizers.length === 0;
      if (gone) store.remove(key, meta.uid);
      else store.put(after);
      return ok(gone ? undefined : after);
    },

    async setStatus({ key, meta, status: before }, wanted, signal) {
      const status = fit(wanted);
      if (isDeepStrictEqual(status, before)) return { status: "unchanged" };
      const written = await transport.send(kubeWrites.status(kind, key, meta, status), signal);
      if (!written.ok) {
        return written.error.problem === "not-found" ? { status: "gone" } : { status: "retry", failure: written.error };
      }
      const after = parse(written.value);
      if (after !== undefined) store.put(after);
      return { status: "written" };
    },
  };
}
