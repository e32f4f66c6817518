/** One sweep from its command line to what is written of it. */
import { join } from 'node:path';
import { playSets } from '../backtest/sweep/play-sets.ts';
import { changedInputs, SweepStore } from '../backtest/sweep/sweep-store.ts';
import { UsageError } from '../config/usage-error.ts';
import { FeatureInputError } from '../features/feature-input-error.ts';
import { ModelRejectedError } from '../inference/model-rejected-error.ts';
import { BarFileError } from '../market-data/bar-file-error.ts';
import type { Clock } from '../runtime/clock.ts';
import { assertOutputs } from './backtest-output.ts';
import { ProgressLine } from './progress-line.ts';
import { writeSweep } from './sweep-output.ts';
import { planSweep, type SweepPlan, type SweepWishes } from './sweep-plan.ts';

export type SweepOptions = SweepWishes & {
  readonly workers: number;
  readonly html?: string;
  /** A file, or true for the standard output. */
  readonly json?: string | true;
};

type RunTools = {
  readonly clock: Clock;
  readonly progress: ProgressLine;
  /** Reading of the clock. */
  readonly startedAt: number;
};

/** Returns the exit code: 1 where it was interrupted. */
export async function runSweep(options: SweepOptions, clock: Clock): Promise<number> {
  const startedAt = clock.elapsed();
  const progress = new ProgressLine(clock);
  try {
    assertOutputs(options);
    const plan = await planSweep(options, (what) => progress.show(what));
    try {
      return await playPlan(plan, options, { clock, progress, startedAt });
    } finally {
      await plan.release();
    }
  } catch (error) {
    throw isCallersMistake(error) ? new UsageError(error.message, { cause: error }) : error;
  } finally {
    progress.clear();
  }
}

async function playPlan(
  plan: SweepPlan,
  options: SweepOptions,
  { clock, progress, startedAt }: RunTools,
): Promise<number> {
  const folder = join(options.state, 'sweeps');
  const changed = changedInputs(folder, options.symbol, plan.inputs);
  const store = new SweepStore(folder, options.symbol, plan.inputs);
  try {
    const missing = plan.sets.filter(({ key }) => store.result(key) === undefined);
    progress.clear();
    say(beginning(plan, store.path, { changed, missing: missing.length }));
    const isWhole = await playMissing(missing);
    progress.clear();
    if (isWhole) {
      writeSweep(plan, store, { options, clock, startedAt });
      return 0;
    }
    const done = plan.sets.filter(({ key }) => store.result(key) !== undefined).length;
    say(`stopped: ${done} of ${plan.sets.length} sets are kept, the same command goes on there`);
    return 1;
  } finally {
    store.close();
  }

  /** False where it was interrupted. */
  async function playMissing(missing: SweepPlan['sets']): Promise<boolean> {
    const interrupt = interruption();
    const playedFrom = clock.elapsed();
    let done = 0;
    const tell = () =>
      progress.show(progressText(done, missing.length, clock.elapsed() - playedFrom));
    tell();
    try {
      await playSets(plan.world, missing, {
        ...{ workers: options.workers, signal: interrupt.signal, judge: plan.judge },
        onResult: (set, result) => {
          store.keep(set, result);
          done += 1;
          tell();
        },
      });
    } finally {
      interrupt.end();
    }
    return done === missing.length;
  }
}

/** The first Ctrl-C ends the sweep in order; a second one is the system's own. */
function interruption(): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const abort = () => controller.abort();
  for (const signal of signals) process.once(signal, abort);
  return {
    signal: controller.signal,
    end: () => {
      for (const signal of signals) process.removeListener(signal, abort);
    },
  };
}

function beginning(
  { sets }: SweepPlan,
  path: string,
  of: { readonly changed: readonly string[] | undefined; readonly missing: number },
): string {
  const known = sets.length - of.missing;
  const kept = known > 0 ? `, ${known} of them known already` : '';
  const changed =
    of.changed === undefined
      ? ''
      : `; other ${of.changed.join(', ')} than in any sweep before: nothing of those is used`;
  return `${sets.length} sets${kept}, kept in ${path}${changed}`;
}

/** `37 of 190 sets, about 4 min left`. */
function progressText(done: number, count: number, elapsedMs: number): string {
  const counted = `${done} of ${count} sets`;
  if (done === 0 || done === count) return counted;
  const seconds = Math.ceil(((elapsedMs / done) * (count - done)) / 1_000);
  const left = seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
  return `${counted}, about ${left} left`;
}

/** On the error output: the standard output is for the result. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function isCallersMistake(error: unknown): error is Error {
  return (
    error instanceof BarFileError ||
    error instanceof FeatureInputError ||
    error instanceof ModelRejectedError
  );
}
