import { direction, type Side } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import { exitPrice } from './stop-move.ts';

export type PositionState = readonly [
  barsHeldNorm: number,
  pnlPct: number,
  rMultiple: number,
  direction: number,
];

/** Bars after which a position counts as held for as long as can be: the horizon of the labels. */
const barsHeldFull = 48;

/**
 * The state features of an open position at a quote, in the order of the model manifest's `position.state_features`: closed bars held / 48, at
 * most 1; gain in percent of the entry price; gain in multiples of the first stop's distance (0 without a stop);
 * +1 for a buy, -1 for a sell. The gain is that of closing now.
 */
export function positionState(
  position: {
    readonly side: Side;
    readonly entry: number;
    /** From the entry to the stop as first placed; 0 without one. */
    readonly stopDistance: number;
    readonly barsHeld: number;
  },
  quote: Quote,
): PositionState {
  const { side, entry, stopDistance, barsHeld } = position;
  const gain = direction[side] * (exitPrice(side, quote) - entry);
  return [
    Math.min(barsHeld / barsHeldFull, 1),
    (100 * gain) / entry,
    stopDistance > 0 ? gain / stopDistance : 0,
    direction[side],
  ];
}
