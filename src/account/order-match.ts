import type { Deal } from '../domain/deal.ts';
import type { BrokerPosition } from '../domain/position.ts';
import { type EpochMs, type Price, price, type Steps, steps } from '../domain/units.ts';
import type { OrderIntent } from './account-fact.ts';

export type TradeDeal = Extract<Deal, { kind: 'trade' }>;

/** What the broker shows of an order: the position it made, open or closed again. */
export type Sighting = {
  readonly ticket: number;
  readonly volume: Steps;
  readonly entry: Price;
  readonly openedAt: EpochMs;
};

export type Evidence = {
  readonly positions: readonly BrokerPosition[];
  readonly deals: readonly TradeDeal[];
  /** Tickets that are known to be something else. */
  readonly taken: ReadonlySet<number>;
};

/** Comments that brokers cut off keep at least this much of an identity. */
const commentMin = 10;
/** How much earlier than the intent a broker's clock may date the position. */
const clockSlackMs = 60_000;

/**
 * Finds an order at the broker: by the ticket of its answer; by its identity in the comment (whole, or cut off); else,
 * where a broker rewrote the comment, by being the only thing it can be: owned, same symbol, side and volume, not
 * older than the intent, not there before, and not under the identity of another order.
 */
export function findOrder(
  intent: OrderIntent & { readonly ticket?: number; readonly intendedAt?: EpochMs },
  evidence: Evidence,
): Sighting | undefined {
  const { positions, deals, taken } = evidence;
  const { order } = intent;
  const isCandidate = (each: { readonly symbol: string; readonly side: string }) =>
    each.symbol === order.symbol && each.side === order.side;
  const opened = positions.filter((each) => isCandidate(each) && !taken.has(each.ticket));
  const booked = deals.filter(
    (each) => each.entry === 'in' && isCandidate(each) && !taken.has(each.positionTicket),
  );
  const ticket =
    opened.find((each) => each.ticket === intent.ticket)?.ticket ??
    booked.find((each) => each.positionTicket === intent.ticket)?.positionTicket ??
    opened.find((each) => each.isOwned && isCommentOf(each.comment, order.id))?.ticket ??
    booked.find((each) => each.isOwned && isCommentOf(each.comment, order.id))?.positionTicket ??
    opened.find((each) => couldBe(each, intent))?.ticket;
  if (ticket === undefined) return undefined;
  return sighting(
    opened.find((each) => each.ticket === ticket),
    booked.filter((each) => each.positionTicket === ticket),
  );
}

function isCommentOf(comment: string, orderId: string): boolean {
  return comment === orderId || (comment.length >= commentMin && orderId.startsWith(comment));
}

function couldBe(position: BrokerPosition, intent: OrderIntent): boolean {
  const { order, quote, ticketsBefore } = intent;
  return (
    position.isOwned &&
    position.volume === order.volume &&
    position.openedAt >= quote.at - clockSlackMs &&
    !ticketsBefore.includes(position.ticket) &&
    !looksLikeIdentity(position.comment)
  );
}

function looksLikeIdentity(comment: string): boolean {
  return new RegExp(`^[a-z2-7]{${commentMin},26}$`).test(comment);
}

/** The opening deals know the whole volume; a position may have lost part of it. */
function sighting(
  position: BrokerPosition | undefined,
  deals: readonly TradeDeal[],
): Sighting | undefined {
  const [first] = deals;
  if (!first) return position && { ...position };
  const volume = deals.reduce((sum, deal) => sum + deal.volume, 0);
  const turnover = deals.reduce((sum, deal) => sum + deal.price * deal.volume, 0);
  return {
    ticket: first.positionTicket,
    volume: steps(Math.max(volume, position?.volume ?? 0)),
    entry: position?.entry ?? (deals.length === 1 ? first.price : price(turnover / volume)),
    openedAt: position?.openedAt ?? first.at,
  };
}
