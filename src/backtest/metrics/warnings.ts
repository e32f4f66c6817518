import { timeframeMs } from '../../domain/bar.ts';
import type { BacktestOutcome } from '../outcome.ts';
import type { PathFigures } from './path-figures.ts';
import { tradesMin } from './score.ts';

export type Warning = {
  readonly type:
    | 'in-sample'
    | 'too-few-trades'
    | 'path-dependent'
    | 'sign-unknown'
    | 'short-period'
    | 'open-positions';
  readonly text: string;
};

type Figures = { readonly pessimistic: PathFigures; readonly optimistic: PathFigures };

/** Share of trades from which on the order inside the bar is worth a word. */
const pathDependentMin = 0.05;
const daysMin = 30;

/** What has to be known before any figure is believed, the gravest first. */
export function warningsOf(outcome: BacktestOutcome, figures: Figures): readonly Warning[] {
  return [
    inSample(outcome),
    tooFewTrades(figures),
    signUnknown(figures),
    pathDependent(outcome, figures),
    shortPeriod(outcome),
    openPositions(outcome),
  ].filter((warning) => warning !== undefined);
}

function inSample({ isInSample, trainedUntilMs }: BacktestOutcome): Warning | undefined {
  if (!isInSample) return undefined;
  const until = trainedUntilMs === undefined ? '' : ` (to ${dateOf(trainedUntilMs)})`;
  return {
    type: 'in-sample',
    text: `IN-SAMPLE: the models were trained on bars of this period${until}. They know the answers: these figures say nothing about trades to come.`,
  };
}

function tooFewTrades({ pessimistic }: Figures): Warning | undefined {
  const { trades, winRateLow, winRateHigh } = pessimistic.headline;
  if (trades >= tradesMin) return undefined;
  const interval =
    winRateLow === undefined || winRateHigh === undefined
      ? ''
      : ` With 95 % confidence the true win rate lies anywhere between ${percent(winRateLow)} and ${percent(winRateHigh)}.`;
  return {
    type: 'too-few-trades',
    text: `TOO FEW TRADES TO SAY: ${trades}, where at least ${tradesMin} are needed.${interval}`,
  };
}

function signUnknown({ pessimistic, optimistic }: Figures): Warning | undefined {
  const [low, high] = [pessimistic.headline.netProfit, optimistic.headline.netProfit];
  if (low > 0 === high > 0 || low === high) return undefined;
  return {
    type: 'sign-unknown',
    text: 'Whether this earns or loses depends on the order of prices inside the bar, which the data does not tell.',
  };
}

function pathDependent(
  { bars, barsWithDetail }: BacktestOutcome,
  { pessimistic }: Figures,
): Warning | undefined {
  const { pathDependent: share = 0 } = pessimistic.headline;
  if (share < pathDependentMin) return undefined;
  const remedy =
    barsWithDetail < bars
      ? ` Finer bars settle it; ${[barsWithDetail, bars].map(grouped).join(' of ')} bars had them.`
      : '';
  return {
    type: 'path-dependent',
    text: `${percent(share)} of the trades end otherwise under the other order of prices inside the bar.${remedy}`,
  };
}

function shortPeriod({ fromMs, toMs }: BacktestOutcome): Warning | undefined {
  const days = (toMs - fromMs) / timeframeMs.D1;
  if (days >= daysMin) return undefined;
  return {
    type: 'short-period',
    text: `The period is ${days.toFixed(1)} days: ratios per year are far beyond what it can carry.`,
  };
}

function openPositions({ pessimistic }: BacktestOutcome): Warning | undefined {
  const { openPositions: open } = pessimistic;
  if (open === 0) return undefined;
  const isOne = open === 1;
  return {
    type: 'open-positions',
    text: `${open} position${isOne ? ' was' : 's were'} still open at the end: in the equity, not among the trades.`,
  };
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function dateOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
