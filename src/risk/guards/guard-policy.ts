import type { EpochMs, Fraction } from '../../domain/units.ts';

/** Parts of the day by the markets that are open, as the features know them. */
export type TradingSession = 'london' | 'ny' | 'asian';

/** Guards that are off unless the configuration names them: what is absent is off. */
export type GuardPolicy = {
  /** Loss from the starting balance at which the account is halted and closed. */
  readonly hardHaltMax?: Fraction;
  /** Loss since the equity of the week's beginning at which entries stop until the next local Monday. */
  readonly weeklyDrawdownMax?: Fraction;
  readonly equityCurve?: EquityCurvePolicy;
  /** Oldest bar that may be decided on, counted from its close. */
  readonly barAgeMaxMs?: number;
  /** Longest time since the end of the data that the models were trained on. */
  readonly modelAgeMaxMs?: number;
  /** Least ADX(14)/100. */
  readonly adxMin?: number;
  readonly news?: NewsPolicy;
  /** Buys only above the EMA(200), sells only below. */
  readonly isEmaTrendOn?: boolean;
  readonly sessions?: readonly TradingSession[];
  readonly spreadPointsMax?: number;
  /** Widest spread as a share of ATR(14). */
  readonly spreadAtrMax?: number;
  /** Entries ask the fleet's ledger first; what one unit of the account is worth there. */
  readonly fleet?: { readonly multiplier: number };
  readonly orderRate?: { readonly ordersMax: number; readonly windowMs: number };
};

type EquityCurvePolicy = {
  /** Trades that are summed up; with fewer the filter has no opinion. */
  readonly lookbackTrades: number;
  /** Net loss over them, as a share of equity. */
  readonly drawdownMax: Fraction;
  /** Without entries no trade can turn the sum: entries go on after so long. */
  readonly cooldownMs: number;
};

export type NewsPolicy = {
  /** Before and after each event. */
  readonly blockMs: number;
  /** Whether a moment that the calendar does not cover denies entries. */
  readonly failsClosed: boolean;
  readonly calendar: NewsEvents;
};

/** High-impact events that are known, and from when to when the calendar knows all of them. */
export type NewsEvents = {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Rising. */
  readonly times: readonly EpochMs[];
};
