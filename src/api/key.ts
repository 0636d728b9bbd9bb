import type { Brand } from "../std/brand.ts";

/** `namespace/name` of an object of one kind. */
export type ObjectKey = Brand<"ObjectKey">;

export interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

export const keyOf = ({ namespace, name }: NamespacedName): ObjectKey => `${namespace}/${name}` as ObjectKey;

export function namespacedNameOf(key: ObjectKey): NamespacedName {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
