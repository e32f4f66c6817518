import { describe, expect, test } from 'vitest';
import type { PredictedClass, Prediction, Probabilities } from '../domain/prediction.ts';
import { epochMs, price } from '../domain/units.ts';
import { assessPrediction } from './signal.ts';

const gates = { confidenceMin: 0.65, gapMin: 0.08, votesMin: 2 };

function aPrediction(mean: Probabilities, votes: readonly PredictedClass[]): Prediction {
  const members = votes.map((vote, index) => [
    `m${index}`,
    { raw: mean, calibrated: mean, vote },
  ]) as [string, Prediction['members'][string]][];
  return {
    trace: 'BTCUSD/M15/0',
    symbol: 'BTCUSD',
    barTime: epochMs(0),
    modelHash: 'm',
    mean,
    members: Object.fromEntries(members),
    atr: price(100),
    thresholds: gates,
  };
}

describe('a prediction', () => {
  test.each([
    ['buy', { buy: 0.71, sell: 0.17, hold: 0.12 }, ['buy', 'buy', 'hold'], 2],
    ['sell', { buy: 0.1, sell: 0.8, hold: 0.1 }, ['sell', 'sell', 'sell'], 3],
    ['buy', { buy: 0.65, sell: 0.2, hold: 0.15 }, ['buy', 'buy', 'sell'], 2],
  ] as const)('is a signal to %s when it passes every gate', (side, mean, votes, count) => {
    expect(assessPrediction(aPrediction(mean, votes), gates)).toMatchObject({
      verdict: 'signal',
      side,
      confidence: mean[side],
      votes: count,
    });
  });

  test.each([
    ['hold', { buy: 0.1, sell: 0.1, hold: 0.8 }, ['hold', 'hold', 'hold'], 0.8, 0],
    ['votes', { buy: 0.7, sell: 0.2, hold: 0.1 }, ['buy', 'sell', 'hold'], 1, 2],
    ['votes', { buy: 0.7, sell: 0.2, hold: 0.1 }, ['sell', 'sell', 'hold'], 0, 2],
    ['confidence', { buy: 0.64, sell: 0.2, hold: 0.16 }, ['buy', 'buy', 'buy'], 0.64, 0.65],
    ['votes', { buy: 0.5, sell: 0.4, hold: 0.1 }, ['buy', 'sell', 'sell'], 1, 2],
  ] as const)('is held at the gate %s', (limit, mean, votes, observed, allowed) => {
    expect(assessPrediction(aPrediction(mean, votes), gates)).toMatchObject({
      verdict: 'held',
      gate: { limit, observed, allowed },
    });
  });

  test('is held when the two best classes are too near to each other', () => {
    const near = aPrediction({ buy: 0.5, sell: 0.45, hold: 0.05 }, ['buy', 'buy', 'buy']);
    const assessed = assessPrediction(near, { ...gates, confidenceMin: 0.4 });
    expect(assessed).toMatchObject({ verdict: 'held', gate: { limit: 'gap', allowed: 0.08 } });
    expect(assessed.gap).toBeCloseTo(0.05, 12);
  });

  test('has no winner when two classes are equal, whatever the gates allow', () => {
    const open = { confidenceMin: 0, gapMin: 0, votesMin: 0 };
    const tied = aPrediction({ buy: 0.45, sell: 0.45, hold: 0.1 }, ['buy', 'buy', 'buy']);
    expect(assessPrediction(tied, open)).toMatchObject({ verdict: 'held' });
    const heldTie = aPrediction({ buy: 0.45, sell: 0.1, hold: 0.45 }, ['buy', 'buy', 'buy']);
    expect(assessPrediction(heldTie, open)).toMatchObject({ gate: { limit: 'hold' } });
  });
});
