import type { TradingState } from '../../domain/account.ts';
import type { Denial } from '../../domain/account-event.ts';
import type { EpochMs, Fraction, Money } from '../../domain/units.ts';

/** The limits that guards compare with. */
type GuardLimits = {
  readonly atrMin: number;
  readonly dailyLossMax: Fraction;
  readonly consecutiveLossesMax: number;
  readonly readFailuresMax: number;
  /** Absent: entries are not stopped. */
  readonly entriesStopped?: 'shutdown' | 'removed';
};

/** An account as guards see it. Absent = unknown, and what is unknown denies. */
export type AccountRisk = {
  readonly at: EpochMs;
  readonly limits: GuardLimits;
  readonly tradingState: TradingState;
  /** Reads of the terminal that failed in a row; 0 after a healthy one. */
  readonly readFailures: number;
  /** Whether the broker was read since this incarnation began. */
  readonly isRead: boolean;
  /** The broker allows this account to trade. */
  readonly isTradeAllowed?: boolean;
  readonly equity?: Money;
  /** Realised since the account's local midnight, and floating. */
  readonly dayResult?: Money;
  readonly consecutiveLosses: number;
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
};

/** Says why an entry may not be made, or nothing. */
export type Guard<Risk> = (risk: Risk) => Denial | undefined;
