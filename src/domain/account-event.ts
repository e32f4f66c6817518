import type { TradingState } from './account.ts';
import type { Trace } from './bar.ts';
import type { Side } from './order.ts';
import type { AccountId, EpochMs, Money, Price } from './units.ts';

/** How a trade ended. `ML_EXIT`: the position model; `EXTERNAL`: closed at the broker by somebody else. */
export type CloseType = 'SL_HIT' | 'TP_HIT' | 'ML_EXIT' | 'MANUAL' | 'EXTERNAL' | 'STOP_OUT';

/** More about a close. `BE`: the stop that was hit had been moved to breakeven. */
export type CloseDetail = 'BE';

/** Why an entry was refused by us: the limit's name and its numbers, in the limit's own unit. */
export type Denial = {
  readonly limit: string;
  readonly observed: number;
  readonly allowed: number;
};

/** What observers (log, console, Telegram) are told about an account. They may be slow or absent. */
export type AccountEvent = { readonly account: AccountId; readonly at: EpochMs } & (
  | {
      readonly type: 'started';
      readonly epoch: number;
      readonly state: TradingState;
      readonly openPositions: number;
    }
  | {
      readonly type: 'signal';
      readonly trace: Trace;
      readonly symbol: string;
      readonly side: Side;
      readonly confidence: number;
      readonly gap: number;
      readonly votes: number;
    }
  | {
      readonly type: 'denied';
      readonly trace: Trace;
      readonly symbol: string;
      readonly denial: Denial;
    }
  | {
      readonly type: 'order';
      readonly orderId: string;
      readonly symbol: string;
      readonly side: Side;
      readonly lots: number;
      readonly stopLoss: Price;
      readonly takeProfit: Price;
    }
  | {
      readonly type: 'order-failed';
      readonly orderId: string;
      readonly outcome: string;
      readonly reason: string;
    }
  | {
      readonly type: 'fill';
      readonly ticket: number;
      readonly symbol: string;
      readonly side: Side;
      readonly lots: number;
      readonly entry: Price;
    }
  | {
      readonly type: 'close';
      readonly ticket: number;
      readonly symbol: string;
      readonly side: Side;
      readonly lots: number;
      readonly exit: Price;
      readonly closeType: CloseType;
      readonly closeDetail?: CloseDetail;
      readonly profit: Money;
      readonly rMultiple: number;
    }
  | {
      readonly type: 'equity';
      readonly balance: Money;
      readonly equity: Money;
      readonly currency: string;
    }
  | { readonly type: 'guard-tripped'; readonly denial: Denial }
  | { readonly type: 'guard-cleared'; readonly limit: string }
  | {
      readonly type: 'state-changed';
      readonly from: TradingState;
      readonly to: TradingState;
      readonly reason: string;
    }
  | { readonly type: 'alert'; readonly reason: string }
);
