import type { Denial } from '../domain/account-event.ts';
import { type Instrument, valuePerLot } from '../domain/instrument.ts';
import { type Fraction, type Money, money, type Steps, steps } from '../domain/units.ts';

export type SizingPlan = {
  readonly equity: Money;
  readonly freeMargin: Money;
  readonly leverage: number;
  readonly entry: number;
  /** From the expected entry to the stop as it is sent, in price units. */
  readonly stopDistance: number;
  /** Share of equity that the stop may cost. */
  readonly risk: Fraction;
  /** What no trade exceeds, not even one that is lifted to the smallest lot. */
  readonly riskMax: Fraction;
  readonly lotsMin: number;
  readonly lotsMax: number;
};

export type SizeAssessment =
  | {
      readonly verdict: 'sized';
      readonly volume: Steps;
      /** What the stop costs, in the account's currency. */
      readonly riskMoney: Money;
    }
  | { readonly verdict: 'denied'; readonly denial: Denial };

/**
 * Whole volume steps whose loss at the stop is at most `equity x risk`, rounded down. Below the smallest lot it is
 * lifted to that, if its loss is at most `equity x riskMax`, which no trade exceeds. Never above `lotsMax`, the instrument's maximum, or what
 * half of the free margin carries.
 *
 * The value of a price move comes from the tick value alone, which the broker states in the account's currency, so
 * a cent account needs no conversion; margin likewise is `lots x price x value per lot / leverage`.
 */
export function sizeEntry(plan: SizingPlan, instrument: Instrument): SizeAssessment {
  const perStep = valuePerLot(instrument) * instrument.volumeStep;
  const lossPerStep = plan.stopDistance * perStep;
  const marginPerStep = (plan.entry * perStep) / plan.leverage;
  if (!(plan.equity > 0 && lossPerStep > 0 && marginPerStep > 0)) {
    return denied('equity', Math.min(0, plan.equity), 0);
  }
  const smallest = Math.max(1, instrument.volumeMin, whole(plan.lotsMin, instrument, Math.ceil));
  const wanted = floored((plan.equity * Math.min(plan.risk, plan.riskMax)) / lossPerStep);
  if (wanted < smallest) {
    const observed = (smallest * lossPerStep) / plan.equity;
    if (observed > plan.riskMax * (1 + noise)) return denied('risk-max', observed, plan.riskMax);
  }
  const largest = Math.min(instrument.volumeMax, whole(plan.lotsMax, instrument, floored));
  if (largest < smallest) return denied('lots-max', smallest, largest);
  const carried = floored(plan.freeMargin / 2 / marginPerStep);
  if (carried < smallest) {
    return denied('free-margin', smallest * marginPerStep, plan.freeMargin / 2);
  }
  const volume = steps(Math.min(Math.max(wanted, smallest), largest, carried));
  return { verdict: 'sized', volume, riskMoney: money(volume * lossPerStep) };
}

const noise = 1e-9; // 0.3 / 0.1 is 2.9999999999999996

/** Whole part; a number that only floating point keeps below a whole one counts as it. */
function floored(value: number): number {
  return Math.floor(value * (1 + noise));
}

function whole(
  lots: number,
  { volumeStep }: Instrument,
  rounded: (exact: number) => number,
): number {
  const exact = lots / volumeStep;
  const nearest = Math.round(exact);
  return Math.abs(exact - nearest) < 1e-6 ? nearest : rounded(exact);
}

function denied(limit: string, observed: number, allowed: number): SizeAssessment {
  return { verdict: 'denied', denial: { limit, observed, allowed } };
}
