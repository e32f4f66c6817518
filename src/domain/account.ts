import { type EpochMs, type Money, money, roundTo } from './units.ts';

/** The broker's word on an account. */
export type AccountView = {
  readonly login: number;
  readonly currency: string;
  /** Decimals of an amount: 2 for USD and USC. */
  readonly currencyDigits: number;
  readonly leverage: number;
  readonly isHedging: boolean;
  readonly isTradeAllowed: boolean;
  readonly balance: Money;
  /** Balance, open results and credit. */
  readonly equity: Money;
  /** Lent by the broker, and no part of the balance; absent = none. */
  readonly credit?: Money;
  readonly margin: Money;
  readonly freeMargin: Money;
};

/** Equity without the credit, which is nobody's profit and no cushion of ours. What we lose is measured by it, margin is not. */
export function ownEquity({ equity, credit = money(0), currencyDigits }: AccountView): Money {
  return money(roundTo(equity - credit, currencyDigits));
}

/**
 * active: trades · paused: a person said so · reducing: exits are managed, entries are denied ·
 * halted: only a person leads out of it.
 */
export type TradingState = 'active' | 'paused' | 'reducing' | 'halted';

/** What a person said to the whole fleet: it holds for every account, also for those that join later, until it is taken back. */
export type FleetOrder = {
  readonly state: Exclude<TradingState, 'active'>;
  /** Everything that is open is closed, too, and of whoever comes later. */
  readonly isKill: boolean;
  readonly by: string;
  readonly at: EpochMs;
};
