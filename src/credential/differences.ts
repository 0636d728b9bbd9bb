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

/** One field in which the array differs from the desired. Values are ONTAP's visible ones; passwords never have any. */
export interface Difference {
  readonly field: string;
  readonly observed?: string;
  readonly wanted?: string;
}

/** The part of a desired that ONTAP shows. */
export interface VisibleDesired {
  readonly authenticationType: AuthenticationType;
  readonly inboundUser: string | undefined;
  readonly outboundUser: string | undefined;
  readonly addresses: DesiredAddresses | undefined;
}

/** Addresses that a spec manages, both as declared and as the set they mean. */
export interface DesiredAddresses {
  readonly merge: AddressChange["merge"];
  readonly declared: DeclaredAddresses;
  readonly set: AddressSet;
}

const merges = { Replace: "replace", Add: "add", Remove: "remove" } as const;

/** The addresses that a spec wishes; undefined when it manages none. The schema has already refused what is no address. */
export function desiredAddressesOf({ initiatorAddress }: IscsiCredentialSpec): DesiredAddresses | undefined {
  if (initiatorAddress === undefined) return undefined;
  const declared = { ranges: initiatorAddress.ranges ?? [], masks: initiatorAddress.masks ?? [] };
  const set = addressSetOf(declared);
  if (!set.ok) throw new Error("the schema let an address pass that is none");
  return { merge: merges[initiatorAddress.merge], declared, set: set.value };
}

/** What ONTAP holds besides the desired in authentication type and user names. */
export function authenticationDifferences(desired: VisibleDesired, held: ArrayCredential): readonly Difference[] {
  return [
    difference("authentication_type", held.authenticationType, desired.authenticationType),
    difference("chap.inbound.user", held.inboundUser, desired.inboundUser),
    difference("chap.outbound.user", held.outboundUser, desired.outboundUser),
  ].flat();
}

function difference(field: string, observed: string | undefined, wanted: string | undefined): readonly Difference[] {
  return observed === wanted ? [] : [{ field, ...defined({ observed, wanted }) }];
}

/** What ONTAP holds besides the desired in addresses, by the desired's own manner: exactly these, also these, or none of these. */
export function addressDifferences(desired: DesiredAddresses | undefined, held: AddressSet): readonly Difference[] {
  if (desired === undefined || addressesHold(desired, held)) return [];
  const wanted = { replace: "", add: "including ", remove: "without " }[desired.merge] + describeAddresses(desired.set);
  return [{ field: "initiator_address", observed: describeAddresses(held), wanted }];
}

function addressesHold({ merge, set }: DesiredAddresses, held: AddressSet): boolean {
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
export function leavesNone(desired: DesiredAddresses | undefined, held: AddressSet): boolean {
  return desired?.merge === "remove" && isSubset(held, desired.set);
}

/** The addresses that a new credential starts with. */
export function initialAddresses(desired: DesiredAddresses | undefined): DeclaredAddresses | undefined {
  return desired === undefined || desired.merge === "remove" ? undefined : desired.declared;
}

function describeAddresses(set: AddressSet): string {
  return equalSets(set, emptyAddresses) ? "any address" : formatAddresses(set).join(", ");
}
