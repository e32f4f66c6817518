import { describe, expect, test } from 'vitest';
import { randomBars } from '../../test/random-bars.ts';
import type { AccountFact } from '../account/account-fact.ts';
import { closedGate } from '../account/quiet-bar.ts';
import { type AccountWishes, backtestAccount } from '../cli/backtest-account.ts';
import { defaultConfig } from '../config/default-config.ts';
import { type Bar, traceOf } from '../domain/bar.ts';
import type { Prediction, Probabilities } from '../domain/prediction.ts';
import { epochMs, type Price, price } from '../domain/units.ts';
import type { Intrabar } from '../exchange/touch.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import { detailBars } from './detail-bars.ts';
import { type BacktestRequest, playPath } from './play-path.ts';
import type { PredictionSeries } from './prediction-series.ts';
import { runBacktest } from './run-backtest.ts';

const symbol = 'BTCUSD';
const barMs = 900_000;
const first = 20;

type Says = 'buy' | 'sell' | 'hold';

/** A model that says to each bar what it is told to say. */
function told(bars: readonly Bar[], says: (index: number) => Says): PredictionSeries {
  const at = (index: number): Prediction => {
    const barTime = (bars[index] as Bar).openTime;
    const mean = sure[says(index)];
    const answer = { raw: mean, calibrated: mean, vote: says(index) };
    return {
      ...{ trace: traceOf(symbol, 'M15', barTime), symbol, barTime, modelHash: 'told', mean },
      members: { rf: answer, xgb: answer, lgb: answer },
      atr: price(100),
      features: { adx_14: 0.3, atr_percentile: 0.5, is_london_session: 1 },
      thresholds: { confidenceMin: 0.6, gapMin: 0.1 },
    };
  };
  return {
    ...{ modelHash: 'told', first, at },
    closedGate: (index, policy) => closedGate(policy, at(index)),
  };
}

const sure: Readonly<Record<Says, Probabilities>> = {
  buy: { buy: 0.8, sell: 0.1, hold: 0.1 },
  sell: { buy: 0.1, sell: 0.8, hold: 0.1 },
  hold: { buy: 0.1, sell: 0.1, hold: 0.8 },
};

function request(
  bars: readonly Bar[],
  says: (index: number) => Says,
  wishes: Partial<AccountWishes> = {},
): BacktestRequest {
  const all = { symbol, account: 'defaults', ...wishes };
  const account = backtestAccount(all, () => defaultConfig(symbol));
  const predictions = told(bars, says);
  return {
    ...{ symbol, timeframe: 'M15', bars, predictions, first, last: bars.length - 1 },
    ...account,
  };
}

/** Bars that stand at 20,000 but for what a test makes of one of them. */
function flatBars(count: number, change: Readonly<Record<number, Partial<Bar>>> = {}): Bar[] {
  return Array.from({ length: count }, (_, index) => ({
    openTime: epochMs(Date.UTC(2024, 0, 8) + index * barMs),
    open: price(20_000),
    high: price(20_010),
    low: price(19_990),
    close: price(20_000),
    volume: 1,
    ...change[index],
  }));
}

const free = { spread: 0, commission: 0 } as const;
const buysAt = (entry: number) => (index: number) => (index === entry ? 'buy' : 'hold');
/** SL 19,900 and TP 20,100 are both inside it. */
const wild = { high: 20_200 as Price, low: 19_800 as Price };

describe('a period', () => {
  const bars = randomBars({ count: 1_500, seed: 9 });
  const random = seededRandom(4);
  const signals = bars.map((): Says => {
    const chance = random();
    if (chance < 0.85) return 'hold';
    return chance < 0.925 ? 'buy' : 'sell';
  });
  const says = (index: number) => signals[index] ?? 'hold';
  const strict = {
    override: { max_daily_loss_pct: 2, 'circuit_breaker.max_consecutive_losses': 3 },
  };

  test('comes to the same whether quiet bars are left out or decided', async () => {
    const facts: AccountFact[] = [];
    const whole = await playPath(request(bars, says, strict), 'pessimistic', {
      onFact: (fact) => facts.push(fact),
    });
    expect(await playPath(request(bars, says, strict), 'pessimistic')).toEqual(whole);
    expect(facts.filter(({ type }) => type === 'bar-decided')).toHaveLength(1_500 - first);
    expect(facts.some(({ type }) => type === 'guard-tripped')).toBe(true);
    expect(whole.trades.length).toBeGreaterThan(30);
  });

  test('gives one decision and one point of equity for each bar', async () => {
    const played = await playPath(request(bars, says), 'pessimistic');
    const { decisions, equity, trades, openPositions } = played;
    const { entered, held, denied } = decisions;
    const counts = [...Object.values(held), ...Object.values(denied)];
    expect(entered + counts.reduce((sum, each) => sum + each, 0)).toBe(1_500 - first);
    expect(equity).toHaveLength(1_500 - first);
    expect(equity[0]?.atMs).toBe((bars[first]?.openTime ?? 0) + barMs);
    expect(entered).toBe(trades.length + openPositions);
  });

  test('ends with the balance that its trades add up to', async () => {
    const costly = { ...strict, spread: 800, commission: 4, swapLong: -300, slippage: 20 };
    const { trades, equity } = await playPath(request(bars, says, costly), 'optimistic');
    const sum = trades.reduce((total, { profit }) => total + profit, 0);
    expect(equity.at(-1)?.balance).toBeCloseTo(10_000 + sum, 6);
    expect(trades.every(({ fees }) => fees < 0)).toBe(true);
  });
});

describe('a trade', () => {
  test('is entered at the open of the bar after its decision', async () => {
    const bars = flatBars(40, { 31: { open: price(20_005), high: price(20_010) }, 34: wild });
    const { trades } = await playPath(request(bars, buysAt(30), free), 'pessimistic');
    expect(trades).toMatchObject([
      { openedAtMs: bars[31]?.openTime, entryPrice: 20_005, side: 'buy', closeType: 'SL_HIT' },
    ]);
  });

  test('takes the stop first, or the target, where a bar touches both', async () => {
    const bars = flatBars(40, { 34: wild });
    const labels = { settings: {}, trainedUntilMs: epochMs(0) };
    const outcome = await runBacktest(request(bars, buysAt(30), free), labels);
    expect(outcome.pessimistic.trades).toMatchObject([
      { closeType: 'SL_HIT', exitPrice: 19_900, rMultiple: -1, dependsOnPath: true },
    ]);
    expect(outcome.optimistic.trades).toMatchObject([
      { closeType: 'TP_HIT', exitPrice: 20_100, rMultiple: 1, dependsOnPath: true },
    ]);
    expect(outcome).toMatchObject({ bars: 20, barsWithDetail: 0, isInSample: false });
  });

  test('does not depend on the order where one level alone is touched', async () => {
    const bars = flatBars(40, { 34: { high: price(20_200) } });
    const labels = { settings: {}, trainedUntilMs: epochMs(Date.UTC(2024, 0, 8, 6)) };
    const outcome = await runBacktest(request(bars, buysAt(30), free), labels);
    for (const { trades } of [outcome.pessimistic, outcome.optimistic]) {
      expect(trades).toMatchObject([{ closeType: 'TP_HIT', dependsOnPath: false }]);
    }
    expect(outcome.isInSample).toBe(true);
  });

  test('ends as finer bars of the same bar say', async () => {
    const bars = flatBars(40, { 34: wild });
    const start = bars[34]?.openTime ?? 0;
    const minutes = [
      { open: 20_000, high: 20_200, low: 19_995, close: 20_150 },
      { open: 20_150, high: 20_160, low: 19_800, close: 20_000 },
    ].map((each, minute) => ({ ...each, openTime: epochMs(start + minute * 60_000), volume: 1 }));
    const detail = detailBars(bars, barMs, minutes as Bar[], 60_000);
    const labels = { settings: {}, trainedUntilMs: epochMs(0) };
    const outcome = await runBacktest({ ...request(bars, buysAt(30), free), detail }, labels);
    for (const { trades } of [outcome.pessimistic, outcome.optimistic]) {
      expect(trades).toMatchObject([{ closeType: 'TP_HIT', dependsOnPath: false }]);
    }
    expect(outcome.barsWithDetail).toBe(1);
  });

  test('is measured inside the bars: the worst and the best that it saw, in R', async () => {
    const bars = flatBars(40, {
      32: { low: price(19_950) },
      33: { high: price(20_080) },
      35: { low: price(19_900) },
    });
    const { trades } = await playPath(request(bars, buysAt(30), free), 'pessimistic');
    expect(trades).toMatchObject([{ maeR: 1, mfeR: 0.8, closeType: 'SL_HIT' }]);
  });

  test('that is open after the last bar stays open, and is marked in the equity', async () => {
    const bars = flatBars(40, { 39: { close: price(20_008) } });
    const played = await playPath(request(bars, buysAt(37), free), 'pessimistic');
    expect(played).toMatchObject({ trades: [], openPositions: 1 });
    const { balance, equity, hasPosition } = played.equity.at(-1) ?? {};
    expect(balance).toBe(10_000);
    expect(equity).toBeGreaterThan(10_000);
    expect(hasPosition).toBe(true);
  });
});

describe('a position that is managed', () => {
  /** Up by 1.5 ATR and back again, all inside one bar. */
  const bars = flatBars(40, { 34: { high: price(20_150) } });
  const managed = (rules: Readonly<Record<string, unknown>>) => ({
    ...free,
    override: {
      'dynamic_sltp.tp_atr_multiplier': 4,
      'ml_active_management.enabled': true,
      ...rules,
    },
  });
  const trailing = managed({
    'ml_active_management.ml_trailing_stop.enabled': true,
    'ml_active_management.ml_trailing_stop.base_trail_atr_mult': 0.5,
    'ml_active_management.ml_trailing_stop.min_profit_atr': 0.4,
  });
  const partial = managed({
    'ml_active_management.partial_close.enabled': true,
    'ml_active_management.partial_close.trigger_atr': 0.6,
    'ml_active_management.partial_close.close_fraction': 0.5,
  });

  async function played(wishes: Partial<AccountWishes>, intrabar: Intrabar) {
    const facts: AccountFact[] = [];
    const onFact = (fact: AccountFact) => facts.push(fact);
    const { trades } = await playPath(request(bars, buysAt(30), wishes), intrabar, { onFact });
    return { trades, facts };
  }

  test('has its stop trailed inside the bar, as a live account would', async () => {
    const { trades } = await played(trailing, 'pessimistic');
    expect(trades).toMatchObject([{ closeType: 'SL_HIT' }]);
    const { exitPrice = 0, closedAtMs = 0 } = trades[0] ?? {};
    expect(exitPrice).toBeGreaterThan(20_050);
    expect(exitPrice).toBeLessThan(20_150);
    expect(Math.floor(closedAtMs / barMs)).toBe(Math.floor((bars[34]?.openTime ?? 0) / barMs));
  });

  test('has a part of it closed where that was due, not at the far end of the bar', async () => {
    const { facts } = await played(partial, 'pessimistic');
    const part = facts.flatMap((fact) =>
      fact.type === 'deal-booked' && fact.deal.kind === 'trade' && fact.deal.entry === 'out'
        ? fact.deal
        : [],
    );
    expect(part[0]?.price).toBeGreaterThanOrEqual(20_060);
    expect(part[0]?.price).toBeLessThan(20_070);
  });

  test('has seen what a part of it was closed at, where it ends in the same bar', async () => {
    const breakeven = managed({
      ...partial.override,
      'ml_active_management.partial_close.trigger_atr': 1,
    });
    const falls = flatBars(40, { 34: { high: price(20_150), low: price(19_800) } });
    const { trades } = await playPath(request(falls, buysAt(30), breakeven), 'optimistic');
    expect(trades).toMatchObject([{ mfeR: 1.05, closeType: 'SL_HIT' }]);
  });

  test.each([
    ['trailing', trailing],
    ['partial closes', partial],
  ])('knows no inside on the path of the built-in terminals: %s', async (_, wishes) => {
    const { trades, facts } = await played(wishes, 'path');
    expect(trades).toEqual([]);
    expect(facts.map(({ type }) => type)).not.toContain('protect-intended');
    expect(facts.map(({ type }) => type)).not.toContain('close-intended');
  });

  test('ends as an unmanaged one where there is nothing to manage', async () => {
    const far = managed({
      'ml_active_management.partial_close.enabled': true,
      'ml_active_management.partial_close.trigger_atr': 3,
      'ml_active_management.partial_close.close_fraction': 0.5,
    });
    const walk = randomBars({ count: 1_000, seed: 9 });
    const says = (index: number): Says =>
      index % 7 === 0 ? 'buy' : index % 5 === 0 ? 'sell' : 'hold';
    const near = { 'dynamic_sltp.tp_atr_multiplier': 1 };
    const wishes = { ...far, override: { ...far.override, ...near } };
    const run = (of: Partial<AccountWishes>) => playPath(request(walk, says, of), 'pessimistic');
    const { trades } = await run({ ...free, override: near });
    expect(trades.length).toBeGreaterThan(30);
    expect((await run(wishes)).trades).toEqual(trades);
  });
});

describe('finer bars', () => {
  const bars = flatBars(40, { 34: wild });
  const inside = { openTime: epochMs(bars[34]?.openTime ?? 0), volume: 1 };

  test('of another market are not used', () => {
    const other = { ...inside, open: 20_000, high: 20_200, low: 19_800, close: 20_001 } as Bar;
    expect(detailBars(bars, barMs, [other], 60_000).of(bars[34] as Bar)).toBeUndefined();
  });

  test('have the spread that the longer bar states', () => {
    const wide = bars.map((bar) => ({ ...bar, spreadPoints: 77 }));
    const same = { ...inside, open: 20_000, high: 20_200, low: 19_800, close: 20_000 } as Bar;
    const found = detailBars(wide, barMs, [same], 60_000).of(wide[34] as Bar);
    expect(found?.bars).toEqual([{ ...same, spreadPoints: 77 }]);
  });
});
