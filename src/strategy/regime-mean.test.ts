import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Probabilities } from '../domain/prediction.ts';
import { type RegimeWeights, regimeMean, type Weighed } from './regime-mean.ts';

const trend = { adx_14: 0.3, atr_percentile: 0.5 };

const share = fc.double({ min: 0.001, max: 1, noNaN: true });
const probabilities = fc.tuple(share, share, share).map(([buy, sell, hold]): Probabilities => {
  const total = buy + sell + hold;
  return { buy: buy / total, sell: sell / total, hold: hold / total };
});
const three = fc.record({ rf: probabilities, xgb: probabilities, lgb: probabilities });
const weight = fc.double({ min: 0.01, max: 10, noNaN: true });

function said(members: Readonly<Record<string, Probabilities>>, features = trend): Weighed {
  const all = Object.values(members);
  const mean = (side: keyof Probabilities) =>
    all.reduce((sum, each) => sum + each[side], 0) / all.length;
  return {
    mean: { buy: mean('buy'), sell: mean('sell'), hold: mean('hold') },
    members: Object.fromEntries(
      Object.entries(members).map(([name, calibrated]) => [name, { calibrated }]),
    ),
    features,
  };
}

function inTrend(own: Readonly<Record<string, number>>): RegimeWeights {
  return { 'strong-trend': own };
}

function expectNear(one: Probabilities | undefined, other: Probabilities): void {
  for (const side of ['buy', 'sell', 'hold'] as const) {
    expect(one?.[side]).toBeCloseTo(other[side], 12);
  }
}

describe('the weighted mean', () => {
  test('is the sum of weight x probability, scaled to sum 1', () => {
    const members = {
      rf: { buy: 0.6, sell: 0.2, hold: 0.2 },
      xgb: { buy: 0.2, sell: 0.5, hold: 0.3 },
      lgb: { buy: 0.1, sell: 0.1, hold: 0.8 },
    };
    const found = regimeMean(said(members), inTrend({ rf: 2, xgb: 1, lgb: 0 }));
    expect(found?.regime).toBe('strong-trend');
    expectNear(found?.mean, { buy: 1.4 / 3, sell: 0.9 / 3, hold: 0.7 / 3 });
  });

  test('sums to 1, and is the plain one where all weigh the same', () => {
    fc.assert(
      fc.property(three, weight, weight, weight, (members, rf, xgb, lgb) => {
        const prediction = said(members);
        const found = regimeMean(prediction, inTrend({ rf, xgb, lgb }));
        const shares = Object.values(found?.mean ?? {});
        expect(shares.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12);
        const same = regimeMean(prediction, inTrend({ rf, xgb: rf, lgb: rf }));
        expectNear(same?.mean, prediction.mean);
      }),
    );
  });

  test('does not change with what a model of weight 0 says, nor with the scale of the weights', () => {
    fc.assert(
      fc.property(three, probabilities, weight, weight, (members, other, rf, lgb) => {
        const weights = inTrend({ rf, xgb: 0, lgb });
        const found = regimeMean(said(members), weights)?.mean;
        expect(regimeMean(said({ ...members, xgb: other }), weights)?.mean).toEqual(found);
        const scaled = inTrend({ rf: 3 * rf, xgb: 0, lgb: 3 * lgb });
        expectNear(regimeMean(said(members), scaled)?.mean, found as Probabilities);
      }),
    );
  });

  test('counts a model that is not named as one', () => {
    fc.assert(
      fc.property(three, weight, (members, rf) => {
        const named = regimeMean(said(members), inTrend({ rf, xgb: 1, lgb: 1 }));
        expect(regimeMean(said(members), inTrend({ rf }))).toEqual(named);
      }),
    );
  });

  test('is the plain one, to the bit, in a regime without weights', () => {
    fc.assert(
      fc.property(three, (members) => {
        const prediction = said(members, { adx_14: 0.1, atr_percentile: 0.1 });
        const found = regimeMean(prediction, inTrend({ rf: 0, xgb: 0, lgb: 5 }));
        expect(found).toEqual({ regime: 'ranging', mean: prediction.mean });
      }),
    );
  });

  test('is not known without a regime, nor where nobody who answered has a weight', () => {
    const members = { rf: { buy: 0.6, sell: 0.2, hold: 0.2 } };
    const { features: _, ...bare } = said(members);
    expect(regimeMean(bare, inTrend({ rf: 2 }))).toBeUndefined();
    expect(regimeMean(said(members), inTrend({ rf: 0, xgb: 1 }))).toBeUndefined();
  });
});
