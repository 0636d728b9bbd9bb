import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import {
  addressSetOf,
  isSubset,
  type AddressSet,
  type DeclaredAddresses,
  type DesiredAddresses,
} from "../array/address-set.ts";
import type { ArrayCredential, DesiredFields } from "../array/credential.ts";
import { desiredText, differingFields, heldText, visibleFields, type WritePart } from "../array/visible-fields.ts";
import { defined } from "../std/defined.ts";

/** One field in which the array is not as desired. Values are ONTAP's visible ones; passwords never have any. */
export interface Difference {
  /** ONTAP's name of it. */
  readonly field: string;
  /** What ONTAP shows; "unreadable" if that could not be read. */
  readonly observed?: string;
  readonly wanted?: string;
}

const merges = { Replace: "replace", Add: "add", Remove: "remove" } as const;

/** The addresses that a spec desires; undefined when it manages none. The schema has already refused bad addresses. */
export function desiredAddressesOf({ initiatorAddress }: IscsiCredentialSpec): DesiredAddresses | undefined {
  if (initiatorAddress === undefined) return undefined;
  const declared = { ranges: initiatorAddress.ranges ?? [], masks: initiatorAddress.masks ?? [] };
  const set = addressSetOf(declared);
  if (!set.ok) throw new Error("the schema let a bad address pass");
  return { merge: merges[initiatorAddress.merge], declared, set: set.value };
}

/** What ONTAP shows otherwise than desired, among the fields that this part of a write carries. */
export function differencesIn(part: WritePart, desired: DesiredFields, held: ArrayCredential): readonly Difference[] {
  return differingFields(desired, held)
    .filter((field) => visibleFields[field].carriedBy === part)
    .map((field) => ({
      field: visibleFields[field].wire,
      ...defined({ observed: heldText(field, held), wanted: desiredText(field, desired) }),
    }));
}

/**
 * Whether removing may take the last address away, and so let the initiator in from anywhere: also when what is held
 * could not be read.
 */
export function leavesNone(desired: DesiredAddresses | undefined, held: AddressSet | undefined): boolean {
  return desired?.merge === "remove" && (held === undefined || isSubset(held, desired.set));
}

/** The addresses that a new credential starts with. */
export function initialAddresses(desired: DesiredAddresses | undefined): DeclaredAddresses | undefined {
  return desired === undefined || desired.merge === "remove" ? undefined : desired.declared;
}
