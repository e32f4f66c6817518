import type { Bar } from '../../domain/bar.ts';
import type { StateTape } from '../state-tape.ts';

const period = 14;
const nothing = 1e-14;

/**
 * Directional movement of 14 bars: DI+, DI- and ADX, 0 to 100, in TA-Lib's order of operations and with its seeds (13
 * changes are summed before the first smoothing; a tie of up and down moves counts for neither).
 * J. W. Wilder, New Concepts in Technical Trading Systems (1978).
 */
export class Dmi {
  #changes = -1;
  #previousHigh = 0;
  #previousLow = 0;
  #up = 0;
  #down = 0;
  #range = 0;
  #adx = 0;

  /** @param trueRange of the same bar, see `Atr` */
  update({ high, low }: Pick<Bar, 'high' | 'low'>, trueRange: number): void {
    const rise = high - this.#previousHigh;
    const fall = this.#previousLow - low;
    this.#previousHigh = high;
    this.#previousLow = low;
    if (this.#changes < 2 * period) this.#changes++;
    if (this.#changes === 0) return; // The first bar has nothing to move from.
    if (this.#changes >= period) this.#decay();
    this.#range += trueRange;
    if (fall > 0 && rise < fall) this.#down += fall;
    else if (rise > 0 && rise > fall) this.#up += rise;
    if (this.#changes >= period) this.#updateAdx();
  }

  get plus(): number {
    return this.#range < nothing ? 0 : 100 * (this.#up / this.#range);
  }

  get minus(): number {
    return this.#range < nothing ? 0 : 100 * (this.#down / this.#range);
  }

  /** Ready after 28 bars. */
  get adx(): number {
    return this.#adx;
  }

  #decay(): void {
    this.#up -= this.#up / period;
    this.#down -= this.#down / period;
    this.#range -= this.#range / period;
  }

  #updateAdx(): void {
    const { plus, minus } = this;
    const total = plus + minus;
    const isDefined = this.#range >= nothing && total >= nothing;
    const dx = isDefined ? 100 * (Math.abs(minus - plus) / total) : 0;
    if (this.#changes < 2 * period) {
      this.#adx += dx;
      if (this.#changes === 2 * period - 1) this.#adx /= period;
    } else if (isDefined) {
      this.#adx = (this.#adx * (period - 1) + dx) / period;
    }
  }

  transfer(tape: StateTape): void {
    this.#changes = tape.number(this.#changes);
    this.#previousHigh = tape.number(this.#previousHigh);
    this.#previousLow = tape.number(this.#previousLow);
    this.#up = tape.number(this.#up);
    this.#down = tape.number(this.#down);
    this.#range = tape.number(this.#range);
    this.#adx = tape.number(this.#adx);
  }
}
