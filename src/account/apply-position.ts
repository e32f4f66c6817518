import { assert, unreachable } from '../domain/assert.ts';
import { type EpochMs, money, steps } from '../domain/units.ts';
import { searched } from './absence-search.ts';
import type { OrderIntent, PositionFact } from './account-fact.ts';
import type { AccountState, Call, TrackedPosition } from './account-state.ts';
import { withoutOrder } from './apply-order.ts';
import type { InTheMaking } from './in-the-making.ts';
import { omit } from './omit.ts';
import { advance, type OrderEvent, type OrderStage } from './order-machine.ts';
import { copyOf, withField } from './state-copy.ts';
import { withKey } from './with-key.ts';

type Opening = Extract<PositionFact, { type: 'position-opened' | 'position-adopted' }>;
type CallFact = Extract<
  PositionFact,
  {
    type:
      | 'close-intended'
      | 'close-answered'
      | 'close-unseen'
      | 'close-absent'
      | 'close-given-up'
      | 'protect-intended'
      | 'protect-answered';
  }
>;
type At = { readonly at: EpochMs };

export function applyPosition(state: AccountState, fact: At & PositionFact): AccountState {
  if (fact.type === 'position-opened' || fact.type === 'position-adopted') {
    return opened(state, fact);
  }
  const position = state.positions[fact.ticket];
  assert(position, () => `${fact.type} of a position that is not open: ${fact.ticket}`);
  switch (fact.type) {
    case 'position-grown':
      return withPosition(state, grown(position, fact));
    case 'stops-moved':
      return withPosition(state, stopsMoved(position, fact));
    case 'position-vanished':
      return withPosition(state, {
        ...moved(position, 'vanished'),
        vanished: { reads: (position.vanished?.reads ?? 0) + 1, lastIoAt: fact.ioAt },
      });
    case 'position-closed':
      advance(position.stage, 'closed');
      return closed(state, fact);
    default:
      return withPosition(state, afterCall(state, position, fact));
  }
}

/** What a call, its answer or its silence does to a position. */
function afterCall(
  { absenceProof }: AccountState,
  position: TrackedPosition,
  fact: At & CallFact,
): TrackedPosition {
  const { closing, protecting } = position;
  switch (fact.type) {
    case 'close-intended': {
      const { reason, leaves } = fact;
      const call = { ...called(closing, fact.at), reason };
      return {
        ...moved(position, 'close-sent'),
        closing: leaves === undefined ? call : { ...call, leaves },
      };
    }
    case 'close-answered': {
      assert(closing, 'a close was answered that nobody asked for');
      const status = fact.answer.outcome;
      return { ...moved(position, 'close-answered'), closing: { ...closing, status } };
    }
    case 'close-unseen': {
      assert(closing, 'a close was looked for that nobody asked for');
      const search = searched(absenceProof, closing.search, fact.ioAt);
      return { ...moved(position, 'close-unseen'), closing: { ...closing, search } };
    }
    case 'close-absent': {
      assert(closing, 'a close is absent that nobody asked for');
      const failed = { ...omit(closing, 'search'), status: 'failed' as const };
      return { ...moved(position, 'close-absent'), closing: failed };
    }
    case 'close-given-up':
      return omit(moved(position, 'close-given-up'), 'closing');
    case 'protect-intended': {
      const { stopLoss, takeProfit } = fact;
      const call = { ...called(protecting, fact.at), stopLoss };
      return { ...position, protecting: takeProfit === undefined ? call : { ...call, takeProfit } };
    }
    case 'protect-answered':
      return protectAnswered(position, fact.answer.outcome);
    default:
      return unreachable(fact);
  }
}

/** Stops that could not be moved stand as before, and nothing is owed; a position without one still needs it. */
function protectAnswered(
  position: TrackedPosition,
  status: Exclude<Call['status'], 'sending'>,
): TrackedPosition {
  const { protecting, stopLoss } = position;
  assert(protecting, 'a stop was answered that nobody asked for');
  if (status === 'failed' && stopLoss !== undefined) return omit(position, 'protecting');
  return { ...position, protecting: { ...protecting, status } };
}

function called(former: Call | undefined, at: EpochMs): Call {
  return { status: 'sending', attempts: (former?.attempts ?? 0) + 1, at };
}

function moved(position: TrackedPosition, event: OrderEvent): TrackedPosition {
  return { ...position, stage: advance(position.stage, event) };
}

function opened(state: AccountState, fact: Opening): AccountState {
  const placed = placedOf(fact);
  if (fact.type === 'position-adopted') return withPosition(state, placed);
  const { orderId } = fact;
  const live = state.orders[orderId];
  const known = live?.intent ?? state.watched.find(({ order }) => order.id === orderId);
  assert(known, () => `a position of an order that is not known: ${orderId}`);
  const ordered = known.order.volume;
  const isPart = placed.volume < ordered;
  placed.stage = advance(
    live?.stage ?? stageOfWatched(state, known),
    isPart ? 'seen-in-part' : 'seen-whole',
  );
  placed.orderId = orderId;
  if (isPart) placed.ordered = ordered;
  const watched = state.watched.filter(({ order }) => order.id !== orderId);
  const opening = withPosition(state, placed);
  return withField(live ? withoutOrder(opening, live) : opening, 'watched', watched);
}

/** Written out: put together of spreads and assignments it would take two and a half times the memory, for as long as it is open. */
function placedOf({ type, position, tradeId }: Opening): InTheMaking<TrackedPosition> {
  const { stopLoss, takeProfit } = position;
  const placed: InTheMaking<TrackedPosition> = {
    ticket: position.ticket,
    symbol: position.symbol,
    side: position.side,
    volume: position.volume,
    entry: position.entry,
    openedAt: position.openedAt,
    riskMoney: position.riskMoney,
    tradeId,
    stage: 'open',
    isAdopted: type === 'position-adopted',
    isEntryBooked: false,
    realised: money(0),
    closed: { volume: steps(0), turnover: 0 },
  };
  if (stopLoss !== undefined) placed.stopLoss = placed.stopLossFirst = stopLoss;
  if (takeProfit !== undefined) placed.takeProfit = placed.takeProfitFirst = takeProfit;
  return placed;
}

/** A watched order was either followed by another attempt or given up. */
function stageOfWatched({ orders, positions }: AccountState, { order }: OrderIntent): OrderStage {
  const isReplaced =
    Object.values(orders).some(({ intent }) => intent.order.tradeId === order.tradeId) ||
    Object.values(positions).some(({ tradeId }) => tradeId === order.tradeId);
  return isReplaced ? 'replaced' : 'given-up';
}

function grown(
  position: TrackedPosition,
  { volume, entry, riskMoney }: Extract<PositionFact, { type: 'position-grown' }>,
): TrackedPosition {
  const isWhole = volume >= (position.ordered ?? 0);
  const larger = { ...moved(position, isWhole ? 'filled-up' : 'grown'), volume, entry, riskMoney };
  return isWhole ? omit(larger, 'ordered') : larger;
}

function stopsMoved(
  position: TrackedPosition,
  fact: Extract<PositionFact, { type: 'stops-moved' }>,
): TrackedPosition {
  const { stopLoss, takeProfit } = fact;
  const bare = omit(omit(position, 'stopLoss'), 'takeProfit');
  return {
    ...(stopLoss === undefined ? bare : omit(bare, 'protecting')),
    ...(stopLoss !== undefined && { stopLoss }),
    ...(takeProfit !== undefined && { takeProfit }),
  };
}

function closed(
  state: AccountState,
  { ticket, profit }: Extract<PositionFact, { type: 'position-closed' }>,
): AccountState {
  const { counts, consecutiveLosses } = state;
  const after = copyOf(state);
  after.positions = omit(state.positions, String(ticket));
  after.consecutiveLosses = lossesAfter(profit, consecutiveLosses);
  after.counts = { ...counts, closed: counts.closed + 1 };
  return after;
}

/** A breakeven neither continues a row of losses nor ends it. */
function lossesAfter(profit: number, consecutiveLosses: number): number {
  if (profit < 0) return consecutiveLosses + 1;
  return profit > 0 ? 0 : consecutiveLosses;
}

function withPosition(state: AccountState, position: TrackedPosition): AccountState {
  return withField(state, 'positions', withKey(state.positions, position.ticket, position));
}
