import { describe, expect, test } from 'vitest';
import { regimeOf, tradingHoursOf } from './market-state.ts';

describe('the regime', () => {
  test.each([
    [0.3, 0.74, 'strong-trend'],
    [0.3, 0.75, 'volatile'],
    [0.25, 0.5, 'choppy'],
    [0.19, 0.39, 'ranging'],
    [0.19, 0.4, 'choppy'],
    [0.2, 0.39, 'choppy'],
    [0.1, 0.9, 'volatile'],
  ])('of ADX %d and an ATR percentile of %d is %s', (adx, atr, expected) => {
    expect(regimeOf({ adx_14: adx, atr_percentile: atr })).toBe(expected);
  });

  test('is choppy where nothing is known', () => {
    expect(regimeOf({})).toBe('choppy');
  });
});

describe('the open sessions', () => {
  test.each([
    [0, 0, 1, 'asian'],
    [1, 0, 1, 'asian-london'],
    [1, 0, 0, 'london'],
    [1, 1, 0, 'london-ny'],
    [0, 1, 0, 'ny'],
    [0, 0, 0, 'none'],
  ])('with London %d, New York %d and Asia %d are %s', (london, ny, asian, expected) => {
    const flags = { is_london_session: london, is_ny_session: ny, is_asian_session: asian };
    expect(tradingHoursOf(flags)).toBe(expected);
  });
});
