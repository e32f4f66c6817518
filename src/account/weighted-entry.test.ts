import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction } from '../../test/account-world.ts';
import type { Prediction } from '../domain/prediction.ts';
import type { RegimeWeights } from '../strategy/regime-mean.ts';
import type { AccountPolicy } from './policy.ts';
import { closedGate } from './quiet-bar.ts';

const trend = { adx_14: 0.3, atr_percentile: 0.5 };
const range = { adx_14: 0.1, atr_percentile: 0.1 };

/** Two are for buying, lgb alone for selling: the plain mean is 0.6 for buying, 0.28 for selling. */
function divided(features: Readonly<Record<string, number>> | undefined = trend): Prediction {
  const buy = { buy: 0.85, sell: 0.02, hold: 0.13 };
  const sell = { buy: 0.1, sell: 0.8, hold: 0.1 };
  const prediction = {
    ...aPrediction('buy'),
    mean: { buy: 0.6, sell: 0.28, hold: 0.12 },
    members: {
      rf: { raw: buy, calibrated: buy, vote: 'buy' },
      xgb: { raw: buy, calibrated: buy, vote: 'buy' },
      lgb: { raw: sell, calibrated: sell, vote: 'sell' },
    },
    thresholds: { confidenceMin: 0.65, gapMin: 0.05 },
  } as const;
  return { ...prediction, ...(features && { features }) };
}

const quiet: RegimeWeights = { 'strong-trend': { rf: 1, xgb: 1, lgb: 0 } };

function decided(prediction: Prediction, changes: Partial<AccountPolicy>) {
  const policy = aPolicy(changes);
  const world = new AccountWorld({ policy }).open();
  world.bar(prediction);
  const [fact] = world.facts('bar-decided');
  const gate = fact?.verdict === 'held' ? fact.denial.limit : undefined;
  expect(closedGate(policy, prediction)).toBe(gate);
  return { fact, orders: world.facts('order-intended') };
}

describe('a signal under weights', () => {
  test('is judged by the weighted mean of its regime, and says so', () => {
    const plain = decided(divided(), {});
    expect(plain.fact).toMatchObject({ verdict: 'held', denial: { limit: 'confidence' } });
    expect(plain.fact).not.toHaveProperty('weighted');
    const { fact, orders } = decided(divided(), { regimeWeights: quiet });
    expect(fact).toMatchObject({ verdict: 'entered', side: 'buy', votes: 2 });
    expect(fact?.confidence).toBeCloseTo(0.85, 12);
    expect(fact?.weighted?.regime).toBe('strong-trend');
    expect(fact?.weighted?.mean.buy).toBe(fact?.confidence);
    expect(orders).toHaveLength(1);
  });

  test('keeps what it was weighted by with the decision', () => {
    const { fact } = decided(divided(), { regimeWeights: quiet });
    expect(fact?.prediction).toMatchObject({ mean: { buy: 0.6 }, features: trend });
    expect(decided(divided(), {}).fact?.prediction).not.toHaveProperty('features');
  });

  test('is judged by the plain mean in a regime without weights', () => {
    const { fact } = decided(divided(range), { regimeWeights: quiet });
    expect(fact).toMatchObject({
      ...{ verdict: 'held', denial: { limit: 'confidence', observed: 0.6 } },
      weighted: { regime: 'ranging', mean: { buy: 0.6, sell: 0.28, hold: 0.12 } },
    });
  });

  test('needs the votes of all models, whatever they weigh', () => {
    const loud: RegimeWeights = { 'strong-trend': { rf: 0, xgb: 0, lgb: 1 } };
    expect(decided(divided(), { regimeWeights: loud }).fact).toMatchObject({
      ...{ verdict: 'held', side: 'sell', denial: { limit: 'votes', observed: 1, allowed: 2 } },
    });
  });

  test.each<[string, Prediction, RegimeWeights]>([
    ['the regime is not known', divided({ adx_14: 0.3 }), quiet],
    [
      'the only model with a weight did not answer',
      divided(),
      { 'strong-trend': { rf: 0, xgb: 0, lgb: 0, other: 1 } },
    ],
  ])('is none where %s', (_what, prediction, regimeWeights) => {
    const { fact } = decided(prediction, { regimeWeights, confidenceMin: 0, gapMin: 0 });
    expect(fact).toMatchObject({
      ...{ verdict: 'held', denial: { limit: 'weights', observed: 0, allowed: 1 } },
      ...{ confidence: 0, gap: 0, votes: 0 },
    });
    expect(fact).not.toHaveProperty('weighted');
  });
});
