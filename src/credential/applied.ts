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

/** What proves that something on an array is an object's own. */
export interface Evidence {
  readonly applied: Applied | undefined;
  readonly attempt: Attempt | undefined;
  readonly formerSvms: readonly FormerSvm[];
}

/** The evidence in an object's status. Only what carries its own uid is its own. */
export function evidenceIn(credential: IscsiCredential): Evidence {
  const { meta, status } = credential;
  return {
    applied: appliedOf(credential),
    attempt: status?.attempt?.uid === meta.uid ? status.attempt : undefined,
    formerSvms: (status?.formerSvms ?? []).filter(({ uid }) => uid === meta.uid),
  };
}

/**
 * Every SVM that accepted a credential of an object, or may have, by a creation that was begun: the present one last. The answer
 * to a creation may have been lost together with the process that waited for it.
 */
export function acceptedBy({ applied, attempt, formerSvms }: Evidence): readonly FormerSvm[] {
  const present = applied === undefined ? attempt : applied;
  return present === undefined ? formerSvms : [...formerSvms, { ...present.svm, uid: present.uid }];
}

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
