/** What a backtest came to, before anybody draws a figure from it. Amounts are in the account's own currency. */
import type { CloseDetail, CloseType } from '../domain/account-event.ts';
import type { Timeframe } from '../domain/bar.ts';
import type { Side } from '../domain/order.ts';
import type { EpochMs, Money, Price } from '../domain/units.ts';
import type { Regime } from '../strategy/regime.ts';
import type { TradingHours } from './market-state.ts';

/** One trade from its entry to its last close. */
export type BacktestTrade = {
  /** The identity without attempt: the same trade has the same on both paths. */
  readonly id: string;
  readonly symbol: string;
  readonly side: Side;
  readonly openedAtMs: EpochMs;
  readonly closedAtMs: EpochMs;
  readonly entryPrice: Price;
  /** Mean price of the closing deals. */
  readonly exitPrice: Price;
  /** Of the entry: parts that were closed on the way count. */
  readonly lots: number;
  /** Net of every deal: price, swap, commission and fees, the entry's included. */
  readonly profit: Money;
  /** Commission and fees, negative when paid. */
  readonly fees: Money;
  /** Negative when paid. */
  readonly swap: Money;
  /** What the first stop would have cost, above 0; 0 where the entry had none. */
  readonly riskAmount: Money;
  /** `profit` in multiples of `riskAmount`; 0 where nothing was at risk. */
  readonly rMultiple: number;
  readonly closeType: CloseType;
  /** `BE`: the stop that was hit stood at breakeven. */
  readonly closeDetail?: CloseDetail;
  /** How far the market went against the trade, and for it, in multiples of the first stop's distance: 0 or more. */
  readonly maeR: number;
  readonly mfeR: number;
  /** Of the bar that the entry was decided on. */
  readonly regime: Regime;
  readonly session: TradingHours;
  /**
   * Whether it ends otherwise, or does not exist at all, on the other path. Another size alone, because of what went
   * before, is no dependence of this trade.
   */
  readonly dependsOnPath: boolean;
};

/** The account at the end of one bar, open positions marked at the quote. One for each bar of the period. */
export type EquityPoint = {
  /** When the bar ended. */
  readonly atMs: EpochMs;
  readonly balance: Money;
  readonly equity: Money;
  /** Whether a position was open at any moment of the bar. */
  readonly hasPosition: boolean;
};

/** What the account decided: one decision a bar, so that all of them sum to the outcome's `bars`. */
export type DecisionCounts = {
  readonly entered: number;
  /** No signal, by the gate that was not passed. */
  readonly held: Readonly<Record<string, number>>;
  /** By the first guard that refused. */
  readonly denied: Readonly<Record<string, number>>;
};

/** The whole period once, under one order inside the bar. */
export type BacktestPath = {
  /** In the order of their closing. */
  readonly trades: readonly BacktestTrade[];
  readonly equity: readonly EquityPoint[];
  readonly decisions: DecisionCounts;
  /** Still open after the last bar: in the equity, not among the trades. */
  readonly openPositions: number;
};

export type BacktestOutcome = {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Open of the first bar that was decided, and end of the last one. */
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  /** Bars that were decided. */
  readonly bars: number;
  /** Of them, those whose order inside is known from finer bars. */
  readonly barsWithDetail: number;
  readonly startingBalance: Money;
  readonly currency: string;
  /** Decimals of an amount. */
  readonly currencyDigits: number;
  /** Hash of the model set; absent where nothing was asked. */
  readonly modelHash?: string;
  /** Whether the models were trained on any bar of the period: its figures are no forecast then. */
  readonly isInSample: boolean;
  /** The end of the data that the models were trained on. */
  readonly trainedUntilMs?: EpochMs;
  /** What was asked for, by name: costs, leverage, limits, overrides. No paths, nothing of the machine. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly pessimistic: BacktestPath;
  readonly optimistic: BacktestPath;
};
