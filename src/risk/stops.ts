import type { Denial } from '../domain/account-event.ts';
import { type Instrument, roundPrice } from '../domain/instrument.ts';
import { direction, type Side } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { Price } from '../domain/units.ts';

/** Where an entry is expected and where it ends. */
export type Stops = {
  /** The quote side that the entry fills at: ask for a buy, bid for a sell. */
  readonly expectedPrice: Price;
  readonly stopLoss: Price;
  readonly takeProfit: Price;
};

export type StopsPlan = {
  readonly side: Side;
  readonly quote: Quote;
  /** In price units. */
  readonly atr: number;
  readonly stopLossAtr: number;
  readonly takeProfitAtr: number;
};

export type StopsAssessment =
  | ({ readonly verdict: 'placed' } & Stops)
  | { readonly verdict: 'denied'; readonly denial: Denial };

/**
 * SL and TP in multiples of ATR, laid from the quote at sending and rounded to the instrument's digits. Denied where
 * the broker would refuse them: nearer to the price that triggers them than its stops level, or on its wrong side.
 */
export function planStops(plan: StopsPlan, instrument: Instrument): StopsAssessment {
  const { side, quote, atr } = plan;
  const expectedPrice = side === 'buy' ? quote.ask : quote.bid;
  const stopLoss = expectedPrice - direction[side] * plan.stopLossAtr * atr;
  const takeProfit = expectedPrice + direction[side] * plan.takeProfitAtr * atr;
  if (!(Math.min(stopLoss, takeProfit) >= instrument.point)) {
    return { verdict: 'denied', denial: { limit: 'stops-level', observed: 0, allowed: 1 } };
  }
  const stops = {
    expectedPrice,
    stopLoss: roundPrice(instrument, stopLoss),
    takeProfit: roundPrice(instrument, takeProfit),
  };
  const denial = stopsLevel(stops, side, quote, instrument);
  return denial ? { verdict: 'denied', denial } : { verdict: 'placed', ...stops };
}

/**
 * Whether SL and TP may stand at this quote: both at least the stops level, and at least one point, away from the
 * price that triggers them (the bid for a buy, the ask for a sell). Observed and allowed are points.
 */
export function stopsLevel(
  stops: Pick<Stops, 'stopLoss' | 'takeProfit'>,
  side: Side,
  quote: Quote,
  { point, stopsLevelPoints }: Instrument,
): Denial | undefined {
  const trigger = side === 'buy' ? quote.bid : quote.ask;
  const nearest = Math.min(
    direction[side] * (trigger - stops.stopLoss),
    direction[side] * (stops.takeProfit - trigger),
  );
  const observed = Math.floor(nearest / point + pointNoise);
  const allowed = Math.max(1, stopsLevelPoints);
  return observed >= allowed ? undefined : { limit: 'stops-level', observed, allowed };
}

const pointNoise = 1e-6; // 0.3 / 0.1 is 2.9999999999999996
