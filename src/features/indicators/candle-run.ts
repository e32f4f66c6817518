import type { StateTape } from '../state-tape.ts';

/** How many candles of one colour stand in a row: positive for rising, negative for falling, 0 after a doji. */
export class CandleRun {
  #length = 0;

  /** @param sign of close minus open */
  update(sign: number): void {
    const goesOn = sign === Math.sign(this.#length);
    this.#length = goesOn ? this.#length + sign : sign;
  }

  get length(): number {
    return this.#length;
  }

  transfer(tape: StateTape): void {
    this.#length = tape.number(this.#length);
  }
}
