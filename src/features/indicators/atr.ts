import type { Bar } from '../../domain/bar.ts';
import type { StateTape } from '../state-tape.ts';

const period = 14;

/**
 * Average true range of 14 bars, in price units, in TA-Lib's order of operations: Wilder's smoothing, seeded with the
 * mean of the first 14 true ranges (the first bar has none). Ready after 15 bars.
 * J. W. Wilder, New Concepts in Technical Trading Systems (1978).
 */
export class Atr {
  #ranges = -1;
  #previousClose = 0;
  #trueRange = 0;
  #value = 0;

  update({ high, low, close }: Pick<Bar, 'high' | 'low' | 'close'>): void {
    const previousClose = this.#previousClose;
    this.#previousClose = close;
    if (this.#ranges < 0) {
      this.#ranges = 0;
      return;
    }
    this.#trueRange = Math.max(
      high - low,
      Math.abs(high - previousClose),
      Math.abs(low - previousClose),
    );
    this.#smooth();
  }

  get isReady(): boolean {
    return this.#ranges === period;
  }

  /** Range of the newest bar, including the jump from the close before it. Zero on the first bar. */
  get trueRange(): number {
    return this.#trueRange;
  }

  get value(): number {
    return this.#value;
  }

  #smooth(): void {
    if (this.#ranges === period) {
      this.#value *= period - 1;
      this.#value += this.#trueRange;
      this.#value /= period;
      return;
    }
    this.#ranges++;
    this.#value += this.#trueRange;
    if (this.#ranges === period) this.#value /= period;
  }

  transfer(tape: StateTape): void {
    this.#ranges = tape.number(this.#ranges);
    this.#previousClose = tape.number(this.#previousClose);
    this.#trueRange = tape.number(this.#trueRange);
    this.#value = tape.number(this.#value);
  }
}
