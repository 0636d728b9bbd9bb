import type { AddressMerge } from "../array/address-set.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import type { AddressedCredential } from "../array/port.ts";
import { visibleFieldNames, visibleFields } from "../array/visible-fields.ts";

/**
 * The paths we ask for. Identifiers come from their parsers and hold nothing that could climb (`..`) or end a segment;
 * they are percent-encoded all the same, since a DELETE on a collection deletes whatever matches.
 */

const collection = "/api/protocols/san/iscsi/credentials";

/**
 * What we read of a credential. No source says that its identity comes to every login when `fields` names others, so it is
 * asked for by name.
 */
const credentialFields = [
  "svm.uuid",
  "initiator",
  ...visibleFieldNames.map((field) => visibleFields[field].wire),
].join();

/** Records per page; ONTAP's own limit is ten thousand or 15 seconds. */
const pageSize = 500;

export const paths = {
  cluster: "/api/cluster?fields=uuid,name,version",
  svms: `/api/svm/svms?fields=uuid,name,state,subtype&max_records=${pageSize}`,
  creation: collection,
  credentials: (svm: SvmUuid): string =>
    `${collection}?svm.uuid=${encodeURIComponent(svm)}&fields=${credentialFields}&max_records=${pageSize}`,
  credential: (id: AddressedCredential): string => `${instance(id)}?fields=${credentialFields}`,
  change: (id: AddressedCredential, merge: AddressMerge): string => `${instance(id)}${mergeQuery[merge]}`,
  removal: (id: AddressedCredential): string => instance(id),
} as const;

const mergeQuery = {
  replace: "",
  add: "?add_initiator_addresses=true",
  remove: "?remove_initiator_addresses=true",
} as const satisfies Record<AddressMerge, string>;

/** By the spelling that the array showed, if that is one of the same name. */
function instance({ svm, initiator, shownAs }: AddressedCredential): string {
  const spelled = shownAs?.toLowerCase() === initiator ? shownAs : initiator;
  return `${collection}/${encodeURIComponent(svm)}/${encodeURIComponent(spelled)}`;
}

/**
 * Whether a `next` link may be followed as it stands: a path of this API on the same host that does not climb out of
 * it, of characters that a request line can carry.
 */
export function isOwnPath(href: string): boolean {
  if (!/^\/api\/[\x21-\x7e]*$/.test(href)) return false;
  return new URL(href, "https://array").pathname.startsWith("/api/");
}
