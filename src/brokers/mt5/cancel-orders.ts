import type { TradeOutcome } from '../../domain/order.ts';
import { steps } from '../../domain/units.ts';
import { reasonOf, type TradeOptions } from './submit.ts';

/**
 * Cancels each order of ours that pends with one call, and looks again: what the calls answered does not count. One
 * that filled meanwhile is no order any more, and its position is listed.
 */
export async function cancelOrders(
  { http, positions, timeoutMs }: TradeOptions,
  signal: AbortSignal,
): Promise<TradeOutcome> {
  let tickets: readonly number[];
  try {
    tickets = await positions.pending(signal);
  } catch (cause) {
    return { outcome: 'not-sent', reason: reasonOf(cause) };
  }
  if (tickets.length === 0) return none;
  for (const ticket of tickets) {
    await http.send({ method: 'DELETE', path: `/orders/${ticket}`, timeoutMs }, signal);
  }
  try {
    const left = await positions.pending(signal);
    if (left.length === 0) return none;
    return { outcome: 'rejected', code: 0, reason: `orders that pend still: ${left.join(', ')}` };
  } catch (cause) {
    return { outcome: 'unknown', reason: reasonOf(cause) };
  }
}

const none: TradeOutcome = { outcome: 'done', fill: { volume: steps(0) } };
