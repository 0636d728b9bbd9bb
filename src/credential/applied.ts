import type { IscsiCredentialStatus } from "../api/iscsi-credential.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { DataVersion } from "../api/ports.ts";

/** What ONTAP last accepted from an object: `status.applied`. */
export type Applied = NonNullable<IscsiCredentialStatus["applied"]>;

/** A creation that was begun while adoption is refused: `status.attempt`. */
export type Attempt = NonNullable<IscsiCredentialStatus["attempt"]>;

/** An SVM that holds a credential of the object, and that the object does not mean any more. */
export type FormerSvm = NonNullable<IscsiCredentialStatus["formerSvms"]>[number];

/** What the status of an object says that ONTAP accepted from it; undefined for a status that was another object's. */
export function appliedOf({ meta, status }: IscsiCredential): Applied | undefined {
  return status?.applied?.uid === meta.uid ? status.applied : undefined;
}

/** Every SVM that accepted a credential of an object: the present one last. */
export const acceptedBy = ({
  applied,
  formerSvms,
}: {
  readonly applied: Applied | undefined;
  readonly formerSvms: readonly FormerSvm[];
}): readonly FormerSvm[] => [...formerSvms, ...(applied === undefined ? [] : [{ ...applied.svm, uid: applied.uid }])];

/** From which versions of which Secrets a CHAP authentication was read. */
export interface SecretVersions {
  readonly inbound: NamedVersion | undefined;
  readonly outbound: NamedVersion | undefined;
}

export interface NamedVersion extends DataVersion {
  readonly name: string;
}

export const noSecrets: SecretVersions = { inbound: undefined, outbound: undefined };

export const secretVersionsOf = ({ inboundSecret, outboundSecret }: Applied): SecretVersions => ({
  inbound: inboundSecret,
  outbound: outboundSecret,
});

export function sameVersions(a: SecretVersions, b: SecretVersions): boolean {
  return sameVersion(a.inbound, b.inbound) && sameVersion(a.outbound, b.outbound);
}

function sameVersion(a: NamedVersion | undefined, b: NamedVersion | undefined): boolean {
  return a?.name === b?.name && a?.uid === b?.uid && a?.resourceVersion === b?.resourceVersion;
}
