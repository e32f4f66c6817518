import type { Clock } from '../clock.ts';
import { openStrand, type SeededScheduler, type Strand } from './seeded-scheduler.ts';

/**
 * What lives and dies together: code of a thread runs only where it is entered, by a timer, a message, an answer or a
 * turn, and each of them comes through here. Once it is over nothing enters any more, and so nothing of it runs.
 */
export class SimulatedThread {
  readonly name: string;
  readonly clock: Clock;
  readonly #scheduler: SeededScheduler;
  readonly #atEnd: ((lossShare: number) => void)[] = [];
  #isOver = false;

  constructor(name: string, scheduler: SeededScheduler) {
    this.name = name;
    this.#scheduler = scheduler;
    const { clock } = scheduler;
    this.clock = {
      now: clock.now,
      elapsed: clock.elapsed,
      after: (delayMs, task) => clock.after(delayMs, () => this.enter(task)),
    };
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Runs code of the thread now, unless it is over. */
  enter(task: () => void): void {
    if (!this.#isOver) task();
  }

  /** Runs code of the thread in one of the next steps, unless it is over by then. */
  readonly run = (task: () => void, strand: Strand = openStrand()): void => {
    this.#scheduler.run(() => this.enter(task), strand);
  };

  /**
   * Called when it is over, at once where it is already, with the share of its last messages that dies with it: what the
   * world does, not the thread.
   */
  atEnd(task: (lossShare: number) => void): void {
    if (this.#isOver) task(0);
    else this.#atEnd.push(task);
  }

  /** Memory is gone, at once. Nothing of it is told: no `finally`, no `stopped`. */
  end(lossShare = 0): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const task of this.#atEnd.splice(0)) task(lossShare);
  }
}
