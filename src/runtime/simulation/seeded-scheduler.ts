import type { Clock } from '../clock.ts';
import { SimulatedClock } from '../simulated-clock.ts';

export type SchedulerOptions = {
  /** Numbers in [0, 1): with the same ones, everything happens in the same order. */
  readonly random: () => number;
  /** What the clock says at first, in milliseconds since 1970. */
  readonly startMs: number;
};

/** Tasks that keep their order: the turns of an actor, the messages of a port. */
export type Strand = { readonly waiting: (() => void)[] };

export function openStrand(): Strand {
  return { waiting: [] };
}

/** One step in so many lets a little time pass although there is something to do: nothing is infinitely fast. */
const timePassesEvery = 16;
const passingMsMax = 4;

/**
 * Everything that can happen next, of which chance picks one: a step runs one task and all promises that follow from it.
 * Tasks of one strand keep their order, those of different ones have none. With nothing to do, time moves to the next timer.
 */
export class SeededScheduler {
  /** Its timers run as tasks: those that are due at the same moment have no order. */
  readonly clock: Clock;
  readonly #random: () => number;
  readonly #time: SimulatedClock;
  /** Strands with tasks, in no order. */
  readonly #ready: Strand[] = [];
  #jumpedMs = 0;
  #steps = 0;

  constructor({ random, startMs }: SchedulerOptions) {
    this.#random = random;
    this.#time = new SimulatedClock(startMs);
    this.clock = {
      now: () => this.#time.now() + this.#jumpedMs,
      elapsed: () => this.#time.elapsed(),
      after: (delayMs, task) => this.#after(delayMs, task),
    };
  }

  get steps(): number {
    return this.#steps;
  }

  run(task: () => void, strand: Strand = openStrand()): void {
    if (strand.waiting.length === 0) this.#ready.push(strand);
    strand.waiting.push(task);
  }

  /** Somebody sets the host's clock: `now` jumps, `elapsed` and timers do not. */
  jump(ms: number): void {
    this.#jumpedMs += ms;
  }

  /** Runs all that follows from what was done outside of a step. Time stands still. */
  settle(): Promise<void> {
    return promisesSettled();
  }

  /** Runs one task and what follows from it. False when nothing will ever happen again. */
  async step(): Promise<boolean> {
    if (this.#ready.length === 0 && !this.#moveToNextTimer()) return false;
    if (this.#random() * timePassesEvery < 1) this.#time.advance(this.#random() * passingMsMax);
    this.#steps += 1;
    this.#take()?.();
    await promisesSettled();
    return true;
  }

  #after(delayMs: number, task: () => void): () => void {
    let isCancelled = false;
    const cancel = this.#time.after(delayMs, () =>
      this.run(() => {
        if (!isCancelled) task();
      }),
    );
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  #moveToNextTimer(): boolean {
    const { nextInMs } = this.#time;
    if (nextInMs === undefined) return false;
    this.#time.advance(nextInMs);
    return true;
  }

  #take(): (() => void) | undefined {
    const index = Math.floor(this.#random() * this.#ready.length);
    const strand = this.#ready[index];
    const task = strand?.waiting.shift();
    if (strand?.waiting.length === 0) {
      const last = this.#ready.pop();
      if (last !== undefined && last !== strand) this.#ready[index] = last;
    }
    return task;
  }
}

/** An immediate runs when no promise has anything left to do. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
