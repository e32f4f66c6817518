import { assert } from '../domain/assert.ts';
import { lots } from '../domain/instrument.ts';
import type { OrderIntent } from './account-fact.ts';
import { isReserved } from './reservation.ts';
import type { Turn } from './turn.ts';

/** Writes the intent and sends the order: nothing else in the program makes an order. */
export function submit(turn: Turn, intent: OrderIntent): void {
  const { order } = intent;
  assert(isReserved(turn.state, order.tradeId), `nothing is reserved for ${order.tradeId}`);
  turn.record({ type: 'order-intended', intent });
  const instrument = turn.state.instruments[order.symbol];
  const { id: orderId, symbol, side, stopLoss, takeProfit } = order;
  turn.announce({
    type: 'order',
    orderId,
    symbol,
    side,
    stopLoss,
    takeProfit,
    lots: instrument ? lots(instrument, order.volume) : 0,
  });
  turn.act({ type: 'submit', order });
}
