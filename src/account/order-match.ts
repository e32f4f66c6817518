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

/** How an order may be recognised: `shape` where its comment may have been rewritten. */
export type Recognition = {
  readonly by: 'identity' | 'shape';
  readonly ticket?: number | undefined;
  /** What the broker said to have filled, where that is not all of it. */
  readonly filled?: Steps | undefined;
};

/**
 * Finds an order at the broker: by the ticket of its answer; by its identity in the comment (whole, or cut off); and,
 * if asked for, by being the only thing it can be: owned, same symbol, side and volume, not older than the intent, and
 * neither known already nor under the identity of another order.
 */
export function findOrder(
  intent: OrderIntent,
  { positions, deals, taken }: Evidence,
  recognition: Recognition,
): Sighting | undefined {
  const { symbol, side, id } = intent.order;
  const opened = positions.filter(
    (each) => each.symbol === symbol && each.side === side && !taken.has(each.ticket),
  );
  const booked = deals.filter(
    (each) =>
      each.entry === 'in' &&
      each.symbol === symbol &&
      each.side === side &&
      !taken.has(each.positionTicket),
  );
  const traces = [...opened.map(traceOfPosition), ...booked.map(traceOfDeal)];
  const found =
    traces.find(({ ticket }) => ticket === recognition.ticket) ??
    traces.find(({ isOwned, comment }) => isOwned && isCommentOf(comment, id)) ??
    (recognition.by === 'shape'
      ? traces.find((trace) => couldBe(trace, intent, recognition))
      : undefined);
  if (!found) return undefined;
  return sighting(
    opened.find((each) => each.ticket === found.ticket),
    booked.filter((each) => each.positionTicket === found.ticket),
  );
}

/** What a position and an opening deal have in common. */
type BrokerTrace = Pick<BrokerPosition, 'ticket' | 'volume' | 'openedAt' | 'comment' | 'isOwned'>;

function traceOfPosition(position: BrokerPosition): BrokerTrace {
  return position;
}

function traceOfDeal({ positionTicket, volume, at, comment, isOwned }: TradeDeal): BrokerTrace {
  return { ticket: positionTicket, volume, openedAt: at, comment, isOwned };
}

function isCommentOf(comment: string, orderId: string): boolean {
  return comment === orderId || (comment.length >= commentMin && orderId.startsWith(comment));
}

function couldBe(trace: BrokerTrace, intent: OrderIntent, { filled }: Recognition): boolean {
  const { order, quote } = intent;
  return (
    trace.isOwned &&
    trace.volume === (filled ?? order.volume) &&
    trace.openedAt >= quote.at - clockSlackMs &&
    !looksLikeIdentity(trace.comment)
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
