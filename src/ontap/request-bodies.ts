import type { DeclaredAddresses } from "../array/address-set.ts";
import type {
  AddressChange,
  Authentication,
  ChapPair,
  CredentialChange,
  CredentialCreation,
} from "../array/credential.ts";
import type { CredentialId } from "../array/identifiers.ts";
import type { MemberOf, WritePart } from "../array/visible-fields.ts";
import { SecretText } from "../std/secret-text.ts";

/** Bodies in ONTAP's own words. Passwords are revealed here, and the whole body becomes a secret at once. */

/** A part of a body: it names each of its members, so that none is forgotten. One that is undefined is not sent. */
type BodyPart<Part extends WritePart> = Readonly<Record<MemberOf<Part>, unknown>>;

export function creationBody({ svm, initiator }: CredentialId, creation: CredentialCreation): SecretText {
  const { authentication, addresses } = creation;
  return json({
    svm: { uuid: svm },
    initiator,
    ...authenticationOf(authentication, false),
    ...addressesOf(addresses && filled(addresses)),
  });
}

/** Never names SVM or initiator: ONTAP refuses them in a change. */
export function changeBody(change: CredentialChange): SecretText {
  const { authentication, addresses } = change;
  return json({
    ...(authentication === undefined ? {} : authenticationOf(authentication, clearsOutbound(change))),
    ...addressesOf(addresses && changedAddresses(addresses)),
  });
}

/** The passwords inside such a body, which no answer may show. */
export function passwordsOf(authentication: Authentication | undefined): readonly SecretText[] {
  if (authentication?.type !== "chap") return [];
  const { inbound, outbound } = authentication;
  return outbound === undefined ? [inbound.password] : [inbound.password, outbound.password];
}

/** Whether a change asks ONTAP to clear the outbound pair. */
export function clearsOutbound({ authentication, holdsOutbound = true }: CredentialChange): boolean {
  return authentication?.type === "chap" && authentication.outbound === undefined && holdsOutbound;
}

/** ONTAP refuses `chap` without the type, although its pages call the type optional. */
function authenticationOf(authentication: Authentication, clears: boolean): BodyPart<"authentication"> {
  const { type } = authentication;
  if (type !== "chap") return { authentication_type: type, chap: undefined };
  const pairs = pairsOf(authentication);
  // The empty user clears the pair that ONTAP holds.
  const cleared = clears ? { outbound: { user: "" } } : {};
  return { authentication_type: type, chap: { ...pairs, ...cleared } };
}

function pairsOf({ inbound, outbound }: Extract<Authentication, { type: "chap" }>): object {
  return { inbound: pairOf(inbound), ...(outbound === undefined ? {} : { outbound: pairOf(outbound) }) };
}

function pairOf({ user, password }: ChapPair): object {
  return { user, password: password.reveal() };
}

const addressesOf = (addresses: object | undefined): BodyPart<"addresses"> => ({ initiator_address: addresses });

/** To replace, both lists are said, or what ONTAP holds in the one left out might stay. */
function changedAddresses({ merge, ranges, masks }: AddressChange): object {
  return merge === "replace" ? { ranges, masks } : filled({ ranges, masks });
}

function filled({ ranges, masks }: DeclaredAddresses): object {
  return { ...(ranges.length === 0 ? {} : { ranges }), ...(masks.length === 0 ? {} : { masks }) };
}

function json(body: object): SecretText {
  return new SecretText(JSON.stringify(body));
}
