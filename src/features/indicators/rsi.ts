import type { StateTape } from '../state-tape.ts';

const period = 14;
const noMovement = 1e-14;

/**
 * Relative strength index of 14 changes, 0 to 100, in TA-Lib's order of operations. Ready after 15 values.
 * J. W. Wilder, New Concepts in Technical Trading Systems (1978); a market that does not move is 50.
 */
export class Rsi {
  #changes = -1;
  #previous = 0;
  #gain = 0;
  #loss = 0;

  update(x: number): void {
    const change = x - this.#previous;
    this.#previous = x;
    if (this.#changes === period) this.#smooth(change);
    else this.#seed(change);
  }

  get isReady(): boolean {
    return this.#changes === period;
  }

  get value(): number {
    const movement = this.#gain + this.#loss;
    return movement < noMovement ? 50 : 100 * (this.#gain / movement);
  }

  #seed(change: number): void {
    this.#changes++;
    if (this.#changes === 0) return; // The first value has nothing to change from.
    if (change > 0) this.#gain += change;
    else this.#loss -= change;
    if (this.#changes < period) return;
    this.#gain /= period;
    this.#loss /= period;
  }

  #smooth(change: number): void {
    this.#gain *= period - 1;
    this.#loss *= period - 1;
    if (change > 0) this.#gain += change;
    else this.#loss -= change;
    this.#gain /= period;
    this.#loss /= period;
  }

  transfer(tape: StateTape): void {
    this.#changes = tape.number(this.#changes);
    this.#previous = tape.number(this.#previous);
    this.#gain = tape.number(this.#gain);
    this.#loss = tape.number(this.#loss);
  }
}
