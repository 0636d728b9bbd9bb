import {
  addressSetOf,
  equalSets,
  isSubset,
  overlaps,
  type AddressSet,
  type DeclaredAddresses,
} from "../array/address-set.ts";
import type { AddressChange, ArrayCredential, Authentication } from "../array/credential.ts";
import { unreachable } from "../std/unreachable.ts";

/** What a write wants to be there afterwards, as far as ONTAP shows it: everything but passwords. */
export interface VisibleEffect {
  readonly authentication: Authentication | undefined;
  readonly addresses: AddressChange | undefined;
}

/** Everything that shows is as the write wanted it. */
export function shows(seen: ArrayCredential, { authentication, addresses }: VisibleEffect): boolean {
  return (
    (authentication === undefined || showsAuthentication(seen, authentication)) &&
    (addresses === undefined || showsAddresses(seen.addresses, addresses))
  );
}

/** A whole credential is created with exactly its addresses. */
export function effectOfCreation(creation: {
  readonly authentication: Authentication;
  readonly addresses: DeclaredAddresses | undefined;
}): VisibleEffect {
  const { ranges, masks } = creation.addresses ?? { ranges: [], masks: [] };
  return { authentication: creation.authentication, addresses: { merge: "replace", ranges, masks } };
}

function showsAuthentication(seen: ArrayCredential, wanted: Authentication): boolean {
  if (seen.authenticationType !== wanted.type) return false;
  if (wanted.type !== "chap") return true;
  return seen.inboundUser === wanted.inbound.user && seen.outboundUser === wanted.outbound?.user;
}

function showsAddresses(seen: AddressSet, { merge, ...declared }: AddressChange): boolean {
  const wanted = addressSetOf(declared);
  if (!wanted.ok) return false;
  switch (merge) {
    case "replace":
      return equalSets(seen, wanted.value);
    case "add":
      return isSubset(wanted.value, seen);
    case "remove":
      return !overlaps(wanted.value, seen);
    default:
      return unreachable(merge);
  }
}
