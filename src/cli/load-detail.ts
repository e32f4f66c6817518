/** Shorter bars that a command of backtests is given beside the bars that it decides on. */
import type { Command } from 'commander';
import { type DetailBars, detailBars } from '../backtest/detail-bars.ts';
import { UsageError } from '../config/usage-error.ts';
import { type Bar, timeframeMs } from '../domain/bar.ts';
import { loadBars } from '../market-data/bar-file.ts';

export type Detail = DetailBars & {
  /** What is said of the files beside the figures; empty where there is none. */
  readonly settings: Readonly<Record<string, string>>;
};

const none: Detail = { of: () => undefined, settings: {} };

export function detailOption(command: Command): Command {
  return command.option(
    '--detail <file>',
    'M1 or M5 bars: what happened inside the bars that they cover; repeatable',
    collected,
  );
}

function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/**
 * Several files may cover different times; of two that cover the same the later one counts.
 *
 * @param bars M15
 * @throws UsageError for other bars than M1 and M5, and for a file that tells nothing about any of the bars: it is of
 *   another feed, or of another time; BarFileError for one that is none
 */
export async function loadDetail(
  bars: readonly Bar[],
  paths: readonly string[] = [],
): Promise<Detail> {
  if (paths.length === 0) return none;
  const details: DetailBars[] = [];
  const hashes: string[] = [];
  for (const path of paths) {
    const { timeframe, bars: finer, sha256 } = await loadBars(path);
    if (timeframe !== 'M1' && timeframe !== 'M5') {
      throw new UsageError(`${path}: bars must be M1 or M5, these are ${timeframe}`);
    }
    const detail = detailBars(bars, timeframeMs.M15, finer, timeframeMs[timeframe]);
    if (!bars.some((bar) => detail.of(bar) !== undefined)) {
      throw new UsageError(
        `${path}: its bars come to no bar of --data; they are of another feed or of another time`,
      );
    }
    details.push(detail);
    hashes.push(sha256);
  }
  return {
    of: (bar) => details.findLast((each) => each.of(bar) !== undefined)?.of(bar),
    settings: { detailSha256: hashes.join(' ') },
  };
}
