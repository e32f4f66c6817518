import type { ObserverMessage } from '../actors/observer.ts';
import type { Clock } from '../runtime/clock.ts';
import { type DeadLetter, DeadLetters } from '../runtime/dead-letters.ts';
import { LimitedReport } from '../runtime/limited-report.ts';
import { addresses } from './thread-data.ts';

/** Letters that are told one by one; what comes more in ten seconds is told as a number. */
const limits = { toldMax: 5, windowMs: 10_000 } as const;

/** Counts what nobody took in a thread, and says so to those who look at the engine, without drowning them. */
export class LetterReport {
  readonly #letters = new DeadLetters({ recentMax: 100 });
  readonly #report: LimitedReport<DeadLetter>;

  constructor(options: {
    readonly thread: string;
    readonly clock: Clock;
    readonly tell: (message: ObserverMessage) => void;
  }) {
    const { thread, clock, tell } = options;
    const say = (count: number, letter?: { readonly to: string; readonly reason: string }) =>
      tell({
        type: 'engine-event',
        event: { type: 'dead-letters', thread, count, ...(letter && { letter }) },
      });
    this.#report = new LimitedReport({
      ...{ ...limits, clock },
      tell: ({ to, reason }) => say(1, { to, reason }),
      tellKeptBack: (count) => say(count),
    });
  }

  get total(): number {
    return this.#letters.total;
  }

  readonly record = (letter: DeadLetter): void => {
    this.#letters.record(letter);
    // A newer one has taken its place, as was declared; and what the observer did not take cannot be told to him.
    const isOfNoInterest = letter.reason === 'superseded' || letter.to === addresses.observer;
    if (!isOfNoInterest) this.#report.report(letter);
  };

  close(): void {
    this.#report.close();
  }
}
