import { apiGroup } from "../api/fields.ts";
import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import { keyOf, type ObjectKey } from "../api/key.ts";
import { parseInitiatorName, type InitiatorName } from "../array/identifiers.ts";

/** Put on an object before ONTAP hears of it, taken off after ONTAP has forgotten it: the note that we may have written. */
export const credentialFinalizer = `${apiGroup}/iscsi-credential`;

/** The OntapConnection that a credential in `namespace` names. */
export function connectionKeyOf({ connectionRef }: IscsiCredentialSpec, namespace: string): ObjectKey {
  return keyOf({ namespace: connectionRef.namespace ?? namespace, name: connectionRef.name });
}

/** The initiator, folded as ONTAP compares it. The schema has already refused what is none. */
export function initiatorOf({ initiator }: IscsiCredentialSpec): InitiatorName {
  const parsed = parseInitiatorName(initiator);
  if (!parsed.ok) throw new Error("the schema let an initiator pass that is none");
  return parsed.value;
}
