/** Which keys mention what, found from either side. Keys are no Sets. */
export interface Relation<Key, Term> {
  /** What `key` mentions from now on, instead of what it mentioned before. */
  set(key: Key, terms: readonly Term[]): void;
  /** Who mentions it. */
  keysOf(term: Term): readonly Key[];
  /** All that is mentioned. */
  terms(): IterableIterator<Term>;
}

export function createRelation<Key, Term>(): Relation<Key, Term> {
  /** Most terms are mentioned once: ten thousand Sets of one would be megabytes. */
  const keysOf = new Map<Term, Key | Set<Key>>();
  const termsOf = new Map<Key, readonly Term[]>();

  function add(term: Term, key: Key): void {
    const keys = keysOf.get(term);
    if (keys instanceof Set) keys.add(key);
    else if (keys === undefined) keysOf.set(term, key);
    else if (keys !== key) keysOf.set(term, new Set([keys, key]));
  }

  function remove(term: Term, key: Key): void {
    const keys = keysOf.get(term);
    if (keys instanceof Set) {
      keys.delete(key);
      if (keys.size === 0) keysOf.delete(term);
    } else if (keys === key) keysOf.delete(term);
  }

  return {
    set(key, terms) {
      const before = termsOf.get(key) ?? [];
      // Most changes of an object leave what it mentions as it is.
      if (before.length === terms.length && before.every((term, index) => term === terms[index])) return;
      for (const term of before) remove(term, key);
      if (terms.length > 0) termsOf.set(key, terms);
      else termsOf.delete(key);
      for (const term of terms) add(term, key);
    },
    keysOf(term) {
      const keys = keysOf.get(term);
      if (keys instanceof Set) return [...keys];
      return keys === undefined ? [] : [keys];
    },
    terms: () => keysOf.keys(),
  };
}
