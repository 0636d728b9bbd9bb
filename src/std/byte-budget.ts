/** How many bytes of all answers together may be held at once, of however many servers. */
export interface ByteBudget {
  /** `crowdOut` is called if this answer is the largest when there is no more room; it is then out of the budget. */
  enter(crowdOut: () => void): BudgetShare;
}

/** One answer's share. Disposing of it frees it. */
export interface BudgetShare extends Disposable {
  add(bytes: number): void;
}

/**
 * The largest answer gives way, so that a server that sends as much as it may, or as slowly, takes room from itself and
 * not from the small answers of others.
 */
export function createByteBudget(mostBytes: number): ByteBudget {
  const shares = new Map<BudgetShare, { bytes: number; readonly crowdOut: () => void }>();
  let held = 0;

  function remove(share: BudgetShare): void {
    held -= shares.get(share)?.bytes ?? 0;
    shares.delete(share);
  }

  function makeRoom(): void {
    const [largest] = [...shares].toSorted(([, a], [, b]) => b.bytes - a.bytes);
    if (largest === undefined) return;
    remove(largest[0]);
    largest[1].crowdOut();
  }

  return {
    enter(crowdOut) {
      const share: BudgetShare = {
        add(bytes) {
          const entry = shares.get(share);
          if (entry === undefined) return;
          entry.bytes += bytes;
          held += bytes;
          if (held > mostBytes) makeRoom();
        },
        [Symbol.dispose]: () => remove(share),
      };
      shares.set(share, { bytes: 0, crowdOut });
      return share;
    },
  };
}
