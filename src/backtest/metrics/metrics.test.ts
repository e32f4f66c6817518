import { describe, expect, test } from 'vitest';
import { anOutcome, aTrade, equityPoints } from '../../../test/backtest-builder.ts';
import { randomBacktest } from '../../../test/random-backtest.ts';
import { timeframeMs } from '../../domain/bar.ts';
import { epochMs } from '../../domain/units.ts';
import type { BacktestOutcome, BacktestPath } from '../outcome.ts';
import { figureGroups } from './figure-definitions.ts';
import { backtestMetrics } from './metrics.ts';

function aPath(parts: Partial<BacktestPath> = {}): BacktestPath {
  return { ...anOutcome().pessimistic, ...parts };
}

function warningTypes(outcome: BacktestOutcome) {
  return backtestMetrics(outcome).warnings.map(({ type }) => type);
}

const enough = Array.from({ length: 30 }, (_, index) => aTrade({ profit: index % 2 ? 10 : -8 }));

describe('the figures of a backtest', () => {
  test('are drawn from each path alone', () => {
    const { pessimistic, optimistic } = backtestMetrics(
      anOutcome({
        pessimistic: aPath({
          trades: [aTrade({ profit: -10, dependsOnPath: true }), aTrade({ profit: 10 })],
          equity: equityPoints([990, 1_000], timeframeMs.D1),
        }),
        optimistic: aPath({
          trades: [aTrade({ profit: 10, dependsOnPath: true }), aTrade({ profit: 10 })],
          equity: equityPoints([1_010, 1_020], timeframeMs.D1),
        }),
      }),
    );
    expect(pessimistic.headline).toMatchObject({ winRate: 0.5, netProfit: 0, pathDependent: 0.5 });
    expect(optimistic.headline).toMatchObject({
      winRate: 1,
      netProfit: 20,
      profitFactor: undefined,
    });
    expect(pessimistic.headline.drawdownMax).toBeCloseTo(0.01, 12);
  });

  test('are finite or undefined where nothing was traded', () => {
    const { headline, months, shuffled } = backtestMetrics(anOutcome()).pessimistic;
    const odd = Object.entries(headline).filter(
      ([, value]) => value !== undefined && !Number.isFinite(value),
    );
    expect(odd).toEqual([]);
    expect([months, shuffled]).toEqual([[], undefined]);
  });

  test('agree with each other over a whole backtest', () => {
    const { outcome } = randomBacktest({ days: 90, seed: 3 });
    const { headline, months, days, bySide, byRegime, bySession, byCloseType, rDistribution } =
      backtestMetrics(outcome).pessimistic;
    const { trades, equity } = outcome.pessimistic;
    expect(headline.trades).toBe(trades.length);
    expect(days).toHaveLength(90);
    expect(days.at(-1)?.equity).toBe(equity.at(-1)?.equity);
    expect(months.reduce((sum, { result }) => sum + result, 0)).toBeCloseTo(headline.netProfit, 6);
    for (const rows of [bySide, byRegime, bySession, byCloseType]) {
      expect(rows.reduce((sum, row) => sum + row.trades, 0)).toBe(trades.length);
    }
    expect(rDistribution.bins.reduce((sum, { count }) => sum + count, 0)).toBe(trades.length);
    expect(headline.exposure).toBeCloseTo(
      equity.filter(({ hasPosition }) => hasPosition).length / equity.length,
      12,
    );
  });

  test('tell a stop at breakeven from a stop', () => {
    const trades = [aTrade({ closeType: 'SL_HIT', closeDetail: 'BE' }), aTrade({ profit: -5 })];
    const { byCloseType } = backtestMetrics(
      anOutcome({ pessimistic: aPath({ trades }) }),
    ).pessimistic;
    expect(byCloseType.map(({ kind }) => kind)).toEqual(['SL_HIT', 'SL_HIT (BE)']);
  });

  test('are defined, each of them, once', () => {
    const defined = figureGroups.flatMap(({ figures }) => figures.map(({ key }) => key));
    const { headline } = backtestMetrics(anOutcome()).pessimistic;
    expect([...defined].sort()).toEqual(Object.keys(headline).sort());
  });
});

describe('warnings', () => {
  const sound = anOutcome({
    pessimistic: aPath({ trades: enough }),
    optimistic: aPath({ trades: enough }),
  });

  test('are none where nothing is wrong', () => {
    expect(warningTypes(sound)).toEqual([]);
  });

  test('begin with in-sample figures', () => {
    const trainedUntilMs = epochMs(Date.UTC(2025, 1, 1));
    const { warnings } = backtestMetrics(anOutcome({ isInSample: true, trainedUntilMs }));
    expect(warnings.map(({ type }) => type)).toEqual(['in-sample', 'too-few-trades']);
    expect(warnings[0]?.text).toContain('2025-02-01');
  });

  test('say that there are too few trades, and how little is known of the win rate', () => {
    const few = aPath({ trades: enough.slice(1) });
    const { warnings } = backtestMetrics({ ...sound, pessimistic: few });
    expect(warnings[0]?.text).toMatch(
      /^TOO FEW TRADES TO SAY: 29, .* between 3\d\.\d % and 6\d\.\d %\.$/,
    );
  });

  test('say what share of the trades depends on the order inside the bar', () => {
    const trades = enough.map((trade, index) => ({ ...trade, dependsOnPath: index < 3 }));
    const dependent = { ...sound, pessimistic: aPath({ trades }) };
    expect(backtestMetrics(dependent).warnings[0]?.text).toContain('10.0 %');
    expect(warningTypes(dependent)).toEqual(['path-dependent']);
  });

  test('say when that decides between gain and loss', () => {
    const pessimistic = aPath({ trades: enough, equity: equityPoints([990]) });
    const optimistic = aPath({ trades: enough, equity: equityPoints([1_010]) });
    expect(warningTypes({ ...sound, pessimistic, optimistic })).toEqual(['sign-unknown']);
  });

  test('mark a short period, and positions that were not closed', () => {
    const toMs = epochMs(sound.fromMs + 29 * timeframeMs.D1);
    const pessimistic = aPath({ trades: enough, openPositions: 2 });
    expect(warningTypes({ ...sound, toMs, pessimistic })).toEqual([
      'short-period',
      'open-positions',
    ]);
  });
});
