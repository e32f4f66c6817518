import type {
  BacktestOutcome,
  BacktestPath,
  BacktestTrade,
  EquityPoint,
} from '../src/backtest/outcome.ts';
import { timeframeMs } from '../src/domain/bar.ts';
import { epochMs, money, price } from '../src/domain/units.ts';

const fromMs = Date.UTC(2025, 0, 1);
const barMs = timeframeMs.M15;
const startingBalance = 1_000;

type TradeParts = {
  readonly profit?: number;
  readonly openedAtMs?: number;
  readonly closedAtMs?: number;
} & Omit<Partial<BacktestTrade>, 'profit' | 'openedAtMs' | 'closedAtMs'>;

/** A buy that risked 10 and earned `profit`; everything else is unremarkable. */
export function aTrade({
  profit = 10,
  openedAtMs,
  closedAtMs,
  ...parts
}: TradeParts = {}): BacktestTrade {
  const opened = openedAtMs ?? fromMs;
  return {
    id: 'a',
    symbol: 'BTCUSD',
    side: 'buy',
    openedAtMs: epochMs(opened),
    closedAtMs: epochMs(closedAtMs ?? opened + barMs),
    entryPrice: price(60_000),
    exitPrice: price(60_010),
    lots: 0.1,
    profit: money(profit),
    fees: money(0),
    swap: money(0),
    riskAmount: money(10),
    rMultiple: profit / 10,
    closeType: profit < 0 ? 'SL_HIT' : 'TP_HIT',
    maeR: 0.5,
    mfeR: 1,
    regime: 'choppy',
    session: 'london',
    dependsOnPath: false,
    ...parts,
  };
}

/** One point for each equity, a bar apart, the first at the end of the first bar. */
export function equityPoints(equities: readonly number[], stepMs: number = barMs): EquityPoint[] {
  return equities.map((equity, index) => ({
    atMs: epochMs(fromMs + (index + 1) * stepMs),
    balance: money(equity),
    equity: money(equity),
    hasPosition: false,
  }));
}

export function anOutcome(parts: Partial<BacktestOutcome> = {}): BacktestOutcome {
  const path: BacktestPath = {
    trades: [],
    equity: [],
    decisions: { entered: 0, held: {}, denied: {} },
    openPositions: 0,
  };
  return {
    symbol: 'BTCUSD',
    timeframe: 'M15',
    fromMs: epochMs(fromMs),
    toMs: epochMs(fromMs + 60 * timeframeMs.D1),
    bars: 60 * 96,
    barsWithDetail: 0,
    startingBalance: money(startingBalance),
    currency: 'USD',
    currencyDigits: 2,
    isInSample: false,
    settings: {},
    pessimistic: path,
    optimistic: path,
    ...parts,
  };
}
