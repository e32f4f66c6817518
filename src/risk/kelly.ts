import { assert } from '../domain/assert.ts';
import { type Fraction, fraction, roundTo } from '../domain/units.ts';

/** `classical`: p − (1 − p) / b. `seed`: (p − (1 − p)) / b, which falls as the payoff rises; equal to it at b = 1. */
export type KellyFormula = 'classical' | 'seed';

export type KellyPlan = {
  readonly formula: KellyFormula;
  /** 0.5 is "half Kelly" in the usual sense; 1 takes the formula as it is. */
  readonly multiplier: number;
  /** Largest share of the base risk that is taken, however sure the models are. */
  readonly max: Fraction;
  /** What becomes of a trade without an edge: it is denied, or made with the smallest lot. */
  readonly atNoEdge: 'skip' | 'smallest-lot';
};

export type Odds = {
  /** Of winning: the calibrated confidence of the signal. */
  readonly probability: number;
  /** What is won per unit that may be lost: distance of the take profit / distance of the stop. */
  readonly payoff: number;
};

/** What Kelly says about one trade. */
export type KellySize = Odds & {
  readonly formula: KellyFormula;
  /** As the formula gives it: 0 or less is no edge. */
  readonly raw: number;
  /** Multiplied and capped, never below 0: the share of the base risk that is taken. */
  readonly adjusted: Fraction;
};

/** The share of the base risk that the odds are worth. */
export function kellySize(plan: KellyPlan, odds: Odds): KellySize {
  const raw = kellyFraction(plan.formula, odds);
  const adjusted = Math.min(Math.max(0, raw * plan.multiplier), plan.max);
  return { ...odds, formula: plan.formula, raw, adjusted: fraction(adjusted) };
}

/** Of the stake, by the formula alone: between −∞ and 1 for the classical one. Payoff must be positive. */
export function kellyFraction(formula: KellyFormula, { probability: p, payoff: b }: Odds): number {
  assert(p >= 0 && p <= 1 && b > 0, `odds of ${p} at ${b} to 1 do not exist`);
  const exact = formula === 'classical' ? p - (1 - p) / b : (p - (1 - p)) / b;
  return roundTo(exact, 12) + 0; // 0.4 − 0.6 / 1.5 is 5.6e-17, which would pass for an edge
}
