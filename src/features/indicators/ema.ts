import type { StateTape } from '../state-tape.ts';

/**
 * Exponential moving average, weight 2/(period + 1), seeded with the mean of the first `period` values as TA-Lib does
 * (and in its order of operations, so that the bits agree).
 */
export class Ema {
  readonly #period: number;
  readonly #weight: number;
  #count = 0;
  #seedSum = 0;
  #value = 0;

  constructor(period: number) {
    this.#period = period;
    this.#weight = 2 / (period + 1);
  }

  update(x: number): void {
    if (this.#count === this.#period) {
      this.#value = (x - this.#value) * this.#weight + this.#value;
      return;
    }
    this.#count++;
    this.#seedSum += x;
    if (this.#count === this.#period) this.#value = this.#seedSum / this.#period;
  }

  get isReady(): boolean {
    return this.#count === this.#period;
  }

  /** Zero until ready. */
  get value(): number {
    return this.#value;
  }

  transfer(tape: StateTape): void {
    this.#count = tape.number(this.#count);
    this.#seedSum = tape.number(this.#seedSum);
    this.#value = tape.number(this.#value);
  }
}
