import type { EpochMs, Price, Steps } from './units.ts';

export type Side = 'buy' | 'sell';

export const opposite = { buy: 'sell', sell: 'buy' } as const satisfies Record<Side, Side>;
/** +1 for a buy, -1 for a sell: what the price has to do for a profit. */
export const direction = { buy: 1, sell: -1 } as const satisfies Record<Side, 1 | -1>;

/** A market order. It has no form without a stop. */
export type Order = {
  /** Its identity at the broker: the comment of the order. At most 26 of `[a-z2-7]`, see `order-identity.ts`. */
  readonly id: string;
  /** The identity of the trade, the same for every attempt to place it. */
  readonly tradeId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: Steps;
  readonly stopLoss: Price;
  readonly takeProfit: Price;
  /** The quote side that the distances were laid from and the fill is expected at. */
  readonly expectedPrice: Price;
  /** Market time after which it must not be sent any more. */
  readonly expiresAt: EpochMs;
};

/** What became of a trade call. Never an exception: the caller has to act on each of them. */
export type TradeOutcome =
  | { readonly outcome: 'done'; readonly fill: Fill }
  | { readonly outcome: 'partial'; readonly fill: Fill }
  /** The broker said no. `code` is the broker's own (an MT5 retcode, or 0). */
  | {
      readonly outcome: 'rejected';
      readonly code: number;
      readonly reason: string;
      readonly refusal?: Refusal;
    }
  /** Proven: nothing reached the broker. */
  | { readonly outcome: 'not-sent'; readonly reason: string }
  /** Nobody knows: ask the broker (reconcile), never send again without proof of absence. */
  | { readonly outcome: 'unknown'; readonly reason: string };

/** Kinds of refusals that somebody has to act on; a refusal of another kind is final and says nothing about the next. */
export type Refusal =
  /** The price has moved away: a fresh one may do. */
  | 'price'
  /** The broker, the account or the terminal takes no such orders until a person changes it. */
  | 'trading-off'
  /** The market is closed: it opens again by itself. */
  | 'market-closed'
  /** The request was wrong: a defect of ours. */
  | 'request';

export type Fill = {
  /** The position's ticket; undefined where the answer does not carry it (read the positions). */
  readonly ticket?: number;
  readonly volume: Steps;
  /** Undefined where the broker answers 0 (read the position or the deal). */
  readonly price?: Price;
  readonly at?: EpochMs;
};
