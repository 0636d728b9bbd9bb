import type { SecretVersions } from "./applied.ts";
import type { ReadSecrets } from "./secrets.ts";

/**
 * When the edit that these Secrets carry was heard of: the latest one, if both directions were edited. Undefined if none
 * was: what ONTAP had accepted came from the same versions, or from other Secrets, which is an edit of the spec.
 */
export function editHeardMs(
  { versions, heardMs }: Pick<ReadSecrets, "versions" | "heardMs">,
  accepted: SecretVersions | undefined,
): number | undefined {
  const edits = (["inbound", "outbound"] as const).flatMap((direction) => {
    const [now, before] = [versions[direction], accepted?.[direction]];
    const edited = now?.name === before?.name && now?.resourceVersion !== before?.resourceVersion;
    return edited ? (heardMs[direction] ?? []) : [];
  });
  return edits.length === 0 ? undefined : Math.max(...edits);
}
