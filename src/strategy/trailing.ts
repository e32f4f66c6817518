import { direction, type Side } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import { exitPrice } from './stop-move.ts';

export type TrailingRules = {
  /** Distance of the stop from the price, in ATR, before confidence and momentum scale it. */
  readonly distanceAtr: number;
  /** Gain from which on the stop trails, in ATR. */
  readonly profitMinAtr: number;
};

type Trailed = {
  readonly side: Side;
  readonly entry: number;
  /** In price units. */
  readonly atr: number;
  /** Of the entry: 0 at the threshold, 1 at certainty. */
  readonly confidenceNorm: number;
  /** How momentum turns against the trade, see `decayAgainst`. */
  readonly decay: number;
};

/** The momentum of a bar: the feature `momentum_decay`, and the way that the market goes (-1, 0, 1). */
export type Momentum = { readonly decay: number; readonly trend: number };

/**
 * How much momentum decays against a trade, -1 to 1: a trend that carries the trade and fades counts against it, and so
 * does one that goes against the trade and gains.
 */
export function decayAgainst(side: Side, { decay, trend }: Momentum): number {
  return direction[side] * Math.sign(trend) * decay + 0;
}

/** Distance of a trailing stop from the price: high confidence is tight, low confidence or a fading trend is wide. */
export function trailDistance(
  { atr, confidenceNorm, decay }: Pick<Trailed, 'atr' | 'confidenceNorm' | 'decay'>,
  { distanceAtr }: TrailingRules,
): number {
  return distanceAtr * atr * (1.3 - 0.6 * confidenceNorm) * (1 + 0.5 * Math.max(0, decay));
}

/** Where a trailing stop would stand at a quote; undefined before the trade has gained enough. */
export function trailingStop(
  trade: Trailed,
  quote: Quote,
  rules: TrailingRules,
): number | undefined {
  const { side, entry, atr } = trade;
  const exit = exitPrice(side, quote);
  const gained = direction[side] * (exit - entry);
  if (!(atr > 0) || gained < rules.profitMinAtr * atr * (1 - noise)) return undefined;
  return exit - direction[side] * trailDistance(trade, rules);
}

const noise = 1e-9; // 0.3 / 0.1 is 2.9999999999999996
