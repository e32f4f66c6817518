import type { Deal } from '../domain/deal.ts';
import { lots, valuePerLot } from '../domain/instrument.ts';
import type { BrokerPosition } from '../domain/position.ts';
import { type Money, money, roundTo } from '../domain/units.ts';
import type { OpenedPosition, OrderIntent } from './account-fact.ts';
import type { AccountState } from './account-state.ts';
import { type Evidence, findOrder, type Sighting, type TradeDeal } from './order-match.ts';
import { close } from './position-calls.ts';
import { changeState } from './trading-state.ts';
import type { Turn } from './turn.ts';

/** Finds the orders under way, and those that were given up, in what the broker lists. */
export function findOrders(turn: Turn, deals: readonly Deal[]): void {
  for (const { intent, ticket, filled } of Object.values(turn.state.orders)) {
    const seen = findOrder(intent, evidence(), { by: 'shape', ticket, filled });
    if (seen) openPosition(turn, intent, seen);
  }
  for (const intent of turn.state.watched) {
    const seen = findOrder(intent, evidence(), { by: 'identity' });
    if (seen) openLate(turn, intent, seen);
  }

  function evidence(): Evidence {
    return {
      positions: turn.state.books?.positions ?? [],
      deals: deals.filter((deal): deal is TradeDeal => deal.kind === 'trade'),
      taken: new Set(Object.values(turn.state.positions).map(({ ticket }) => ticket)),
    };
  }
}

/** Owned positions that no intent explains are adopted with entries stopped: a person has to look. */
export function adoptUnknown(turn: Turn, deals: readonly Deal[]): void {
  const listed = turn.state.books?.positions ?? [];
  for (const position of listed) {
    if (position.isOwned && !turn.state.positions[position.ticket]) adopt(turn, position);
  }
  for (const deal of deals) {
    if (deal.kind !== 'trade' || deal.entry !== 'in' || !deal.isOwned) continue;
    if (turn.state.positions[deal.positionTicket]) continue;
    const { positionTicket: ticket, symbol, side, volume, price: entry, at: openedAt } = deal;
    adopt(turn, { ticket, symbol, side, volume, entry, openedAt });
  }
}

type Found = Omit<OpenedPosition, 'riskMoney'>;

function adopt(turn: Turn, found: Found | BrokerPosition): void {
  const { ticket, symbol, side, volume, entry, openedAt, stopLoss, takeProfit } = found;
  const bare = { ticket, symbol, side, volume, entry, openedAt };
  const position = {
    ...bare,
    ...(stopLoss !== undefined && { stopLoss }),
    ...(takeProfit !== undefined && { takeProfit }),
  };
  turn.record({
    type: 'position-adopted',
    tradeId: `ticket-${ticket}`,
    position: { ...position, riskMoney: riskOf(turn.state, position) },
  });
  turn.announce({
    type: 'alert',
    reason: `adopted ${side} position ${ticket}: no intent explains it`,
  });
  if (turn.state.trading.state === 'active') {
    changeState(turn, 'reducing', `position ${ticket} was adopted`);
  }
}

/** An order that was proven absent and came after all: kept if nothing else is open or under way, else closed. */
function openLate(turn: Turn, intent: OrderIntent, seen: Sighting): void {
  const { symbol, id } = intent.order;
  const isSecond =
    Object.values(turn.state.positions).some((position) => position.symbol === symbol) ||
    Object.values(turn.state.orders).some((live) => live.intent.order.symbol === symbol);
  openPosition(turn, intent, seen);
  turn.announce({ type: 'alert', reason: `order ${id} was executed late` });
  const listed = turn.state.books?.positions.find(({ ticket }) => ticket === seen.ticket);
  if (isSecond && listed) close(turn, listed, 'late-duplicate');
}

function openPosition(turn: Turn, { order }: OrderIntent, seen: Sighting): void {
  const { symbol, side, stopLoss, takeProfit, tradeId } = order;
  const { ticket, volume, entry, openedAt } = seen;
  const riskMoney = riskOf(turn.state, { symbol, entry, stopLoss, volume });
  const placed = { ticket, symbol, side, volume, entry, openedAt, stopLoss, takeProfit, riskMoney };
  turn.record({ type: 'position-opened', orderId: order.id, tradeId, position: placed });
  const instrument = turn.state.instruments[symbol];
  turn.announce({
    type: 'fill',
    ticket,
    symbol,
    side,
    entry,
    lots: instrument ? lots(instrument, volume) : 0,
  });
}

/** What the stop costs from the real entry; 0 where it cannot be known. */
export function riskOf(
  state: AccountState,
  position: Pick<Found, 'symbol' | 'entry' | 'stopLoss' | 'volume'>,
): Money {
  const { symbol, entry, stopLoss, volume } = position;
  const instrument = state.instruments[symbol];
  if (!instrument || stopLoss === undefined) return money(0);
  const cost = Math.abs(entry - stopLoss) * valuePerLot(instrument) * lots(instrument, volume);
  return money(roundTo(cost, state.money?.currencyDigits ?? 2));
}
