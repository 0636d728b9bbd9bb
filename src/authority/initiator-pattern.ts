import { namespacePlaceholder } from "../api/initiator-pattern.ts";
import { defaultInitiator, type InitiatorName } from "../array/identifiers.ts";

/**
 * Whether a pattern of a grant covers an initiator for a namespace. Both are folded to lower case, then whole strings are
 * compared: a pattern without `*` is one initiator, one with it is a beginning. None covers `default`. The pattern must
 * have passed the schema, which keeps `{namespace}` from covering what belongs to another namespace.
 */
export function coversInitiator(pattern: string, namespace: string, initiator: InitiatorName): boolean {
  if (initiator === defaultInitiator) return false;
  const text = pattern.toLowerCase().replace(namespacePlaceholder, () => namespace);
  return text.endsWith("*") ? initiator.startsWith(text.slice(0, -1)) : initiator === text;
}
