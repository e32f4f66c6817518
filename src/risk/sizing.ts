import type { Denial } from '../domain/account-event.ts';
import { unreachable } from '../domain/assert.ts';
import { type Instrument, lots, priceStep, roundPrice } from '../domain/instrument.ts';
import {
  type Fraction,
  type Money,
  money,
  type Price,
  type Steps,
  steps,
} from '../domain/units.ts';
import {
  distance,
  type Exact,
  exact,
  floored,
  isMore,
  numberOf,
  product,
  quotient,
  raised,
  sum,
} from './exact.ts';

export type SizingPlan = {
  readonly equity: Money;
  readonly freeMargin: Money;
  readonly leverage: number;
  /** Where the entry is expected, and its stop as it is sent: on the price grid. */
  readonly entry: Price;
  readonly stopLoss: Price;
  /** Share of equity that the stop may cost. */
  readonly risk: Fraction;
  /** What no trade exceeds, not even one that is lifted to the smallest lot. */
  readonly riskMax: Fraction;
  readonly lotsMin: number;
  readonly lotsMax: number;
  /** A stop that is too far even for the smallest lot is laid nearer, and the trade is not denied. */
  readonly shrinksStop?: boolean;
};

/** What a volume came about by: the risk as it was asked for, or the bound that changed it. */
export type SizeBound =
  | 'risk'
  | 'risk-max'
  | 'smallest-lot'
  | 'hard-cap'
  | 'lots-max'
  | 'volume-max'
  | 'free-margin';

export type SizeAssessment =
  | {
      readonly verdict: 'sized';
      readonly volume: Steps;
      /** As planned, or nearer where the hard cap says so. */
      readonly stopLoss: Price;
      /** What the stop costs, in the account's currency. */
      readonly riskMoney: Money;
      /** What the risk alone asks for, rounded down to steps. */
      readonly lotsWanted: number;
      readonly bound: SizeBound;
    }
  | { readonly verdict: 'denied'; readonly denial: Denial };

/** A stop that is moved nearer than this share of its distance is another trade than the models were trained on. */
const shrinkMin = exact(0.5);
/** Of the free margin; the rest bears the losses on the way to the stop. */
const half = exact(0.5);

/**
 * Whole volume steps whose loss at the stop is at most `equity x risk`, rounded down. Below the smallest lot it is
 * lifted to that, if its loss is at most `equity x riskMax`, which no trade exceeds; `shrinksStop` brings the stop to
 * where it is (`hard_cap_pips` of the roadmap). Never above `lotsMax`, the instrument's maximum, or what half of the
 * free margin carries. Everything is computed exactly, in the decimals that the broker and the configuration say.
 *
 * The value of a price move comes from the tick value alone, which the broker states in the account's currency, so
 * a cent account needs no conversion; margin likewise is `lots x price x value per lot / leverage`.
 */
export function sizeEntry(plan: SizingPlan, instrument: Instrument): SizeAssessment {
  const costs = costsOf(plan, instrument);
  if (costs === undefined) return denied('equity', Math.min(0, plan.equity), 0);
  const limits = limitsOf(plan, instrument, costs);
  const { smallest, lotsMax, volumeMax, carried } = limits;
  const stopLoss =
    limits.bearable < smallest ? nearerStop(plan, instrument, smallest) : plan.stopLoss;
  if (typeof stopLoss !== 'number') return { verdict: 'denied', denial: stopLoss };
  const largest = Math.min(lotsMax, volumeMax);
  if (largest < smallest) return denied('lots-max', smallest, largest);
  if (carried < smallest) {
    const needed = numberOf(product(exact(smallest), costs.marginPerStep));
    return denied('free-margin', needed, plan.freeMargin / 2);
  }
  const isShrunk = stopLoss !== plan.stopLoss;
  const { volume, bound } = chosen(limits);
  const loss = isShrunk ? lossPerStep({ ...plan, stopLoss }, instrument) : costs.lossPerStep;
  return {
    verdict: 'sized',
    volume,
    stopLoss,
    riskMoney: lossOf(volume, loss),
    lotsWanted: lots(instrument, steps(limits.asked)),
    bound: isShrunk ? 'hard-cap' : bound,
  };
}

/** What the stop of so many steps costs, in the account's currency. */
export function lossAtStop(plan: SizingPlan, volume: Steps, instrument: Instrument): Money {
  return lossOf(volume, lossPerStep(plan, instrument));
}

function lossOf(volume: Steps, perStep: Exact): Money {
  return money(numberOf(product(exact(volume), perStep)));
}

/**
 * Why a volume that was sized earlier is too large for a plan of now, its stop being where it is: more than the plan
 * would be sized to. Risks are shares of equity, margins the account's currency, volumes steps.
 */
export function assessVolume(
  volume: Steps,
  plan: Omit<SizingPlan, 'shrinksStop'>,
  instrument: Instrument,
): Denial | undefined {
  const size = sizeEntry({ ...plan, shrinksStop: false }, instrument);
  if (size.verdict === 'denied') return size.denial;
  if (volume <= size.volume) return undefined;
  const share = (loss: Exact) => numberOf(quotient(loss, exact(plan.equity)));
  const times = (perStep: Exact) => product(exact(volume), perStep);
  switch (size.bound) {
    case 'risk':
    case 'smallest-lot':
    case 'hard-cap': {
      const observed = share(times(lossPerStep(plan, instrument)));
      return { limit: 'risk', observed, allowed: plan.risk };
    }
    case 'risk-max': {
      const observed = share(times(lossPerStep(plan, instrument)));
      return { limit: 'risk-max', observed, allowed: plan.riskMax };
    }
    case 'free-margin': {
      const observed = numberOf(times(marginPerStep(plan, instrument)));
      return { limit: 'free-margin', observed, allowed: plan.freeMargin / 2 };
    }
    case 'lots-max':
    case 'volume-max':
      return { limit: size.bound, observed: volume, allowed: size.volume };
    default:
      return unreachable(size.bound);
  }
}

type Costs = { readonly lossPerStep: Exact; readonly marginPerStep: Exact };

function costsOf(plan: SizingPlan, instrument: Instrument): Costs | undefined {
  const value = valuePerStep(instrument);
  const loss = lossPerStep(plan, instrument, value);
  if (!(plan.equity > 0 && plan.leverage > 0 && loss.over > 0n)) return undefined;
  const margin = marginPerStep(plan, instrument, value);
  return margin.over > 0n ? { lossPerStep: loss, marginPerStep: margin } : undefined;
}

/** `leverage` must be positive. */
function marginPerStep(
  { entry, leverage }: SizingPlan,
  instrument: Instrument,
  value = valuePerStep(instrument),
): Exact {
  return quotient(product(exact(entry), value), exact(leverage));
}

/** What a move of one price unit of one step is worth. */
function valuePerStep({ tickValue, tickSize, volumeStep }: Instrument): Exact {
  return quotient(product(exact(tickValue), exact(volumeStep)), exact(tickSize));
}

function lossPerStep(
  { entry, stopLoss }: SizingPlan,
  instrument: Instrument,
  value = valuePerStep(instrument),
): Exact {
  return product(distance(exact(entry), exact(stopLoss)), value);
}

/** All in steps. */
type Limits = {
  readonly smallest: number;
  /** What the risk asks for, and what the greatest risk of any trade allows. */
  readonly asked: number;
  readonly bearable: number;
  readonly lotsMax: number;
  readonly volumeMax: number;
  /** What half of the free margin carries. */
  readonly carried: number;
};

function limitsOf(plan: SizingPlan, instrument: Instrument, costs: Costs): Limits {
  const { equity, risk, riskMax, freeMargin, lotsMin, lotsMax } = plan;
  const stepsFor = (share: Fraction) =>
    floored(quotient(product(exact(equity), exact(Math.max(0, share))), costs.lossPerStep));
  const step = exact(instrument.volumeStep);
  const margin = product(exact(Math.max(0, freeMargin)), half);
  return {
    smallest: Math.max(1, instrument.volumeMin, raised(quotient(exact(lotsMin), step))),
    asked: stepsFor(risk),
    bearable: stepsFor(riskMax),
    lotsMax: floored(quotient(exact(lotsMax), step)),
    volumeMax: instrument.volumeMax,
    carried: floored(quotient(margin, costs.marginPerStep)),
  };
}

/** The least of what is asked for and of what is allowed, lifted to the smallest lot. */
function chosen(limits: Limits): { readonly volume: Steps; readonly bound: SizeBound } {
  const { smallest, asked, bearable, lotsMax, volumeMax, carried } = limits;
  let [bound, most]: [SizeBound, number] = ['risk', asked];
  if (bearable < most) [bound, most] = ['risk-max', bearable];
  if (lotsMax < most) [bound, most] = ['lots-max', lotsMax];
  if (volumeMax < most) [bound, most] = ['volume-max', volumeMax];
  if (carried < most) [bound, most] = ['free-margin', carried];
  return most < smallest
    ? { volume: steps(smallest), bound: 'smallest-lot' }
    : { volume: steps(most), bound };
}

/**
 * Where the stop of the smallest lot costs `riskMax` and not more, on the instrument's grid; the planned one may not be
 * brought nearer than to half of its distance. Denied where it may not be moved at all.
 */
function nearerStop(plan: SizingPlan, instrument: Instrument, smallest: number): Price | Denial {
  const { equity, riskMax, entry, stopLoss, shrinksStop = false } = plan;
  const perPrice = product(exact(smallest), valuePerStep(instrument));
  const planned = distance(exact(entry), exact(stopLoss));
  const cost = product(planned, perPrice);
  const observed = numberOf(quotient(cost, exact(equity)));
  const tooRisky = { limit: 'risk-max', observed, allowed: riskMax };
  if (!shrinksStop) return tooRisky;
  const step = exact(priceStep(instrument));
  const hardCap = quotient(product(exact(equity), exact(riskMax)), perPrice);
  const isBelow = stopLoss < entry;
  const ticks = isBelow
    ? raised(quotient(distance(exact(entry), hardCap), step))
    : floored(quotient(sum(exact(entry), hardCap), step));
  const nearer = product(exact(ticks), step);
  const isPast = isMore(nearer, exact(entry)) === isBelow;
  if (isPast || isMore(product(planned, shrinkMin), distance(exact(entry), nearer)))
    return tooRisky;
  return roundPrice(instrument, numberOf(nearer));
}

function denied(limit: string, observed: number, allowed: number): SizeAssessment {
  return { verdict: 'denied', denial: { limit, observed, allowed } };
}
