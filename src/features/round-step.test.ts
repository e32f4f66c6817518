import { describe, expect, test } from 'vitest';
import { roundStepOf, UnknownRoundStepError } from './round-step.ts';

describe('the distance between round prices', () => {
  test.each([
    ['BTCUSD', 1_000],
    ['XAUUSD', 10],
    ['EURUSD', 0.01],
  ])('of %s is %d', (symbol, step) => {
    expect(roundStepOf(symbol)).toBe(step);
  });

  test('has no default for other symbols', () => {
    expect(() => roundStepOf('GBPJPY')).toThrow(UnknownRoundStepError);
    expect(roundStepOf('GBPJPY', 1)).toBe(1);
  });

  test('is what was configured, also for a known symbol', () => {
    expect(roundStepOf('BTCUSD', 500)).toBe(500);
  });
});
