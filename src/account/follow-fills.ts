import { meanPrice } from '../domain/instrument.ts';
import { price } from '../domain/units.ts';
import { riskOf } from './discovery.ts';
import type { Turn } from './turn.ts';

/**
 * Follows positions that became larger than they were first seen: an order is filled by one deal after the other, and
 * on a netting account somebody may add to what is ours. The deals say how much; what a list shows may be older.
 */
export function followFills(turn: Turn): void {
  for (const position of Object.values(turn.state.positions)) {
    const { ticket, symbol, volume, entered, isAdopted } = position;
    if (isAdopted || !entered || entered.volume <= volume) continue;
    const listed = turn.state.books?.positions.find((each) => each.ticket === ticket);
    const instrument = turn.state.instruments[symbol];
    const mean = price(entered.turnover / entered.volume);
    const entry = listed?.entry ?? (instrument ? meanPrice(instrument, mean) : mean);
    const grown = { ...position, volume: entered.volume, entry };
    const riskMoney = riskOf(turn.state, grown);
    turn.record({ type: 'position-grown', ticket, volume: entered.volume, entry, riskMoney });
  }
}
