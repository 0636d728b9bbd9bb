import { isDeepStrictEqual } from "node:util";
import { fitTo } from "../api/bounds.ts";
import type { KubeAnswer } from "../api/failure.ts";
import { isOurFinalizer, moreFinalizers, objectMeta, type ObjectMeta } from "../api/fields.ts";
import type { ObjectKey } from "../api/key.ts";
import type { Kind } from "../api/kinds.ts";
import type { ParsedObject } from "../api/parse.ts";
import type { ObjectWriter } from "../api/ports.ts";
import { ok } from "../std/result.ts";
import { listOfOne } from "./paths.ts";
import type { Store } from "./store.ts";
import type { KubeTransport } from "./transport.ts";
import { finalizersOf, metadataOnly, pageOf, type RawObject } from "./watch-events.ts";
import { kubeWrites } from "./writes.ts";

/**
 * Writes finalizers and status of one kind. Both writes name the resourceVersion that they change, so an answer of metadata
 * alone says all that is new: the rest of the object is as it was read, and as it was sent. So it goes into the store at once. A
 * status that is beyond a bound of its definition is cut to it, so that it is not refused as a whole.
 */
export function createWriter<Spec, Status>(
  kind: Kind,
  store: Store<ParsedObject<Spec, Status>>,
  transport: KubeTransport,
): ObjectWriter<Spec, Status> {
  const fit = fitTo(kind.status);

  /** The list to write: of an object with too many finalizers to keep, those of others are read now. */
  async function wholeList(
    key: ObjectKey,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): KubeAnswer<readonly string[]> {
    if (!finalizers.includes(moreFinalizers)) return ok(finalizers);
    const read = await transport.send({ method: "GET", ...listOfOne(kind, key), accept: metadataOnly.list }, signal);
    if (!read.ok) return read;
    const others = pageOf(read.value)
      .items.flatMap(finalizersOf)
      .filter((name) => !isOurFinalizer(name));
    return ok([...others, ...finalizers.filter(isOurFinalizer)]);
  }

  return {
    async setFinalizers(object, finalizers, signal) {
      const { key, meta: before } = object;
      const whole = await wholeList(key, finalizers, signal);
      if (!whole.ok) return whole;
      const written = await transport.send(kubeWrites.finalizers(kind, key, before, whole.value), signal);
      if (!written.ok) return written;
      const meta = metaAfter(before, written.value);
      const gone = meta.deletionTimestamp !== undefined && meta.finalizers.length === 0;
      if (gone) store.remove(key, meta.uid);
      else store.put({ ...object, meta });
      return ok(gone ? undefined : { ...object, meta });
    },

    async setStatus(object, wanted, signal) {
      const { key, meta: before } = object;
      const status = fit(wanted);
      if (isDeepStrictEqual(status, object.status)) return { status: "unchanged" };
      const written = await transport.send(kubeWrites.status(kind, key, before, status), signal);
      if (!written.ok) {
        return written.error.problem === "not-found" ? { status: "gone" } : { status: "retry", failure: written.error };
      }
      // As it would be read: a field that is undefined is not there.
      const read = JSON.parse(JSON.stringify(status)) as Status;
      store.put({ ...object, meta: metaAfter(before, written.value), status: read });
      return { status: "written" };
    },
  };
}

/** Labels are as they were kept before: which of them count depends on the kind. */
function metaAfter(before: ObjectMeta, answer: unknown): ObjectMeta {
  const parsed = objectMeta.safeParse((answer as RawObject)["metadata"]);
  return parsed.success ? { ...parsed.data, labels: before.labels } : before;
}
