import type { StateTape } from '../state-tape.ts';

/**
 * The greatest of the newest `length` values. Only values that may still become the greatest are kept: a queue that
 * falls from its head, the maximum, to its tail, the newest. The least value is `-maximum` of the negated series.
 */
export class RollingMaximum {
  readonly #length: number;
  readonly #values: Float64Array;
  readonly #positions: Float64Array;
  #head = 0;
  #size = 0;
  #position = 0;

  constructor(length: number) {
    this.#length = length;
    this.#values = new Float64Array(length);
    this.#positions = new Float64Array(length);
  }

  update(x: number): void {
    const expired = this.#position - this.#length;
    if (this.#size > 0 && (this.#positions[this.#head] as number) <= expired) {
      this.#head = this.#slot(1);
      this.#size--;
    }
    while (this.#size > 0 && (this.#values[this.#slot(this.#size - 1)] as number) <= x) {
      this.#size--;
    }
    const tail = this.#slot(this.#size);
    this.#values[tail] = x;
    this.#positions[tail] = this.#position;
    this.#size++;
    this.#position++;
  }

  get value(): number {
    return this.#values[this.#head] as number;
  }

  #slot(offset: number): number {
    const slot = this.#head + offset;
    return slot < this.#length ? slot : slot - this.#length;
  }

  transfer(tape: StateTape): void {
    tape.array(this.#values);
    tape.array(this.#positions);
    this.#head = tape.number(this.#head);
    this.#size = tape.number(this.#size);
    this.#position = tape.number(this.#position);
  }
}
