import type { Clock } from './clock.ts';
import { DeadlineError, within } from './deadline.ts';
import { type ErrorFacts, errorFacts } from './error-facts.ts';

/** One step of a shutdown. `run` is to give up when its signal aborts. */
export type Phase = {
  readonly name: string;
  readonly withinMs: number;
  run(signal: AbortSignal): Promise<void> | void;
};

/** How a phase went. One that failed or was cut off does not keep the later ones from running. */
export type PhaseResult = {
  readonly name: string;
  readonly outcome: 'done' | 'failed' | 'cut-off';
  readonly tookMs: number;
  readonly error?: ErrorFacts;
};

/** Phases that run once, one after the other, each at most as long as it may. */
export class PhasedShutdown {
  readonly #phases: readonly Phase[];
  readonly #clock: Clock;
  readonly #onPhase: (result: PhaseResult) => void;
  #running: Promise<readonly PhaseResult[]> | undefined;
  #reason: string | undefined;

  constructor(options: {
    readonly phases: readonly Phase[];
    readonly clock: Clock;
    readonly onPhase?: (result: PhaseResult) => void;
  }) {
    this.#phases = options.phases;
    this.#clock = options.clock;
    this.#onPhase = options.onPhase ?? (() => {});
  }

  /** Why it runs, in the words of whoever asked first. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Runs the phases; whoever asks again gets the same run. Never rejects. */
  run(reason: string): Promise<readonly PhaseResult[]> {
    this.#reason ??= reason;
    this.#running ??= this.#runAll();
    return this.#running;
  }

  async #runAll(): Promise<readonly PhaseResult[]> {
    const results: PhaseResult[] = [];
    for (const phase of this.#phases) {
      const result = await this.#runOne(phase);
      results.push(result);
      this.#onPhase(result);
    }
    return results;
  }

  async #runOne({ name, withinMs, run }: Phase): Promise<PhaseResult> {
    const startedAt = this.#clock.elapsed();
    const tookMs = () => this.#clock.elapsed() - startedAt;
    try {
      await within(withinMs, this.#clock, undefined, (signal) =>
        Promise.race([run(signal), aborted(signal)]),
      );
      return { name, outcome: 'done', tookMs: tookMs() };
    } catch (error) {
      const outcome = error instanceof DeadlineError ? 'cut-off' : 'failed';
      return { name, outcome, tookMs: tookMs(), error: errorFacts(error) };
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
}
