import * as z from "zod";
import { keyOf, type ObjectKey } from "../api/key.ts";
import { objectMeta } from "../api/fields.ts";
import type { RawObject } from "./watch-events.ts";

/** A Namespace, as far as a connection's grants read it. */
export interface NamespaceMetadata {
  readonly key: ObjectKey;
  readonly meta: { readonly uid: string; readonly resourceVersion: string };
  readonly labels: Readonly<Record<string, string>>;
}

export const namespaceKey = (name: string): ObjectKey => keyOf({ namespace: "", name });

/** All labels count, however many: a selector may ask for what is absent. Only administrators write them. */
const namespaceMeta = objectMeta.extend({ labels: z.record(z.string(), z.string()).default({}) });

export function parseNamespace(raw: RawObject): NamespaceMetadata | undefined {
  const meta = namespaceMeta.safeParse(raw["metadata"]);
  if (!meta.success) return undefined;
  const { name, uid, resourceVersion, labels } = meta.data;
  return { key: namespaceKey(name), meta: { uid, resourceVersion }, labels };
}
