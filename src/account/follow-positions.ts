import { lots, roundPrice } from '../domain/instrument.ts';
import type { BrokerPosition } from '../domain/position.ts';
import { price } from '../domain/units.ts';
import type { TrackedPosition } from './account-state.ts';
import { closeTypeOf } from './close-type.ts';
import type { Turn } from './turn.ts';

/** Follows every owned position: stops that moved, positions that are gone, closes that their deals prove. */
export function followPositions(turn: Turn): void {
  const listing = turn.state.books?.positions ?? [];
  for (const position of Object.values(turn.state.positions)) {
    const listed = listing.find(({ ticket }) => ticket === position.ticket);
    if (listed) followStops(turn, position, listed);
    else if (position.closed.volume >= position.volume) finish(turn, position);
    else vanish(turn, position);
  }
}

function followStops(turn: Turn, position: TrackedPosition, listed: BrokerPosition): void {
  const { ticket, stopLoss, takeProfit } = listed;
  if (stopLoss === position.stopLoss && takeProfit === position.takeProfit) return;
  turn.record({
    type: 'stops-moved',
    ticket,
    ...(stopLoss !== undefined && { stopLoss }),
    ...(takeProfit !== undefined && { takeProfit }),
  });
}

function vanish(turn: Turn, { ticket, isVanished }: TrackedPosition): void {
  if (isVanished) return;
  turn.record({ type: 'position-vanished', ticket });
  turn.announce({ type: 'alert', reason: `position ${ticket} is gone, and no deal says why` });
}

function finish(turn: Turn, position: TrackedPosition): void {
  const { ticket, tradeId, symbol, side, volume, closed, realised, riskMoney } = position;
  const { last } = closed;
  if (!last) return;
  const quote = turn.state.books?.quotes[symbol];
  const instrument = turn.state.instruments[symbol];
  const mean = closed.turnover / closed.volume;
  const exit = instrument ? roundPrice(instrument, mean) : price(mean);
  const closeType = closeTypeOf(position, last, { quote, instrument });
  const rMultiple = riskMoney > 0 ? realised / riskMoney : 0;
  const outcome = { closeType, exit, profit: realised, rMultiple };
  turn.record({ type: 'position-closed', ticket, tradeId, closedAt: last.at, ...outcome });
  turn.announce({
    ...{ type: 'close' as const, ticket, symbol, side, ...outcome },
    lots: instrument ? lots(instrument, volume) : 0,
  });
}
