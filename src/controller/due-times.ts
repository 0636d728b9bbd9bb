interface Due<Key> {
  readonly key: Key;
  readonly dueMs: number;
  /** Of two that are due at once, the one that was set first comes first. */
  readonly order: number;
}

/** When each key is due: a binary heap that knows where each key stands, so that it never holds two of one key. */
export class DueTimes<Key> {
  readonly #heap: Due<Key>[] = [];
  readonly #places = new Map<Key, number>();
  #order = 0;

  first(): { readonly key: Key; readonly dueMs: number } | undefined {
    return this.#heap[0];
  }

  set(key: Key, dueMs: number): void {
    const place = this.#places.get(key) ?? this.#heap.length;
    if (this.#heap[place]?.dueMs === dueMs) return;
    this.#put(place, { key, dueMs, order: this.#order++ });
    this.#settle(place);
  }

  remove(key: Key): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    this.#swap(place, this.#heap.length - 1);
    this.#heap.pop();
    this.#places.delete(key);
    if (place < this.#heap.length) this.#settle(place);
  }

  /** Moves what stands at `from` to where it belongs. */
  #settle(from: number): void {
    let place = from;
    for (let up = (place - 1) >> 1; place > 0 && this.#before(place, up); up = (place - 1) >> 1) {
      this.#swap(place, up);
      place = up;
    }
    for (let down = this.#leastBelow(place); this.#before(down, place); down = this.#leastBelow(place)) {
      this.#swap(place, down);
      place = down;
    }
  }

  #leastBelow(place: number): number {
    const left = 2 * place + 1;
    return this.#before(left + 1, left) ? left + 1 : left;
  }

  /** A place where nothing stands comes before none. */
  #before(left: number, right: number): boolean {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined || b === undefined) return false;
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
  }

  #swap(left: number, right: number): void {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined || b === undefined) return;
    this.#put(left, b);
    this.#put(right, a);
  }

  #put(place: number, due: Due<Key>): void {
    this.#heap[place] = due;
    this.#places.set(due.key, place);
  }
}
