import { addressSetOf } from "../array/address-set.ts";
import type { AddressChange, ArrayCredential, Authentication, CredentialCreation } from "../array/credential.ts";
import { differingFields, shownBy, visibleFields, type WritePart } from "../array/visible-fields.ts";

/** What a write wants to be there afterwards, as far as ONTAP shows it: everything but passwords. */
export interface VisibleEffect {
  readonly authentication: Authentication | undefined;
  readonly addresses: AddressChange | undefined;
}

/** Everything that shows is as the write wanted it. */
export function shows(seen: ArrayCredential, { authentication, addresses }: VisibleEffect): boolean {
  const set = addresses === undefined ? undefined : addressSetOf(addresses);
  if (set?.ok === false) return false;
  const desired = {
    ...shownBy(authentication ?? { type: "none" }),
    addresses:
      addresses === undefined || set === undefined
        ? undefined
        : { merge: addresses.merge, declared: addresses, set: set.value },
  };
  const carries: Record<WritePart, boolean> = {
    authentication: authentication !== undefined,
    addresses: addresses !== undefined,
  };
  return differingFields(desired, seen).every((field) => !carries[visibleFields[field].carriedBy]);
}

/** A whole credential is created with exactly its addresses. */
export function effectOfCreation(creation: CredentialCreation): VisibleEffect {
  const { ranges, masks } = creation.addresses ?? { ranges: [], masks: [] };
  return { authentication: creation.authentication, addresses: { merge: "replace", ranges, masks } };
}
