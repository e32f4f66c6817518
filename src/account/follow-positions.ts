import { lots, meanPrice } from '../domain/instrument.ts';
import type { BrokerPosition } from '../domain/position.ts';
import { type EpochMs, price } from '../domain/units.ts';
import type { TrackedPosition } from './account-state.ts';
import { closeDetailOf, closeTypeOf } from './close-type.ts';
import type { Turn } from './turn.ts';

/** Healthy answers without a position and without its deal, after which a person is told. */
const vanishedReadsMax = 10;

/** Follows every owned position: stops that moved, positions that are gone, closes that their deals prove. */
export function followPositions(turn: Turn, ioAt: EpochMs): void {
  const listing = turn.state.books?.positions ?? [];
  for (const position of Object.values(turn.state.positions)) {
    const listed = listing.find(({ ticket }) => ticket === position.ticket);
    if (listed) followStops(turn, position, listed);
    else if (position.closed.volume >= position.volume) finish(turn, position);
    else vanish(turn, position, ioAt);
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

/** Brokers book a close a moment after they drop the position; only what stays unexplained is worth an alarm. */
function vanish(turn: Turn, { ticket, vanished }: TrackedPosition, ioAt: EpochMs): void {
  const reads = vanished?.reads ?? 0;
  if (reads >= vanishedReadsMax || vanished?.lastIoAt === ioAt) return;
  turn.record({ type: 'position-vanished', ticket, ioAt });
  if (reads + 1 < vanishedReadsMax) return;
  turn.announce({ type: 'alert', reason: `position ${ticket} is gone, and no deal says why` });
}

function finish(turn: Turn, position: TrackedPosition): void {
  const { ticket, tradeId, symbol, side, volume, closed, realised, riskMoney } = position;
  const { last } = closed;
  if (!last) return;
  const quote = turn.state.books?.quotes[symbol];
  const instrument = turn.state.instruments[symbol];
  const mean = closed.turnover / closed.volume;
  const exit = instrument ? meanPrice(instrument, mean) : price(mean);
  const closeType = closeTypeOf(position, last, { quote, instrument });
  const rMultiple = riskMoney > 0 ? realised / riskMoney : 0;
  const closeDetail = closeDetailOf(position, closeType);
  const result = { exit, profit: realised, rMultiple };
  const outcome = closeDetail ? { closeType, closeDetail, ...result } : { closeType, ...result };
  turn.record({ type: 'position-closed', ticket, tradeId, closedAt: last.at, ...outcome });
  turn.announce({
    ...{ type: 'close' as const, ticket, symbol, side, ...outcome },
    lots: instrument ? lots(instrument, volume) : 0,
  });
}
