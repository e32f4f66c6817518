import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fraction } from '../domain/units.ts';
import { type KellyFormula, type KellyPlan, kellyFraction, kellySize } from './kelly.ts';
import { chainRisk, type RiskPlan } from './risk-chain.ts';

const plan: KellyPlan = {
  formula: 'classical',
  multiplier: 1,
  max: fraction(0.5),
  atNoEdge: 'skip',
};

function aRisk(changes: Partial<RiskPlan> = {}): RiskPlan {
  const odds = { probability: 0.615, payoff: 1.5 };
  return { baseRisk: fraction(0.06), riskMultiplier: 1, odds, kelly: plan, ...changes };
}

describe('the Kelly fraction', () => {
  test.each<[string, KellyFormula, number, number, number]>([
    ['the roadmap’s example: 61.5 % at 1.5 to 1', 'classical', 0.615, 1.5, 0.358333333333],
    ['the same odds at 1 to 1', 'classical', 0.615, 1, 0.23],
    ['a certain win takes all', 'classical', 1, 1, 1],
    ['a coin at 1 to 1 is no edge', 'classical', 0.5, 1, 0],
    ['40 % at 1.5 to 1 is none either, in whatever arithmetic', 'classical', 0.4, 1.5, 0],
    ['a coin that loses', 'classical', 0.45, 1, -0.1],
    ['the seed’s formula halves when the payoff doubles', 'seed', 0.615, 2, 0.115],
    ['and is the classical one at 1 to 1', 'seed', 0.615, 1, 0.23],
    [
      'the seed’s formula sees no edge below one half, however great the payoff',
      'seed',
      0.4,
      3,
      -0.066666666667,
    ],
  ])('%s', (_, formula, probability, payoff, expected) => {
    expect(kellyFraction(formula, { probability, payoff })).toBe(expected);
  });

  test('rises with the payoff in the classical formula and falls in the seed’s', () => {
    const odds = fc.record({
      probability: fc.double({ min: 0.51, max: 0.99, noNaN: true }),
      payoff: fc.double({ min: 0.1, max: 10, noNaN: true }),
    });
    fc.assert(
      fc.property(odds, ({ probability, payoff }) => {
        const more = { probability, payoff: payoff * 1.5 };
        const less = { probability, payoff };
        expect(kellyFraction('classical', more)).toBeGreaterThan(kellyFraction('classical', less));
        expect(kellyFraction('seed', more)).toBeLessThan(kellyFraction('seed', less));
      }),
    );
  });

  test('is multiplied first and capped then', () => {
    const odds = { probability: 0.9, payoff: 1 };
    expect(kellySize(plan, odds)).toMatchObject({ raw: 0.8, adjusted: 0.5 });
    expect(kellySize({ ...plan, multiplier: 0.5 }, odds)).toMatchObject({ adjusted: 0.4 });
    expect(kellySize(plan, { probability: 0.3, payoff: 1 })).toMatchObject({
      raw: -0.4,
      adjusted: 0,
    });
  });
});

describe('the risk of a trade', () => {
  test.each<[string, Partial<RiskPlan>, number]>([
    ['61.5 % confidence cuts 6 % to 2.15 %', {}, 0.0215],
    ['the cap holds for the surest signal', { odds: { probability: 0.95, payoff: 2 } }, 0.03],
    ['without Kelly it is the base risk', { kelly: undefined } as never, 0.06],
    ['the risk model’s word counts', { riskMultiplier: 0.5, kelly: undefined } as never, 0.03],
    ['up to 1.25', { riskMultiplier: 9, kelly: undefined } as never, 0.075],
    ['down to 0.10', { riskMultiplier: -3, kelly: undefined } as never, 0.006],
    ['both', { riskMultiplier: 0.5 }, 0.01075],
  ])('%s', (_, changes, expected) => {
    const { chain, denial } = chainRisk(aRisk(changes));
    expect(denial).toBeUndefined();
    expect(chain.risk).toBeCloseTo(expected, 12);
  });

  test('is refused without an edge, with the fraction that was seen', () => {
    const odds = { probability: 0.45, payoff: 1 };
    const { chain, denial } = chainRisk(aRisk({ odds }));
    expect(denial).toEqual({ limit: 'kelly-edge', observed: -0.1, allowed: 0 });
    expect(chain).toMatchObject({ kelly: { raw: -0.1, adjusted: 0 }, risk: 0 });
  });

  test('is nothing at all without an edge where the smallest lot is wanted', () => {
    const odds = { probability: 0.5, payoff: 1 };
    const kelly = { ...plan, atNoEdge: 'smallest-lot' } as const;
    expect(chainRisk(aRisk({ odds, kelly }))).toEqual({
      chain: expect.objectContaining({ risk: 0 }),
    });
  });

  test('is never raised by Kelly', () => {
    const risks = fc.record({
      baseRisk: fc.double({ min: 0.001, max: 0.2, noNaN: true }).map(fraction),
      riskMultiplier: fc.double({ min: 0, max: 2, noNaN: true }),
      odds: fc.record({
        probability: fc.double({ min: 0, max: 1, noNaN: true }),
        payoff: fc.double({ min: 0.01, max: 20, noNaN: true }),
      }),
      kelly: fc.record({
        formula: fc.constantFrom<KellyFormula>('classical', 'seed'),
        multiplier: fc.double({ min: 0.01, max: 1, noNaN: true }),
        max: fc.double({ min: 0.01, max: 1, noNaN: true }).map(fraction),
        atNoEdge: fc.constantFrom('skip' as const, 'smallest-lot' as const),
      }),
    });
    fc.assert(
      fc.property(risks, (risk) => {
        const { chain } = chainRisk(risk);
        const { kelly: _, ...without } = risk;
        expect(chain.risk).toBeLessThanOrEqual(chainRisk(without).chain.risk);
        expect(chain.risk).toBeGreaterThanOrEqual(0);
        expect(chain.kelly?.adjusted).toBeLessThanOrEqual(risk.kelly.max);
      }),
    );
  });
});
