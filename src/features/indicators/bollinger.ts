import type { StateTape } from '../state-tape.ts';
import { isNothing } from '../zero.ts';
import type { Window } from './window.ts';

const period = 20;
const deviations = 2;

/**
 * Bollinger bands: the mean of 20 closes, two population deviations above and below. Two passes, because the mean
 * square minus the squared mean loses the deviation of a quiet market.
 */
export class Bollinger {
  #middle = 0;
  #distance = 0;

  /** @param closes at least 20 of them */
  update(closes: Window): void {
    this.#middle = closes.sum(period) / period;
    const deviation = Math.sqrt(closes.squaredDistances(period, this.#middle) / period);
    this.#distance = isNothing(deviation, this.#middle) ? 0 : deviations * deviation;
  }

  get upper(): number {
    return this.#middle + this.#distance;
  }

  get lower(): number {
    return this.#middle - this.#distance;
  }

  /** Distance of the bands, as a share of their middle. */
  get width(): number {
    return (this.upper - this.lower) / this.#middle;
  }

  transfer(tape: StateTape): void {
    this.#middle = tape.number(this.#middle);
    this.#distance = tape.number(this.#distance);
  }
}
