import type { TradingState } from '../../domain/account.ts';
import type { Denial } from '../../domain/account-event.ts';
import type { Side } from '../../domain/order.ts';
import type { EpochMs, Fraction, Money } from '../../domain/units.ts';
import type { GuardPolicy } from './guard-policy.ts';

/** The limits that guards compare with. */
type GuardLimits = {
  readonly atrMin: number;
  readonly dailyLossMax: Fraction;
  readonly consecutiveLossesMax: number;
  readonly readFailuresMax: number;
  /** Absent: entries are not stopped. */
  readonly entriesStopped?: 'shutdown' | 'removed';
  /** Absent: all of them are off. */
  readonly guards?: GuardPolicy;
  /** `primaryExit`: the position model makes the exits. */
  readonly management?: { readonly primaryExit?: object };
};

/** An account as guards see it. Absent = unknown, and what is unknown denies. */
export type AccountRisk = {
  readonly at: EpochMs;
  readonly limits: GuardLimits;
  /** The stricter of the account's own and the fleet's. */
  readonly tradingState: TradingState;
  /** Reads of the terminal that failed in a row; 0 after a healthy one. */
  readonly readFailures: number;
  /** Whether the broker was read since this incarnation began. */
  readonly isRead: boolean;
  /** The broker allows this account to trade. */
  readonly isTradeAllowed?: boolean;
  /** Our own: without the broker's credit. */
  readonly equity?: Money;
  /** What no deal explains of the balance yet. */
  readonly balanceDoubted?: Money;
  /** Where the account began, moved in proportion by deposits and withdrawals. */
  readonly startingBalance?: Money;
  /** Realised since the account's local midnight, and floating. */
  readonly dayResult?: Money;
  /** Equity when the account's local week began, moved in proportion by deposits and withdrawals. */
  readonly weekStartEquity?: Money;
  readonly consecutiveLosses: number;
  /** Results of the newest closed trades, newest last. */
  readonly recentProfits: readonly Money[];
  /** Trades closed since `equity-curve` tripped last; absent: it never did. */
  readonly closedSinceEquityCurve?: number;
  /** When orders were intended, newest last. */
  readonly orderTimes: readonly EpochMs[];
  /** Guards that tripped and last until something clears them (the next local midnight, an answer). */
  readonly tripped: Readonly<Record<string, Denial>>;
};

/** An entry that wants to be made. */
export type EntryRisk = AccountRisk & {
  readonly symbol: string;
  /** In price units. */
  readonly atr: number;
  /** Orders of the symbol whose outcome is not known. */
  readonly unresolvedOrders: number;
  /** Open positions of the symbol, foreign ones included. */
  readonly positionsOpen: number;
  readonly isTradable?: boolean;
  /** When the newest quote of the symbol was made. */
  readonly quoteAt?: EpochMs;
  /** Ask minus bid of that quote. */
  readonly spread?: { readonly points: number; readonly price: number };
  /** `passed`: an order that is sent again; its signal was judged when it was intended. */
  readonly signal: SignalRisk | 'passed';
};

/** What an entry is made on. */
export type SignalRisk = {
  readonly side: Side;
  readonly barClosedAt: EpochMs;
  /** Values of the feature vector, by the names of the feature schema. */
  readonly features: Readonly<Record<string, number>>;
  /** The end of the data that the models were trained on. */
  readonly trainedTo?: EpochMs;
  /** Whether the model set has a model of open positions. */
  readonly hasPositionModel?: true;
  /** Orders and positions that have the identity of this trade already. */
  readonly duplicates: number;
};

/** Says why an entry may not be made, or nothing. */
export type Guard<Risk> = (risk: Risk) => Denial | undefined;
