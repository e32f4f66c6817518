import type { Denial } from '../domain/account-event.ts';
import { type Fraction, fraction, roundTo } from '../domain/units.ts';
import { type KellyPlan, type KellySize, kellySize, type Odds } from './kelly.ts';

/** What the risk model may answer; nothing beyond it is believed. */
const multiplierMin = 0.1;
const multiplierMax = 1.25;

export type RiskPlan = {
  /** Share of equity that the account risks per trade. */
  readonly baseRisk: Fraction;
  /** The risk model's word; 1 where there is none. */
  readonly riskMultiplier: number;
  readonly odds: Odds;
  /** Undefined: off. */
  readonly kelly?: KellyPlan | undefined;
};

/** How the share of equity that a trade may lose came about: base x multiplier x Kelly. */
export type RiskChain = {
  readonly baseRisk: Fraction;
  /** As it was used: within 0.10 to 1.25. */
  readonly riskMultiplier: number;
  /** Absent: off. */
  readonly kelly?: KellySize;
  /** The product. */
  readonly risk: Fraction;
};

/** The chain, and why there is no trade where Kelly sees no edge. */
export function chainRisk(plan: RiskPlan): {
  readonly chain: RiskChain;
  readonly denial?: Denial;
} {
  const { baseRisk, odds } = plan;
  const riskMultiplier = Math.min(Math.max(plan.riskMultiplier, multiplierMin), multiplierMax);
  const kelly = plan.kelly && kellySize(plan.kelly, odds);
  const product = baseRisk * riskMultiplier * (kelly?.adjusted ?? 1);
  const risk = fraction(roundTo(product, 12)); // 0.02 x 0.1 is 0.0020000000000000005
  const chain: RiskChain = kelly
    ? { baseRisk, riskMultiplier, kelly, risk }
    : { baseRisk, riskMultiplier, risk };
  const isWithoutEdge = kelly !== undefined && kelly.raw <= 0;
  if (!isWithoutEdge || plan.kelly?.atNoEdge === 'smallest-lot') return { chain };
  return { chain, denial: { limit: 'kelly-edge', observed: kelly.raw, allowed: 0 } };
}
