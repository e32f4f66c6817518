/**
 * How the state of an engine is written down and read back. Each block hands its fields to a tape in one fixed order:
 * a recorder notes them and gives them back, a reader gives back what was noted. One list of fields serves both.
 */
export type StateTape = {
  number(value: number): number;
  array(values: Float64Array): void;
};

export type Stateful = { transfer(tape: StateTape): void };

/** Notes every value with all 64 bits. */
export class StateRecorder implements StateTape {
  readonly #values: number[] = [];

  number(value: number): number {
    this.#values.push(value);
    return value;
  }

  array(values: Float64Array): void {
    for (const value of values) this.#values.push(value);
  }

  /** What was noted: little-endian float64 in base64. */
  text(): string {
    return Buffer.from(Float64Array.from(this.#values).buffer).toString('base64');
  }
}

/** Gives back what a recorder noted, in the same order. Past the end it gives NaN; `isExhausted` tells. */
export class StateReader implements StateTape {
  readonly #values: Float64Array;
  #next = 0;

  constructor(text: string) {
    const bytes = Buffer.from(text, 'base64');
    this.#values = new Float64Array(Math.floor(bytes.length / 8));
    new Uint8Array(this.#values.buffer).set(bytes.subarray(0, this.#values.byteLength));
  }

  number(_value: number): number {
    return this.#values[this.#next++] ?? Number.NaN;
  }

  array(values: Float64Array): void {
    values.set(this.#values.subarray(this.#next, this.#next + values.length));
    this.#next += values.length;
  }

  /** Whether exactly as much was read as had been noted. */
  get isExhausted(): boolean {
    return this.#next === this.#values.length;
  }
}
