import type { EpochMs, Money } from './units.ts';

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
  readonly equity: Money;
  readonly margin: Money;
  readonly freeMargin: Money;
};

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
