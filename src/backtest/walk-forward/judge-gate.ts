/** The product's gate: a model set whose latest weeks are not all good is not taken. */
export const gateLimits = { winRateMin: 0.55, profitFactorMin: 1.8, profitFactorMedianMin: 2 };

export type FoldFigures = {
  readonly trades: number;
  /** Shares; undefined without a trade. */
  readonly winRate: number | undefined;
  /** Undefined or infinite without a loss. */
  readonly profitFactor: number | undefined;
};

/** A fold under both orders of prices inside a bar. */
export type FoldColumns = { readonly pessimistic: FoldFigures; readonly optimistic: FoldFigures };

/**
 * Each figure of whichever order it is lower in: what hurts an unmanaged position may help one that is managed inside
 * the bar, so that neither order is a bound.
 */
export function worseFigures({ pessimistic, optimistic }: FoldColumns): FoldFigures {
  const trades = Math.min(pessimistic.trades, optimistic.trades);
  if (trades === 0) return { trades, winRate: undefined, profitFactor: undefined };
  return {
    trades,
    winRate: Math.min(pessimistic.winRate ?? 0, optimistic.winRate ?? 0),
    profitFactor: Math.min(profitFactorOf(pessimistic), profitFactorOf(optimistic)),
  };
}

/** What is below its limit; empty where the gate is passed. */
export type Shortfall = {
  readonly limit: 'trades' | 'win-rate' | 'profit-factor' | 'profit-factor-median';
  readonly observed: number;
  readonly allowed: number;
};

export type GateVerdict = {
  /** Fold by fold. */
  readonly folds: readonly (readonly Shortfall[])[];
  /** Of the folds together. */
  readonly overall: readonly Shortfall[];
  /** Infinite where most folds had no loss. */
  readonly profitFactorMedian: number;
  readonly isPassed: boolean;
};

export function judgeGate(columns: readonly FoldColumns[]): GateVerdict {
  const folds = columns.map(worseFigures);
  const ofFolds = folds.map(shortfalls);
  const profitFactorMedian = middleOf(folds.map(profitFactorOf));
  const overall = below(
    'profit-factor-median',
    profitFactorMedian,
    gateLimits.profitFactorMedianMin,
  );
  const isPassed = overall.length === 0 && ofFolds.every((each) => each.length === 0);
  return { folds: ofFolds, overall, profitFactorMedian, isPassed };
}

function shortfalls(figures: FoldFigures): readonly Shortfall[] {
  const { trades, winRate = 0 } = figures;
  if (trades === 0) return below('trades', 0, 1);
  return [
    ...below('win-rate', winRate, gateLimits.winRateMin),
    ...below('profit-factor', profitFactorOf(figures), gateLimits.profitFactorMin),
  ];
}

/** What only won has no factor, and stands above any limit; what did not trade stands below. */
function profitFactorOf({ profitFactor, winRate = 0 }: FoldFigures): number {
  return profitFactor ?? (winRate > 0 ? Number.POSITIVE_INFINITY : 0);
}

/** Of an odd number of values; some may be infinite. */
function middleOf(values: readonly number[]): number {
  const ascending = Float64Array.from(values).sort();
  return ascending[Math.floor(ascending.length / 2)] ?? 0;
}

function below(limit: Shortfall['limit'], observed: number, allowed: number): readonly Shortfall[] {
  return observed >= allowed ? [] : [{ limit, observed, allowed }];
}
