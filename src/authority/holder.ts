import type { ObjectKey } from "../api/key.ts";

/** An object that claims one identity (trust domain, SVM, initiator), as far as it matters who holds it. */
export interface Claimant {
  readonly key: ObjectKey;
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly namespace: string;
  readonly deleting: boolean;
  /** Its `status.applied` names the identity, with its own uid, and the grant for that was not withdrawn. */
  readonly holdsByStatus: boolean;
  /** It could write now: complete, granted, mode Enforce, not suspended. */
  readonly eligible: boolean;
}

/** Who holds an identity, and who waits for it. */
export interface Holding {
  readonly holder: Claimant | undefined;
  /** Those that could write if the holder were gone; the first one is next. */
  readonly waiting: readonly Claimant[];
}

/**
 * Decides among all objects that claim one identity, in whatever order they are given. The holder is the one that the
 * array accepted: of two, the one that is not being deleted, then the older. It keeps its claim in mode Plan and while it
 * is suspended. Where none holds, age decides among those that could write: an older object that becomes complete
 * later takes no one's place.
 */
export function holderOf(claimants: Iterable<Claimant>): Holding {
  const byAge = [...claimants].toSorted(olderFirst);
  const candidates = byAge.filter(({ eligible, deleting }) => eligible && !deleting);
  const holding = byAge.filter(({ holdsByStatus }) => holdsByStatus);
  const holder = holding.find(({ deleting }) => !deleting) ?? holding[0] ?? candidates[0];
  return { holder, waiting: candidates.filter(({ uid }) => uid !== holder?.uid) };
}

/** By creationTimestamp and then uid, so that the answer is the same for every order of events and after a restart. */
function olderFirst(a: Claimant, b: Claimant): number {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
  return a.uid < b.uid ? -1 : Number(a.uid > b.uid);
}
