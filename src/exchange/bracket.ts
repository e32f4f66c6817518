import type { Bar } from '../domain/bar.ts';
import type { Side } from '../domain/order.ts';
import { type Intrabar, touchInBar } from './touch.ts';

export type BracketRequest = {
  /** Bid prices, oldest first. */
  readonly bars: readonly Bar[];
  /** The trade is entered at the open of this bar: a buy pays the ask, a sell gets the bid. */
  readonly entryIndex: number;
  readonly side: Side;
  /** Distances from the entry price to SL and TP, in price units. */
  readonly stopDistance: number;
  readonly targetDistance: number;
  /** Bars that are scanned, the entry bar included; fewer where the data ends. */
  readonly horizonBars: number;
  /** Ask minus bid, in price units, the same for every bar. */
  readonly spread: number;
  readonly intrabar: Intrabar;
};

/** Which end of a bracket order the market reaches first, or `open` when the horizon passes before. */
export function bracketOutcome(request: BracketRequest): 'target' | 'stop' | 'open' {
  const { bars, entryIndex, side, spread, intrabar } = request;
  const entryBar = bars[entryIndex];
  if (entryBar === undefined) return 'open';
  const sign = side === 'buy' ? 1 : -1;
  const entry = side === 'buy' ? entryBar.open + spread : entryBar.open;
  const stop = entry - sign * request.stopDistance;
  const target = entry + sign * request.targetDistance;
  const end = Math.min(bars.length, entryIndex + request.horizonBars);
  for (let index = entryIndex; index < end; index++) {
    const bar = bars[index] as Bar;
    const touch = touchInBar(side, bar, spread, stop, target, intrabar);
    if (touch !== undefined) return touch;
  }
  return 'open';
}
