import { describe, expect, test } from 'vitest';
import { CandleRun } from './candle-run.ts';

describe('a run of candles', () => {
  test.each([
    [[1], 1],
    [[1, 1, 1], 3],
    [[1, 1, -1], -1],
    [[-1, -1], -2],
    [[1, 1, 0], 0],
    [[0, 0, 1], 1],
    [Array.from({ length: 25 }, () => -1), -25],
  ])('after %j', (signs, expected) => {
    const run = new CandleRun();
    for (const sign of signs) run.update(sign);
    expect(run.length).toBe(expected);
  });
});
