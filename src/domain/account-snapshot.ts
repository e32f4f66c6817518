import type { TradingState } from './account.ts';
import type { Denial } from './account-event.ts';
import type { Trace } from './bar.ts';
import type { Side } from './order.ts';
import type { AccountId, EpochMs, Money, Price } from './units.ts';

/** An account as observers see it: values only, amounts in its own currency. */
export type AccountSnapshot = {
  readonly id: AccountId;
  readonly at: EpochMs;
  readonly epoch: number;
  readonly currency: string;
  readonly state: TradingState;
  readonly stateReason: string;
  readonly startingBalance: Money;
  readonly balance: Money;
  readonly equity: Money;
  /** Realised and floating result since the account's local midnight. */
  readonly dayResult: Money;
  readonly positions: readonly PositionSnapshot[];
  /** Nothing is under way at the broker and nothing has to be found out: `positions` is the whole truth. */
  readonly isSettled: boolean;
  /** The newest decision, undefined before the first. */
  readonly decision?: DecisionSnapshot;
  /** Guards that block entries now. */
  readonly blockedBy: readonly Denial[];
  readonly counts: {
    readonly predictions: number;
    readonly entered: number;
    readonly held: number;
    readonly denied: number;
    readonly closed: number;
  };
};

export type PositionSnapshot = {
  readonly ticket: number;
  readonly symbol: string;
  readonly side: Side;
  readonly lots: number;
  readonly entry: Price;
  readonly stopLoss?: Price;
  readonly takeProfit?: Price;
  readonly profit: Money;
  readonly isOwned: boolean;
};

export type DecisionSnapshot = {
  readonly trace: Trace;
  readonly at: EpochMs;
  readonly verdict: 'entered' | 'held' | 'denied';
  readonly side?: Side;
  readonly confidence: number;
  readonly gap: number;
  /** For `denied`; also why a bar was held (which gate was not passed). */
  readonly denial?: Denial;
};
