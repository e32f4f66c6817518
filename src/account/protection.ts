import { direction } from '../domain/order.ts';
import type { Price } from '../domain/units.ts';
import { planStops, stopsLevel } from '../risk/stops.ts';
import type { AccountState, TrackedPosition } from './account-state.ts';

export type ProtectiveStops = { readonly stopLoss: Price; readonly takeProfit?: Price };

/**
 * The stops that a naked position gets: those it was ordered with while the price has not passed them, else new ones
 * at the configured distance from the quote. Undefined where neither can be laid: then it has to be closed.
 */
export function protectiveStops(
  state: AccountState,
  position: TrackedPosition,
): ProtectiveStops | undefined {
  const { symbol, side, stopLossFirst, takeProfitFirst } = position;
  const quote = state.books?.quotes[symbol];
  const instrument = state.instruments[symbol];
  if (!quote || !instrument || !state.policy) return undefined;
  if (stopLossFirst !== undefined && takeProfitFirst !== undefined) {
    const ordered = { stopLoss: stopLossFirst, takeProfit: takeProfitFirst };
    if (!stopsLevel(ordered, side, quote, instrument)) return ordered;
  }
  const atr = state.atrs[symbol];
  if (atr === undefined) return undefined;
  const { stopLossAtr, takeProfitAtr } = state.policy;
  const plan = planStops({ side, quote, atr, stopLossAtr, takeProfitAtr }, instrument);
  if (plan.verdict === 'denied') return undefined;
  const { takeProfit } = position;
  const keepsTarget =
    takeProfit !== undefined && direction[side] * (takeProfit - plan.expectedPrice) > 0;
  return { stopLoss: plan.stopLoss, takeProfit: keepsTarget ? takeProfit : plan.takeProfit };
}
