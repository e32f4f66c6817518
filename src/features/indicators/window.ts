import type { StateTape } from '../state-tape.ts';

/**
 * The newest `length` values of a series. Every value is kept twice, `length` apart, so that the window is always one
 * contiguous run of memory. Sums run from the oldest to the newest value and are never carried along: no drift.
 */
export class Window {
  readonly #length: number;
  readonly #values: Float64Array;
  #newest: number;

  constructor(length: number) {
    this.#length = length;
    this.#values = new Float64Array(2 * length);
    this.#newest = 2 * length - 1;
  }

  push(value: number): void {
    const next = this.#newest + 1;
    this.#newest = next === 2 * this.#length ? this.#length : next;
    this.#values[this.#newest] = value;
    this.#values[this.#newest - this.#length] = value;
  }

  /** The value `back` pushes before the newest. Zero where nothing was pushed yet. */
  at(back: number): number {
    return this.#values[this.#newest - back] as number;
  }

  /** Sum of the newest `count` values. */
  sum(count: number): number {
    const values = this.#values;
    const newest = this.#newest;
    let sum = 0;
    let i = newest - count + 1;
    // Four in a step, added one after the other: half the time, and the same bits.
    for (; i + 3 <= newest; i += 4) {
      sum += values[i] as number;
      sum += values[i + 1] as number;
      sum += values[i + 2] as number;
      sum += values[i + 3] as number;
    }
    for (; i <= newest; i++) sum += values[i] as number;
    return sum;
  }

  /** Sum of the squared distances of the newest `count` values from `center`. */
  squaredDistances(count: number, center: number): number {
    const values = this.#values;
    const newest = this.#newest;
    let sum = 0;
    let i = newest - count + 1;
    for (; i + 3 <= newest; i += 4) {
      sum += squared((values[i] as number) - center);
      sum += squared((values[i + 1] as number) - center);
      sum += squared((values[i + 2] as number) - center);
      sum += squared((values[i + 3] as number) - center);
    }
    for (; i <= newest; i++) sum += squared((values[i] as number) - center);
    return sum;
  }

  /** The way that the newest `count` changes went, up and down alike. Needs `count + 1` values. */
  path(count: number): number {
    const values = this.#values;
    let sum = 0;
    for (let i = this.#newest - count + 1; i <= this.#newest; i++) {
      sum += Math.abs((values[i] as number) - (values[i - 1] as number));
    }
    return sum;
  }

  /** How many of the newest `count` values equal `wanted`. */
  count(count: number, wanted: number): number {
    const values = this.#values;
    let found = 0;
    for (let i = this.#newest - count + 1; i <= this.#newest; i++) {
      if (values[i] === wanted) found++;
    }
    return found;
  }

  transfer(tape: StateTape): void {
    tape.array(this.#values);
    this.#newest = tape.number(this.#newest);
  }
}

function squared(distance: number): number {
  return distance * distance;
}
