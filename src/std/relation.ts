/** Which keys mention what, found from either side. */
export interface Relation<Key, Term> {
  /** What `key` mentions from now on, instead of what it mentioned before. */
  set(key: Key, terms: readonly Term[]): void;
  /** Who mentions it. */
  keysOf(term: Term): readonly Key[];
  /** All that is mentioned. */
  terms(): IterableIterator<Term>;
}

export function createRelation<Key, Term>(): Relation<Key, Term> {
  const keysOf = new Map<Term, Set<Key>>();
  const termsOf = new Map<Key, readonly Term[]>();

  function forget(key: Key, terms: readonly Term[]): void {
    for (const term of terms) {
      const keys = keysOf.get(term);
      if (keys?.delete(key) === true && keys.size === 0) keysOf.delete(term);
    }
    termsOf.delete(key);
  }

  return {
    set(key, terms) {
      const before = termsOf.get(key) ?? [];
      // Most changes of an object leave what it mentions as it is.
      if (before.length === terms.length && before.every((term, index) => term === terms[index])) return;
      forget(key, before);
      if (terms.length > 0) termsOf.set(key, terms);
      for (const term of terms) {
        const keys = keysOf.get(term);
        if (keys === undefined) keysOf.set(term, new Set([key]));
        else keys.add(key);
      }
    },
    keysOf: (term) => [...(keysOf.get(term) ?? [])],
    terms: () => keysOf.keys(),
  };
}
