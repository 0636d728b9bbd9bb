import type { DeclaredAddresses } from "../array/address-set.ts";
import type {
  AddressChange,
  Authentication,
  ChapPair,
  CredentialChange,
  CredentialCreation,
} from "../array/credential.ts";
import type { CredentialId } from "../array/identifiers.ts";
import { SecretText } from "../std/secret-text.ts";

/** Bodies in ONTAP's own words. Passwords are revealed here, and the whole body becomes a secret at once. */

export function creationBody({ svm, initiator }: CredentialId, creation: CredentialCreation): SecretText {
  const { authentication, addresses } = creation;
  return json({
    svm: { uuid: svm },
    initiator,
    authentication_type: authentication.type,
    ...(authentication.type === "chap" ? { chap: pairsOf(authentication) } : {}),
    ...(addresses === undefined ? {} : { initiator_address: filled(addresses) }),
  });
}

/** Never names SVM or initiator: ONTAP refuses them in a change. */
export function changeBody(change: CredentialChange): SecretText {
  const { authentication, addresses } = change;
  return json({
    ...(authentication === undefined ? {} : authenticationOf(authentication, clearsOutbound(change))),
    ...(addresses === undefined ? {} : { initiator_address: addressesOf(addresses) }),
  });
}

/** The passwords inside such a body: what no answer to it may show. */
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
function authenticationOf(authentication: Authentication, clears: boolean): object {
  const { type } = authentication;
  if (type !== "chap") return { authentication_type: type };
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

/** To replace, both lists are said, or what ONTAP holds in the one left out might stay. */
function addressesOf({ merge, ranges, masks }: AddressChange): object {
  return merge === "replace" ? { ranges, masks } : filled({ ranges, masks });
}

function filled({ ranges, masks }: DeclaredAddresses): object {
  return { ...(ranges.length === 0 ? {} : { ranges }), ...(masks.length === 0 ? {} : { masks }) };
}

function json(body: object): SecretText {
  return new SecretText(JSON.stringify(body));
}
