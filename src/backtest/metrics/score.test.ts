import { describe, expect, test } from 'vitest';
import { timeframeMs } from '../../domain/bar.ts';
import { type Scored, scoreOf } from './score.ts';

const aScored = (parts: Partial<Scored> = {}): Scored => ({
  trades: 99,
  winRate: 0.717,
  profitFactor: 5.46,
  totalReturn: 1.957,
  drawdownMax: 0.045,
  sharpe: 59.54,
  periodMs: 37 * timeframeMs.D1,
  ...parts,
});

describe('the Score', () => {
  // Published rows; the differences are those of the rounded inputs.
  test.each([
    ['17.3', aScored(), 54.47, 54.57],
    [
      '17.2',
      aScored({ winRate: 0.676, profitFactor: 2.83, totalReturn: 3.945, drawdownMax: 0.073 }),
      35.13,
      35.01,
    ],
    [
      '16w',
      aScored({ winRate: 0.628, profitFactor: 2.26, totalReturn: 11.546, drawdownMax: 0.145 }),
      46.8,
      46.76,
    ],
  ])('reproduces phase %s', (_phase, scored, published, computed) => {
    const { weekly } = scoreOf(scored);
    expect(weekly).toBeCloseTo(computed, 2);
    expect(Math.abs(weekly - published) / published).toBeLessThan(0.005);
  });

  test.each([
    [0.575, 2.86, 0.075, 0.6005],
    [0.466, 1.45, 0.127, 0.1896],
  ])(
    'has the scale of the sweeps beside it: WR %d, PF %d, MaxDD %d',
    (winRate, profitFactor, drawdownMax, expected) => {
      const { percent } = scoreOf(aScored({ winRate, profitFactor, drawdownMax }));
      expect(percent).toBeCloseTo(expected, 4);
    },
  );

  test('has the formula of the docs for the record', () => {
    expect(scoreOf(aScored()).docs).toBeCloseTo(1429.7, 1);
    expect(scoreOf(aScored({ sharpe: undefined })).docs).toBeUndefined();
  });

  test('is 0 under 30 trades, and not from 30 on', () => {
    const nothing = { weekly: 0, weekly37Days: 0, percent: 0, docs: 0 };
    expect(scoreOf(aScored({ trades: 29 }))).toEqual(nothing);
    expect(scoreOf(aScored({ trades: 30 })).weekly).toBeGreaterThan(50);
  });

  test('counts a profit factor up to 10, and one without a loss as 10', () => {
    const atCap = scoreOf(aScored({ profitFactor: 10 }));
    expect(scoreOf(aScored({ profitFactor: 400 }))).toEqual(atCap);
    expect(scoreOf(aScored({ profitFactor: undefined }))).toEqual(atCap);
  });

  test('counts half a per cent as the smallest drawdown', () => {
    const atFloor = scoreOf(aScored({ drawdownMax: 0.005 }));
    expect(scoreOf(aScored({ drawdownMax: 0 }))).toEqual(atFloor);
    expect(scoreOf(aScored({ drawdownMax: 0.0001 }))).toEqual(atFloor);
  });

  test('compares windows of other lengths at 37 days', () => {
    // 21 % in 74 days is 10 % in 37.
    const long = scoreOf(aScored({ totalReturn: 0.21, periodMs: 74 * timeframeMs.D1 }));
    expect(long.weekly37Days).toBeCloseTo(scoreOf(aScored({ totalReturn: 0.1 })).weekly, 10);
    const { weekly, weekly37Days } = scoreOf(aScored());
    expect(weekly37Days).toBeCloseTo(weekly, 10);
  });

  test('of an account that lost everything is 0', () => {
    expect(scoreOf(aScored({ totalReturn: -1.2, drawdownMax: 1.2 })).weekly).toBe(0);
  });
});
