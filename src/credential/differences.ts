import {
  addressSetOf,
  emptyAddresses,
  equalSets,
  formatAddresses,
  isSubset,
  overlaps,
  type AddressSet,
  type DeclaredAddresses,
} from "../array/address-set.ts";
import type { AddressChange, ArrayCredential, AuthenticationType } from "../array/credential.ts";
import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import { defined } from "../std/defined.ts";

/** One field in which the array differs from the wish. Values are ONTAP's visible ones; passwords never have any. */
export interface Difference {
  readonly field: string;
  readonly observed?: string;
  readonly wanted?: string;
}

/** The part of a wish that ONTAP shows. */
export interface VisibleWish {
  readonly authenticationType: AuthenticationType;
  readonly inboundUser: string | undefined;
  readonly outboundUser: string | undefined;
  readonly addresses: AddressWish | undefined;
}

/** Addresses that a spec manages, both as declared and as the set they mean. */
export interface AddressWish {
  readonly merge: AddressChange["merge"];
  readonly declared: DeclaredAddresses;
  readonly set: AddressSet;
}

const merges = { Replace: "replace", Add: "add", Remove: "remove" } as const;

/** The addresses that a spec wishes; undefined when it manages none. The schema has already refused what is no address. */
export function addressWishOf({ initiatorAddress }: IscsiCredentialSpec): AddressWish | undefined {
  if (initiatorAddress === undefined) return undefined;
  const declared = { ranges: initiatorAddress.ranges ?? [], masks: initiatorAddress.masks ?? [] };
  const set = addressSetOf(declared);
  if (!set.ok) throw new Error("the schema let an address pass that is none");
  return { merge: merges[initiatorAddress.merge], declared, set: set.value };
}

/** What ONTAP holds besides the wish in authentication type and user names. */
export function authenticationDifferences(wish: VisibleWish, held: ArrayCredential): readonly Difference[] {
  return [
    difference("authentication_type", held.authenticationType, wish.authenticationType),
    difference("chap.inbound.user", held.inboundUser, wish.inboundUser),
    difference("chap.outbound.user", held.outboundUser, wish.outboundUser),
  ].flat();
}

function difference(field: string, observed: string | undefined, wanted: string | undefined): readonly Difference[] {
  return observed === wanted ? [] : [{ field, ...defined({ observed, wanted }) }];
}

/** What ONTAP holds besides the wish in addresses, by the wish's own manner: exactly these, also these, or none of these. */
export function addressDifferences(wish: AddressWish | undefined, held: AddressSet): readonly Difference[] {
  if (wish === undefined || addressesHold(wish, held)) return [];
  const wanted = { replace: "", add: "including ", remove: "without " }[wish.merge] + describeAddresses(wish.set);
  return [{ field: "initiator_address", observed: describeAddresses(held), wanted }];
}

function addressesHold({ merge, set }: AddressWish, held: AddressSet): boolean {
  switch (merge) {
    case "replace":
      return equalSets(set, held);
    case "add":
      return isSubset(set, held);
    case "remove":
      return !overlaps(set, held);
    default:
      return false;
  }
}

/** Whether removing would take the last address away, and so let the initiator in from anywhere. */
export function leavesNone(wish: AddressWish | undefined, held: AddressSet): boolean {
  return wish?.merge === "remove" && isSubset(held, wish.set);
}

/** The addresses that a new credential starts with. */
export function initialAddresses(wish: AddressWish | undefined): DeclaredAddresses | undefined {
  return wish === undefined || wish.merge === "remove" ? undefined : wish.declared;
}

function describeAddresses(set: AddressSet): string {
  return equalSets(set, emptyAddresses) ? "any address" : formatAddresses(set).join(", ");
}
