import type { IscsiCredential } from "../api/parse.ts";
import type { ObjectKey } from "../api/key.ts";
import type { SvmUuid } from "../array/identifiers.ts";

/**
 * Who may write, when several objects claim one credential of one array: the oldest, by creationTimestamp and then
 * uid, so that the answer is the same for every order of events and after a restart.
 * `rivals` are the other objects with the same initiator; `svmOf` tells the SVM that an object means, if it is known:
 * one that is not known has never been written, and takes over when it is.
 */
export function winnerOver(
  credential: IscsiCredential,
  svm: SvmUuid,
  rivals: readonly IscsiCredential[],
  svmOf: (rival: IscsiCredential) => SvmUuid | undefined,
): ObjectKey | undefined {
  return rivals
    .filter((rival) => isOlder(rival, credential) && svmOf(rival) === svm)
    .toSorted((a, b) => (isOlder(a, b) ? -1 : 1))[0]?.key;
}

function isOlder({ meta: a }: IscsiCredential, { meta: b }: IscsiCredential): boolean {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp;
  return a.uid < b.uid;
}
