import type { IscsiCredential } from "../api/parse.ts";
import type { ObjectKey } from "../api/key.ts";
import type { SvmUuid } from "../array/identifiers.ts";

/**
 * Who may write, when several objects claim one credential of one array: the oldest, by creationTimestamp and then
 * uid, so that the answer is the same for every order of events and after a restart.
 * `rivals` are the other objects with the same initiator; `svmOf` tells the SVM that an object means, if it is known:
 * one that is not known has never been written, and takes over when it is. An object without a known SVM of its own
 * (nobody consents to it any more) loses to every other.
 */
export function winnerOver(
  credential: IscsiCredential,
  svm: SvmUuid,
  rivals: readonly IscsiCredential[],
  svmOf: (claimant: IscsiCredential) => SvmUuid | undefined,
): ObjectKey | undefined {
  const claims = svmOf(credential) !== undefined;
  return rivals
    .filter((rival) => svmOf(rival) === svm && (!claims || isOlder(rival, credential)))
    .toSorted((a, b) => (isOlder(a, b) ? -1 : 1))[0]?.key;
}

function isOlder({ meta: a }: IscsiCredential, { meta: b }: IscsiCredential): boolean {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp;
  return a.uid < b.uid;
}
