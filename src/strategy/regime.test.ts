import { describe, expect, test } from 'vitest';
import { regimeOf } from './regime.ts';

describe('the regime', () => {
  test.each([
    [0.3, 0.74, 'strong-trend'],
    [0.2501, 0.1, 'strong-trend'],
    [0.3, 0.75, 'volatile'],
    [0.25, 0.5, 'choppy'],
    [0.25, 0.75, 'volatile'],
    [0.19, 0.39, 'ranging'],
    [0.19, 0.4, 'choppy'],
    [0.2, 0.39, 'choppy'],
    [0.1, 0.9, 'volatile'],
    [0, 0, 'ranging'],
    [1, 1, 'volatile'],
  ])('of ADX %d and an ATR percentile of %d is %s', (adx, atr, expected) => {
    expect(regimeOf({ adx_14: adx, atr_percentile: atr })).toBe(expected);
  });

  test.each<[string, Readonly<Record<string, number>>]>([
    ['nothing', {}],
    ['no ADX', { atr_percentile: 0.9 }],
    ['no ATR percentile', { adx_14: 0.3 }],
    ['an ADX that is no number', { adx_14: Number.NaN, atr_percentile: 0.9 }],
  ])('is not known of %s', (_what, features) => {
    expect(regimeOf(features)).toBeUndefined();
  });
});
