import { assert } from '../domain/assert.ts';
import type { Bar } from '../domain/bar.ts';
import type { PredictedClass } from '../domain/prediction.ts';
import { bracketOutcome } from '../exchange/bracket.ts';

export type LabelDefinition = {
  /** Bars that a trade may take, its entry bar included. */
  readonly horizonBars: number;
  /** Distances of SL and TP in ATR of the bar that is decided on. */
  readonly stopAtrMultiplier: number;
  readonly targetAtrMultiplier: number;
  /** Ask minus bid, in price units. */
  readonly spread: number;
};

/**
 * What would have been right to do at the close of a bar, seen from later: `buy` when a long taken at the next bar's
 * open reaches its target and a short does not, `sell` the other way round, `hold` when neither or both do. Of a bar
 * that touches both ends of a trade, the stop counts.
 *
 * @param index of the bar that is decided on; `horizonBars` bars have to follow
 * @param atr ATR(14) of that bar, in price units
 */
export function labelOf(
  bars: readonly Bar[],
  index: number,
  atr: number,
  definition: LabelDefinition,
): PredictedClass {
  assert(isSettled(bars.length, index, definition), `the future of bar ${index} is not known yet`);
  const isWon = (side: 'buy' | 'sell') =>
    bracketOutcome({
      bars,
      entryIndex: index + 1,
      side,
      stopDistance: definition.stopAtrMultiplier * atr,
      targetDistance: definition.targetAtrMultiplier * atr,
      horizonBars: definition.horizonBars,
      spread: definition.spread,
      intrabar: 'pessimistic',
    }) === 'target';
  const [long, short] = [isWon('buy'), isWon('sell')];
  if (long === short) return 'hold';
  return long ? 'buy' : 'sell';
}

/** Whether every bar that the label of bar `index` looks at is there. */
export function isSettled(
  bars: number,
  index: number,
  { horizonBars }: Pick<LabelDefinition, 'horizonBars'>,
): boolean {
  return index + horizonBars < bars;
}
