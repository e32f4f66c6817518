import type { Denial } from '../domain/account-event.ts';
import { type Instrument, priceStep, roundPrice } from '../domain/instrument.ts';
import { direction, type Side } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { Price } from '../domain/units.ts';

/** Where an entry is expected and where it ends. */
export type Stops = {
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

/** The quote side that an entry fills at. */
export function entryPrice(side: Side, { bid, ask }: Quote): Price {
  return side === 'buy' ? ask : bid;
}

/**
 * SL and TP in multiples of ATR, laid from the quote at sending and put on the instrument's price grid: what
 * is sized is what is sent. Denied where
 * the broker would refuse them: nearer to the price that triggers them than its stops level, or on its wrong side.
 */
export function planStops(plan: StopsPlan, instrument: Instrument): StopsAssessment {
  const { side, quote, atr } = plan;
  const expectedPrice = entryPrice(side, quote);
  const stopLoss = expectedPrice - direction[side] * plan.stopLossAtr * atr;
  const takeProfit = expectedPrice + direction[side] * plan.takeProfitAtr * atr;
  if (!(Math.min(stopLoss, takeProfit) >= priceStep(instrument))) {
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
