/** The report of a replay: what the journals say, beside the broker's own word. */
import { accessSync, constants, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AccountReport } from '../account/report.ts';
import type { StepLatency } from '../actors/market-time.ts';
import { UsageError } from '../config/usage-error.ts';

export type RunReport = {
  readonly symbol: string;
  /** Open times of the first and the last bar that was decided on. */
  readonly from: string;
  readonly to: string;
  readonly bars: number;
  readonly seed: number;
  readonly wallMs: number;
  readonly restarts: readonly Restart[];
  /** From the moment the response with the closed bar had been read. */
  readonly latencyMs: {
    readonly barToIntent: Percentiles;
    readonly barToWire: Percentiles;
  };
  readonly accounts: Readonly<
    Record<
      string,
      AccountReport & {
        readonly terminalBalance: number;
        readonly terminalEquity: number;
        readonly journal: string;
      }
    >
  >;
};

/** `at` is wall time: with `reason` it belongs to what may differ between two equal runs. */
export type Restart = { readonly actor: string; readonly reason: string; readonly at: string };

type Percentiles = { readonly p50: number; readonly p99: number };

export function latencyOf(steps: readonly StepLatency[]): RunReport['latencyMs'] {
  return {
    barToIntent: percentiles(steps.map(({ barToIntentMs }) => barToIntentMs)),
    barToWire: percentiles(steps.map(({ barToWireMs }) => barToWireMs)),
  };
}

/** Nearest-rank percentiles, to the microsecond; zeros when nothing was measured. */
function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0) * 1000) / 1000;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Throws `UsageError` where a report could not be written: better before the replay than after it. */
export function assertWritable(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new UsageError(
      `the report ${path} cannot be written (${reason}): name a file in a folder that exists with --report`,
      { cause },
    );
  }
}

/** Writes the report whole or not at all. */
export function writeReport(path: string, report: RunReport): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(report, undefined, 2)}\n`);
  renameSync(`${path}.new`, path);
}
