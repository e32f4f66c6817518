import type { StateTape } from '../state-tape.ts';

/**
 * Rank of the newest value among the newest `length` values, itself included, 1 to `length`; equal values share the
 * mean of their ranks (as pandas' `rolling(n).rank()`). The values are kept sorted beside the order of their arrival.
 */
export class RollingRank {
  readonly #arrived: Float64Array;
  readonly #sorted: Float64Array;
  #count = 0;
  #oldest = 0;
  #value = 0;

  constructor(length: number) {
    this.#arrived = new Float64Array(length);
    this.#sorted = new Float64Array(length);
  }

  update(x: number): void {
    const smaller = this.isReady ? this.#replaceOldest(x) : this.#insert(x);
    let next = smaller;
    while (next < this.#count && this.#sorted[next] === x) next++;
    this.#value = smaller + (next - smaller + 1) / 2;
  }

  get isReady(): boolean {
    return this.#count === this.#arrived.length;
  }

  get value(): number {
    return this.#value;
  }

  #insert(x: number): number {
    const place = this.#lowerBound(x);
    this.#sorted.copyWithin(place + 1, place, this.#count);
    this.#sorted[place] = x;
    this.#arrived[this.#count++] = x;
    return place;
  }

  #replaceOldest(x: number): number {
    const from = this.#lowerBound(this.#arrived[this.#oldest] as number);
    this.#arrived[this.#oldest] = x;
    this.#oldest = (this.#oldest + 1) % this.#arrived.length;
    let place = this.#lowerBound(x);
    if (place > from) {
      place--;
      this.#sorted.copyWithin(from, from + 1, place + 1);
    } else {
      this.#sorted.copyWithin(place + 1, place, from);
    }
    this.#sorted[place] = x;
    return place;
  }

  /** How many of the sorted values are smaller than `x`. */
  #lowerBound(x: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as number) < x) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  transfer(tape: StateTape): void {
    tape.array(this.#arrived);
    tape.array(this.#sorted);
    this.#count = tape.number(this.#count);
    this.#oldest = tape.number(this.#oldest);
    this.#value = tape.number(this.#value);
  }
}
