import type { StateTape } from '../state-tape.ts';
import { Ema } from './ema.ts';

const fastPeriod = 12;
const slowPeriod = 26;
const signalPeriod = 9;

/**
 * Moving average convergence/divergence 12/26/9. As in TA-Lib the fast average is seeded with the values just before
 * the slow one is complete, so that both start together. Ready after 34 values.
 */
export class Macd {
  readonly #fast = new Ema(fastPeriod);
  readonly #slow = new Ema(slowPeriod);
  readonly #signal = new Ema(signalPeriod);
  #skipped = 0;

  update(x: number): void {
    if (this.#skipped < slowPeriod - fastPeriod) this.#skipped++;
    else this.#fast.update(x);
    this.#slow.update(x);
    if (this.#slow.isReady) this.#signal.update(this.line);
  }

  get isReady(): boolean {
    return this.#signal.isReady;
  }

  get line(): number {
    return this.#fast.value - this.#slow.value;
  }

  get signal(): number {
    return this.#signal.value;
  }

  transfer(tape: StateTape): void {
    this.#fast.transfer(tape);
    this.#slow.transfer(tape);
    this.#signal.transfer(tape);
    this.#skipped = tape.number(this.#skipped);
  }
}
