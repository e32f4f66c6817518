import type { Clock } from '../clock.ts';
import { TimerWheel } from '../timer-wheel.ts';
import { openStrand, type SeededScheduler, type Strand } from './seeded-scheduler.ts';

/**
 * What lives and dies together: code of a thread runs only where it is entered, by a timer, a message, an answer or a
 * turn, and each of them comes through here. Once it is over nothing enters any more, and so nothing of it runs.
 */
export class SimulatedThread {
  readonly name: string;
  /** Its timers are on one wheel, as those of a real thread are. */
  readonly clock: Clock;
  readonly #wheel: TimerWheel;
  readonly #scheduler: SeededScheduler;
  readonly #atEnd: ((lossShare: number) => void)[] = [];
  /** What would have entered while it stands still, oldest first. */
  readonly #stalled: (() => void)[] = [];
  #stallsUntil = Number.NEGATIVE_INFINITY;
  #isOver = false;

  constructor(name: string, scheduler: SeededScheduler) {
    this.name = name;
    this.#scheduler = scheduler;
    const { clock } = scheduler;
    this.#wheel = new TimerWheel({
      now: clock.now,
      elapsed: clock.elapsed,
      after: (delayMs, task) => clock.after(delayMs, () => this.enter(task)),
    });
    this.clock = this.#wheel;
  }

  /** Timers that were set and have neither run nor been given up. */
  get timers(): number {
    return this.#wheel.size;
  }

  /** How long it will still stand still. */
  get stallsForMs(): number {
    return Math.max(0, this.#stallsUntil - this.#scheduler.clock.elapsed());
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Runs code of the thread now, or when it stands still no more; never when it is over. */
  enter(task: () => void): void {
    if (this.#isOver) return;
    if (this.stallsForMs > 0 || this.#stalled.length > 0) this.#stalled.push(task);
    else task();
  }

  /** Its code is in a call that takes this long: nothing enters meanwhile, and it cannot be ended before. */
  stall(forMs: number): void {
    this.#stallsUntil = Math.max(this.#stallsUntil, this.#scheduler.clock.elapsed() + forMs);
    const strand = openStrand();
    const next = () => {
      if (this.#isOver || this.stallsForMs > 0) return;
      this.#stalled.shift()?.();
      if (this.#stalled.length > 0) this.#scheduler.run(next, strand);
    };
    this.#scheduler.clock.after(forMs, next);
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
    this.#stalled.splice(0);
    for (const task of this.#atEnd.splice(0)) task(lossShare);
  }
}
