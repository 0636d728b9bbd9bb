import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import type { IscsiCredential } from "../api/parse.ts";
import { parseSvmUuid, type SvmUuid } from "../array/identifiers.ts";
import type { Svm } from "../array/port.ts";
import type { Sessions } from "../connection/session.ts";
import { appliedOf } from "./applied.ts";
import { connectionKeyOf } from "./references.ts";

/**
 * The SVM that a spec means among those that a login sees. One that was renamed is followed: no SVM has the name any more,
 * but the one that accepted the credential is still there.
 */
export function resolveSvm(
  { svm }: IscsiCredentialSpec,
  svms: readonly Svm[],
  appliedSvm: SvmUuid | undefined,
): Svm | undefined {
  if (svm.uuid !== undefined) {
    const uuid = parseSvmUuid(svm.uuid);
    return uuid.ok ? svms.find((candidate) => candidate.uuid === uuid.value) : undefined;
  }
  return svms.find(({ name }) => name === svm.name) ?? svms.find(({ uuid }) => uuid === appliedSvm);
}

/** The SVM that an object means, or this one if it is given, as far as its connection's open session shows it. */
export function svmOf(
  credential: IscsiCredential,
  uuid: SvmUuid | undefined,
  { sessions }: { readonly sessions: Sessions },
): Svm | undefined {
  const { spec, meta } = credential;
  if (!spec.ok) return undefined;
  const session = sessions.of(connectionKeyOf(spec.value, meta.namespace));
  if (session.state !== "open") return undefined;
  if (uuid !== undefined) return session.svms.find((svm) => svm.uuid === uuid);
  return resolveSvm(spec.value, session.svms, appliedOf(credential)?.svm.uuid as SvmUuid | undefined);
}
