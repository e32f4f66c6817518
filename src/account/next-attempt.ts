import type { Denial } from '../domain/account-event.ts';
import type { Instrument } from '../domain/instrument.ts';
import { orderIdOf } from '../domain/order-identity.ts';
import type { Quote } from '../domain/quote.ts';
import { epochMs } from '../domain/units.ts';
import { assessEntry } from '../risk/guards/guards.ts';
import { assessVolume, lossAtStop, type SizingPlan } from '../risk/sizing.ts';
import { entryPrice, stopsLevel } from '../risk/stops.ts';
import type { OrderIntent } from './account-fact.ts';
import { entryRisk } from './account-risk.ts';
import type { Books } from './account-state.ts';
import { beyondGrant, wishOf } from './reservation.ts';
import { traceParts } from './trace-parts.ts';
import type { Turn } from './turn.ts';

export type Market = {
  readonly quote: Quote;
  readonly instrument: Instrument;
  readonly view: Books['view'];
};

/**
 * An order under the identity of its next attempt: volume and stops as they were sized, and what they cost at the quote
 * of now.
 */
export function nextAttempt(turn: Turn, intent: OrderIntent, market: Market): OrderIntent {
  const { order } = intent;
  const { quote, instrument } = market;
  const attempt = intent.attempt + 1;
  const id = orderIdOf(order.tradeId, attempt);
  const plan = planOf(turn, intent, market);
  return {
    ...intent,
    attempt,
    order: { ...order, id, expectedPrice: plan.entry },
    quote,
    riskMoney: lossAtStop(plan, order.volume, instrument),
  };
}

/**
 * What says no to an attempt: a guard, a price that has passed the stops, a cap that the order is beyond at the quote of
 * now, or what the fleet granted. An order is never made smaller, nor larger, than it was sized.
 */
export function assessAttempt(turn: Turn, intent: OrderIntent, market: Market): Denial | undefined {
  const { order, atr } = intent;
  const { symbol, side, tradeId } = order;
  const entry = { at: turn.at, symbol, atr, tradeId, signal: 'passed' as const };
  const { quote, instrument } = market;
  return (
    assessEntry(entryRisk(turn.state, turn.policy, entry))[0] ??
    stopsLevel(order, side, quote, instrument) ??
    assessVolume(order.volume, planOf(turn, intent, market), instrument) ??
    beyondReservation(turn, intent)
  );
}

/** The caps as they are now; the share of equity that the trade may lose as it was decided. */
function planOf({ policy }: Turn, { order, sizing }: OrderIntent, market: Market): SizingPlan {
  const { equity, freeMargin, leverage } = market.view;
  const { riskMax, lotsMin, lotsMax } = policy;
  return {
    ...{ equity, freeMargin, leverage, riskMax, lotsMin, lotsMax },
    risk: sizing?.risk ?? policy.risk,
    entry: entryPrice(order.side, market.quote),
    stopLoss: order.stopLoss,
  };
}

function beyondReservation({ state }: Turn, intent: OrderIntent): Denial | undefined {
  const { order, riskMoney, trace } = intent;
  const reserved = state.memory.reservations?.[order.tradeId];
  if (!reserved) return undefined;
  const barTime = epochMs(traceParts(trace).barTime);
  return beyondGrant(reserved, wishOf(state, { order, riskMoney, barTime }).holding);
}
