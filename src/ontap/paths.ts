import type { AddressMerge } from "../array/address-set.ts";
import type { CredentialId, SvmUuid } from "../array/identifiers.ts";

/**
 * The paths we ask for. Identifiers come from their parsers and hold nothing that could climb (`..`) or end a segment;
 * they are percent-encoded all the same, since a DELETE on a collection deletes whatever matches.
 */

const collection = "/api/protocols/san/iscsi/credentials";

/** What we read of a credential, beyond the identity that always comes. Passwords cannot be read. */
const credentialFields = "authentication_type,chap.inbound.user,chap.outbound.user,initiator_address";

/** Records per page; ONTAP's own limit is ten thousand or 15 seconds. */
const pageSize = 1000;

export const paths = {
  cluster: "/api/cluster?fields=uuid,name,version",
  svms: `/api/svm/svms?fields=uuid,name,state,subtype&max_records=${pageSize}`,
  creation: collection,
  credentials: (svm: SvmUuid): string =>
    `${collection}?svm.uuid=${encodeURIComponent(svm)}&fields=${credentialFields}&max_records=${pageSize}`,
  credential: (id: CredentialId): string => `${instance(id)}?fields=${credentialFields}`,
  change: (id: CredentialId, merge: AddressMerge): string => `${instance(id)}${mergeQuery[merge]}`,
  removal: (id: CredentialId): string => instance(id),
} as const;

const mergeQuery = {
  replace: "",
  add: "?add_initiator_addresses=true",
  remove: "?remove_initiator_addresses=true",
} as const satisfies Record<AddressMerge, string>;

function instance({ svm, initiator }: CredentialId): string {
  return `${collection}/${encodeURIComponent(svm)}/${encodeURIComponent(initiator)}`;
}

/**
 * Whether a `next` link may be followed as it stands: a path of this API on the same host that does not climb out of
 * it, of characters that a request line can carry.
 */
export function isOwnPath(href: string): boolean {
  if (!/^\/api\/[\x21-\x7e]*$/.test(href)) return false;
  return new URL(href, "https://array").pathname.startsWith("/api/");
}
