import type { Side } from './order.ts';
import type { EpochMs, Money, Price, Steps } from './units.ts';

/** One open position as the broker lists it, in our units. */
export type BrokerPosition = {
  readonly ticket: number;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: Steps;
  readonly entry: Price;
  /** Undefined when there is none at the broker: a naked position. */
  readonly stopLoss?: Price;
  readonly takeProfit?: Price;
  readonly openedAt: EpochMs;
  /** Open result without swap. */
  readonly profit: Money;
  readonly swap: Money;
  /** The order's identity, if it is one of ours. */
  readonly comment: string;
  /** Whether our magic number stands on it: foreign positions are watched, never touched. */
  readonly isOwned: boolean;
};
