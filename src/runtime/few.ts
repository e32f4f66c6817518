/**
 * A handful of values by their keys, where some come and go all the time: each look walks them. A `Map` or a `Set` of V8's takes a new
 * table whenever it has become empty, and the table of one that has lived for a while is made in the old space of the heap,
 * which is collected seldom and at length.
 */
export class Few<Key, Value extends object> {
  #entries: readonly (readonly [Key, Value])[] = [];

  get size(): number {
    return this.#entries.length;
  }

  get(key: Key): Value | undefined {
    for (const [each, value] of this.#entries) if (each === key) return value;
    return undefined;
  }

  set(key: Key, value: Value): void {
    const place = this.#entries.findIndex(([each]) => each === key);
    if (place === -1) this.#entries = [...this.#entries, [key, value]];
    else this.#entries = this.#entries.with(place, [key, value]);
  }

  /** Who walks over them meanwhile still meets it. */
  delete(key: Key): void {
    if (this.get(key) === undefined) return;
    this.#entries = this.#entries.filter(([each]) => each !== key);
  }

  clear(): void {
    this.#entries = [];
  }

  /** Those that are here now, in the order in which they came. */
  [Symbol.iterator](): Iterator<readonly [Key, Value]> {
    return this.#entries[Symbol.iterator]();
  }
}
