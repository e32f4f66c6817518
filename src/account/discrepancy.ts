/**
 * What happened at the broker that we did not do, by name: read off the facts that reconciliation wrote down, so that
 * it is found once, with the same id by whoever reads the journal.
 */
import type { AccountFact } from './account-fact.ts';
import type { AccountState, TrackedPosition } from './account-state.ts';
import { apply } from './apply.ts';
import { amountOf } from './apply-deal.ts';
import { closeTypeOf } from './close-type.ts';
import { isUnplaced } from './order-machine.ts';

export type Discrepancy = {
  readonly id: string;
  readonly name: DiscrepancyName;
  readonly detail: string;
};

export type DiscrepancyName =
  /** Somebody else closed a position, or a part of it. */
  | 'external-close'
  | 'manual-partial'
  /** Somebody added to a position. */
  | 'manual-increase'
  | 'stops-moved-by-hand'
  /** An owned position that no intent explains. */
  | 'unknown-position'
  /** Not listed any more, and no deal says why yet. */
  | 'vanished-position'
  /** The call of an order ended in the dark, and its position is there. */
  | 'ghost-order'
  /** An order that counted as absent, and whose position is there. */
  | 'late-order'
  /** Money that no trade moved: a deposit, a withdrawal, or a charge. */
  | 'balance-operation';

/** Undefined for what we did ourselves, or knew. `before` is the state that the fact is applied to. */
export function discrepancyOf(before: AccountState, fact: AccountFact): Discrepancy | undefined {
  switch (fact.type) {
    case 'deal-booked':
      return ofDeal(before, fact.deal);
    case 'stops-moved': {
      const position = before.positions[fact.ticket];
      if (!position || wereAsked(position, fact)) return undefined;
      const detail = `SL ${fact.stopLoss ?? 'none'}, TP ${fact.takeProfit ?? 'none'}`;
      return named('stops-moved-by-hand', `${fact.ticket}/${fact.at}`, `${fact.ticket}: ${detail}`);
    }
    case 'position-adopted':
      return named('unknown-position', `${fact.position.ticket}`, `${fact.position.ticket}`);
    case 'position-opened':
      return ofOpening(before, fact);
    case 'position-grown': {
      if (before.positions[fact.ticket]?.ordered !== undefined) return undefined;
      return named('manual-increase', `${fact.ticket}/${fact.volume}`, `${fact.ticket}`);
    }
    case 'position-vanished': {
      if (before.positions[fact.ticket]?.vanished) return undefined;
      return named('vanished-position', `${fact.ticket}/${fact.at}`, `${fact.ticket}`);
    }
    default:
      return undefined;
  }
}

/** All of a journal, oldest first. */
export function discrepanciesOf(facts: Iterable<AccountFact>, start: AccountState): Discrepancy[] {
  const found: Discrepancy[] = [];
  let state = start;
  for (const fact of facts) {
    const discrepancy = discrepancyOf(state, fact);
    if (discrepancy) found.push(discrepancy);
    state = apply(state, fact);
  }
  return found;
}

type BookedDeal = Extract<AccountFact, { type: 'deal-booked' }>['deal'];

function ofDeal(before: AccountState, deal: BookedDeal): Discrepancy | undefined {
  if (deal.kind !== 'trade') {
    return named('balance-operation', `${deal.ticket}`, `${amountOf(deal)} ${deal.comment}`.trim());
  }
  const position = before.positions[deal.positionTicket];
  if (!position || deal.entry === 'in' || position.closing) return undefined;
  const { price, at, reason, symbol, ticket, volume } = deal;
  const market = { quote: before.books?.quotes[symbol], instrument: before.instruments[symbol] };
  if (closeTypeOf(position, { price, at, reason }, market) !== 'EXTERNAL') return undefined;
  const isAll = position.closed.volume + volume >= position.volume;
  const name = isAll ? 'external-close' : 'manual-partial';
  return named(name, `${ticket}`, `${position.ticket} at ${price}`);
}

function ofOpening(
  before: AccountState,
  { orderId, position }: Extract<AccountFact, { type: 'position-opened' }>,
): Discrepancy | undefined {
  const live = before.orders[orderId];
  const isLate = !live || isUnplaced(live.stage);
  const isGhost = live?.stage === 'unknown' && !live.wasAccepted;
  if (!isLate && !isGhost) return undefined;
  const detail = `order ${orderId}, position ${position.ticket}`;
  return named(isLate ? 'late-order' : 'ghost-order', orderId, detail);
}

/** Whether SL and TP stand where we asked for them. */
function wereAsked(
  { protecting, takeProfit }: TrackedPosition,
  moved: Extract<AccountFact, { type: 'stops-moved' }>,
): boolean {
  if (!protecting) return false;
  const wanted = protecting.takeProfit ?? takeProfit;
  return protecting.stopLoss === moved.stopLoss && wanted === moved.takeProfit;
}

function named(name: DiscrepancyName, key: string, detail: string): Discrepancy {
  return { id: `${name}/${key}`, name, detail };
}
