import type { BacktestTrade } from '../outcome.ts';
import { quantile } from './quantile.ts';

/** Trades of which `from <= R < to`. The first and the last are open: `from` or `to` is undefined. */
type RBin = {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly count: number;
};

export type RDistribution = {
  /** A quarter of an R each, from -2 to +4: the same in every run, so that runs compare. */
  readonly bins: readonly RBin[];
  /** Undefined without a trade. */
  readonly quantiles:
    | {
        readonly p5: number;
        readonly p25: number;
        readonly p50: number;
        readonly p75: number;
        readonly p95: number;
      }
    | undefined;
};

const [lowest, highest, width] = [-2, 4, 0.25];
const inner = (highest - lowest) / width;

export function rDistribution(trades: readonly Pick<BacktestTrade, 'rMultiple'>[]): RDistribution {
  const counts = new Array<number>(inner + 2).fill(0);
  for (const { rMultiple } of trades) {
    const bin = Math.floor((rMultiple - lowest) / width) + 1;
    const kept = Math.min(Math.max(bin, 0), inner + 1);
    counts[kept] = (counts[kept] ?? 0) + 1;
  }
  const bins = counts.map((count, index) => ({
    from: index === 0 ? undefined : lowest + (index - 1) * width,
    to: index === inner + 1 ? undefined : lowest + index * width,
    count,
  }));
  return { bins, quantiles: quantilesOf(trades.map(({ rMultiple }) => rMultiple)) };
}

function quantilesOf(values: readonly number[]): RDistribution['quantiles'] {
  if (values.length === 0) return undefined;
  const ascending = Float64Array.from(values).sort();
  const at = (share: number) => quantile(ascending, share);
  return { p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95) };
}
