import { tradingHours } from '../src/backtest/market-state.ts';
import type {
  BacktestOutcome,
  BacktestPath,
  BacktestTrade,
  EquityPoint,
} from '../src/backtest/outcome.ts';
import { type Bar, timeframeMs } from '../src/domain/bar.ts';
import { direction } from '../src/domain/order.ts';
import { epochMs, money, price, roundTo } from '../src/domain/units.ts';
import { seededRandom } from '../src/runtime/seeded-random.ts';
import { regimes } from '../src/strategy/regime.ts';
import { anOutcome, aTrade } from './backtest-builder.ts';
import { randomBars } from './random-bars.ts';

const stopDistance = 60;
const startingBalance = 1_000;
/** Share of entries that see the end of their bar: without them nobody would earn. */
const foresight = 0.1;
const settings = {
  leverage: 500,
  spreadPoints: 1_695,
  commissionPerLot: -7,
  note: '<2 % & "less">',
};

type Order = 'pessimistic' | 'optimistic';

/** A whole backtest of a random market: entries by the dice, stops and targets by its bars. */
export function randomBacktest({ days, seed }: { readonly days: number; readonly seed: number }): {
  readonly outcome: BacktestOutcome;
  readonly bars: readonly Bar[];
} {
  const bars = randomBars({ count: days * 96, seed });
  const [first, last] = [bars[0] as Bar, bars.at(-1) as Bar];
  const outcome = anOutcome({
    bars: bars.length,
    fromMs: first.openTime,
    toMs: epochMs(last.openTime + timeframeMs.M15),
    startingBalance: money(startingBalance),
    modelHash: 'b71e0f3c5d2a9846',
    trainedUntilMs: epochMs(first.openTime - timeframeMs.D1),
    settings,
    pessimistic: tradedPath(bars, seed, 'pessimistic'),
    optimistic: tradedPath(bars, seed, 'optimistic'),
  });
  return { outcome, bars };
}

function tradedPath(bars: readonly Bar[], seed: number, order: Order): BacktestPath {
  const random = seededRandom(seed + 1);
  const trades: BacktestTrade[] = [];
  const equity: EquityPoint[] = [];
  let balance = startingBalance;
  let open: BacktestTrade | undefined;
  for (const bar of bars) {
    // Drawn on every bar, so that both paths see the same dice.
    const dice = [random(), random(), random(), random(), random()];
    open ??= entered(bar, balance, dice);
    const hadPosition = open !== undefined;
    const closed = open && closedIn(open, bar, order);
    if (closed) {
      trades.push(closed);
      balance = roundTo(balance + closed.profit, 2);
      open = undefined;
    }
    const floating = open ? resultAt(open, bar.close) : 0;
    equity.push({
      atMs: epochMs(bar.openTime + timeframeMs.M15),
      balance: money(balance),
      equity: money(roundTo(balance + floating, 2)),
      hasPosition: hadPosition,
    });
  }
  const entries = trades.length + (open ? 1 : 0);
  const denied = { 'position-open': 40, 'atr-floor': bars.length - entries - 100 };
  const decisions = { entered: entries, held: { confidence: 60 }, denied };
  return { trades, equity, decisions, openPositions: open ? 1 : 0 };
}

function entered(bar: Bar, balance: number, dice: readonly number[]): BacktestTrade | undefined {
  const [wants = 1, coin = 0, regime = 0, session = 0, edge = 1] = dice;
  if (wants > 0.03) return undefined;
  const winner = bar.close > bar.open ? 'buy' : 'sell';
  const either = coin < 0.5 ? 'buy' : 'sell';
  return aTrade({
    id: `t${bar.openTime}`,
    side: edge < foresight ? winner : either,
    openedAtMs: bar.openTime,
    entryPrice: bar.open,
    riskAmount: money(roundTo(balance * 0.01, 2)),
    regime: regimes[Math.floor(regime * regimes.length)] ?? 'choppy',
    session: tradingHours[Math.floor(session * tradingHours.length)] ?? 'none',
  });
}

function closedIn(trade: BacktestTrade, bar: Bar, order: Order): BacktestTrade | undefined {
  const sign = direction[trade.side];
  const [worst, best] = sign > 0 ? [bar.low, bar.high] : [bar.high, bar.low];
  const isStopped = sign * (worst - trade.entryPrice) <= -stopDistance;
  const isReached = sign * (best - trade.entryPrice) >= stopDistance;
  if (!isStopped && !isReached) return undefined;
  const wins = isReached && (!isStopped || order === 'optimistic');
  const exit = price(trade.entryPrice + (wins ? sign : -sign) * stopDistance);
  const profit = money(roundTo(resultAt(trade, exit) - 0.02, 2));
  return {
    ...trade,
    closedAtMs: epochMs(bar.openTime + timeframeMs.M15 / 3),
    exitPrice: exit,
    profit,
    fees: money(-0.02),
    rMultiple: profit / trade.riskAmount,
    closeType: wins ? 'TP_HIT' : 'SL_HIT',
    maeR: wins ? 0.4 : 1,
    mfeR: wins ? 1 : 0.3,
    dependsOnPath: isStopped && isReached,
  };
}

function resultAt(trade: BacktestTrade, at: number): number {
  const move = direction[trade.side] * (at - trade.entryPrice);
  return roundTo((move / stopDistance) * trade.riskAmount, 2);
}
