import { assert } from '../domain/assert.ts';
import type { Clock } from './clock.ts';

type Timer = { readonly at: number; readonly task: () => void; isCancelled: boolean };

/** A clock that stands still until it is moved. Timers run in the order of their time, those of one time in the order they were set. */
export class SimulatedClock implements Clock {
  readonly #start: number;
  #elapsed = 0;
  /** Soonest first. */
  #timers: Timer[] = [];

  /** @param startMs what `now` says at first */
  constructor(startMs = 0) {
    this.#start = startMs;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer: Timer = { at: this.#elapsed + Math.max(0, delayMs), task, isCancelled: false };
    this.#timers.splice(this.#placeOf(timer.at), 0, timer);
    return () => this.#cancel(timer);
  }

  /** Timers that wait: a test that ends with some has leaked them. */
  get pendingCount(): number {
    return this.#timers.length;
  }

  /** How far away the next timer is; undefined when there is none. */
  get nextInMs(): number | undefined {
    const next = this.#timers[0];
    return next && next.at - this.#elapsed;
  }

  /** Moves time and runs what falls due, timers set meanwhile included. What a task left to microtasks runs after the return. */
  advance(ms: number): void {
    const end = this.#endAfter(ms);
    for (let timer = this.#take(end); timer; timer = this.#take(end)) timer.task();
    this.#elapsed = end;
  }

  /** As `advance`, but between two timers everything that is ready to run, runs: promises, and the turns of actors. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#endAfter(ms);
    await settled();
    for (let timer = this.#take(end); timer; timer = this.#take(end)) {
      timer.task();
      await settled();
    }
    this.#elapsed = end;
  }

  #endAfter(ms: number): number {
    assert(ms >= 0 && Number.isFinite(ms), `a clock moves forward, was moved by ${ms} ms`);
    return this.#elapsed + ms;
  }

  #take(end: number): Timer | undefined {
    const next = this.#timers[0];
    if (!next || next.at > end) return undefined;
    this.#timers.shift();
    this.#elapsed = next.at;
    return next;
  }

  #cancel(timer: Timer): void {
    if (timer.isCancelled) return;
    timer.isCancelled = true;
    const index = this.#timers.indexOf(timer);
    if (index >= 0) this.#timers.splice(index, 1);
  }

  /** Behind every timer of the same time. */
  #placeOf(at: number): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#timers[middle] as Timer).at <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Actors take their turns by `setImmediate`, and a turn may cause another: a few rounds let a chain of them come to rest. */
async function settled(): Promise<void> {
  const rounds = 4;
  for (let round = 0; round < rounds; round += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
