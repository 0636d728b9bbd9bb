import type { SecretText } from "../std/secret-text.ts";
import type { AddressMerge, AddressSet, DeclaredAddresses, DesiredAddresses } from "./address-set.ts";

/** ONTAP's own words for how an initiator proves itself. */
export const authenticationTypes = ["chap", "none", "deny"] as const;
export type AuthenticationType = (typeof authenticationTypes)[number];

/** What ONTAP shows of a credential. Its passwords are write-only, so none is here to compare. See `visible-fields.ts`. */
export interface HeldFields {
  readonly authenticationType: AuthenticationType;
  /** The user with which the initiator proves itself to the array. */
  readonly inboundUser: string | undefined;
  /** The user with which the array proves itself to the initiator (mutual CHAP). */
  readonly outboundUser: string | undefined;
  /** From where the initiator may log in; the empty set means from anywhere. */
  readonly addresses: AddressSet;
}

export type VisibleField = keyof HeldFields;

/** What should be seen. Undefined addresses are not managed; an undefined user should not be there. */
export interface DesiredFields extends Omit<HeldFields, "addresses"> {
  readonly addresses: DesiredAddresses | undefined;
}

/** A credential as ONTAP shows it. A field that could not be read is undefined, and listed as unreadable. */
export interface ArrayCredential extends Readonly<{ [Field in VisibleField]: HeldFields[Field] | undefined }> {
  readonly unreadable: readonly VisibleField[];
  /** The initiator as the array spells it, by which it is changed and removed: not every release may compare without case. */
  readonly shownAs: string;
}

export interface ChapPair {
  readonly user: string;
  readonly password: SecretText;
}

/** What a credential should be. A pair is always complete, so that ONTAP never has to guess the other half. */
export type Authentication =
  | { readonly type: "none" }
  | { readonly type: "deny" }
  | { readonly type: "chap"; readonly inbound: ChapPair; readonly outbound: ChapPair | undefined };

export interface AddressChange extends DeclaredAddresses {
  readonly merge: AddressMerge;
}

/** A whole new credential, for POST. */
export interface CredentialCreation {
  readonly authentication: Authentication;
  readonly addresses: DeclaredAddresses | undefined;
}

/** What one PATCH changes: at least one of the two. Without `outbound` in a chap authentication, ONTAP's is cleared. */
export interface CredentialChange {
  readonly authentication: Authentication | undefined;
  readonly addresses: AddressChange | undefined;
  /**
   * False if ONTAP was seen to hold no outbound pair, so that there is none to clear: ONTAP's older pages do not know the
   * empty user that clears, and a release of that time may refuse it. Left out, ONTAP may hold one.
   */
  readonly holdsOutbound?: boolean;
}
