import { type Bar, timeframeMs } from '../domain/bar.ts';
import type { StateTape } from './state-tape.ts';

/** Open, high and low of the UTC day up to and including the newest bar. */
export class DaySoFar {
  #day = -1;
  #open = 0;
  #high = 0;
  #low = 0;

  update(bar: Bar): void {
    const day = Math.floor(bar.openTime / timeframeMs.D1);
    if (day !== this.#day) {
      this.#day = day;
      this.#open = bar.open;
      this.#high = bar.high;
      this.#low = bar.low;
      return;
    }
    this.#high = Math.max(this.#high, bar.high);
    this.#low = Math.min(this.#low, bar.low);
  }

  get open(): number {
    return this.#open;
  }

  get high(): number {
    return this.#high;
  }

  get low(): number {
    return this.#low;
  }

  transfer(tape: StateTape): void {
    this.#day = tape.number(this.#day);
    this.#open = tape.number(this.#open);
    this.#high = tape.number(this.#high);
    this.#low = tape.number(this.#low);
  }
}
