/** What an account has of a bar before it is told of it: predictions come from another thread, books are read meanwhile. */
import { traceParts } from '../account/trace-parts.ts';
import type { Trace } from '../domain/bar.ts';
import { Few } from '../runtime/few.ts';
import type { OpenBar } from './open-bar.ts';

/** Books that are older when their bar is told are read again: a terminal may take its time to answer. */
const youngForMs = 1_000;

type EarlyPrediction = { readonly trace: Trace; readonly prediction: OpenBar['prediction'] };
/** A round that was begun while its bar was being asked for; `begunAt` on `Clock.elapsed`. */
type EarlyRead = { readonly trace: Trace; readonly round: number; readonly begunAt: number };

/** The newest of each series. */
export class Early {
  readonly #predictions = new Few<string, EarlyPrediction>();
  readonly #reads = new Few<string, EarlyRead & { isDone: boolean }>();

  predicted(trace: Trace, prediction: OpenBar['prediction']): void {
    this.#predictions.set(traceParts(trace).series, { trace, prediction });
  }

  readBegan(read: EarlyRead): void {
    this.#reads.set(traceParts(read.trace).series, { ...read, isDone: false });
  }

  /** A round has ended. One that failed is as good as none. */
  readEnded(round: number, isHealthy: boolean): void {
    for (const [series, read] of this.#reads) {
      if (read.isDone || read.round > round) continue;
      if (isHealthy) read.isDone = true;
      else this.#reads.delete(series);
    }
  }

  /** Whether `round` may count for a bar. */
  isRead(round: number | undefined): boolean {
    for (const [, read] of this.#reads) if (read.round === round) return true;
    return false;
  }

  /** Something was traded: what was read before is not how things stand. */
  forgetReads(): void {
    this.#reads.clear();
  }

  /** What counts for a bar that has just been told; its read may be under way. */
  take(trace: Trace, now: number) {
    const { series } = traceParts(trace);
    const [predicted, read] = [this.#predictions.get(series), this.#reads.get(series)];
    this.#predictions.delete(series);
    this.#reads.delete(series);
    const counts = read?.trace === trace && now - read.begunAt <= youngForMs;
    return {
      prediction: predicted?.trace === trace ? predicted.prediction : undefined,
      read: counts ? read : undefined,
    };
  }
}
