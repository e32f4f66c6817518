import { assert, unreachable } from '../domain/assert.ts';
import { type EpochMs, money, steps } from '../domain/units.ts';
import type { PositionFact } from './account-fact.ts';
import type { AccountState, Call, TrackedPosition } from './account-state.ts';
import { withoutOrder } from './apply-order.ts';
import { omit } from './omit.ts';

type Opening = Extract<PositionFact, { type: 'position-opened' | 'position-adopted' }>;
type Fact = { readonly at: EpochMs } & PositionFact;

export function applyPosition(state: AccountState, fact: Fact): AccountState {
  if (fact.type === 'position-opened' || fact.type === 'position-adopted') {
    return opened(state, fact);
  }
  const position = state.positions[fact.ticket];
  assert(position, `${fact.type} of a position that is not open: ${fact.ticket}`);
  switch (fact.type) {
    case 'stops-moved':
      return withPosition(state, stopsMoved(position, fact));
    case 'position-vanished':
      return withPosition(state, {
        ...position,
        vanished: { reads: (position.vanished?.reads ?? 0) + 1, lastIoAt: fact.ioAt },
      });
    case 'position-closed':
      return closed(state, fact);
    case 'close-intended': {
      const closing = { ...called(position.closing, fact.at), reason: fact.reason };
      return withPosition(state, { ...position, closing });
    }
    case 'close-answered': {
      assert(position.closing, 'a close was answered that nobody asked for');
      const closing = { ...position.closing, status: fact.answer.outcome };
      return withPosition(state, { ...position, closing });
    }
    case 'protect-intended':
      return withPosition(state, {
        ...position,
        protecting: called(position.protecting, fact.at),
      });
    case 'protect-answered': {
      assert(position.protecting, 'a stop was answered that nobody asked for');
      const protecting = { ...position.protecting, status: fact.answer.outcome };
      return withPosition(state, { ...position, protecting });
    }
    default:
      return unreachable(fact);
  }
}

function called(former: Call | undefined, at: EpochMs): Call {
  return { status: 'sending', attempts: (former?.attempts ?? 0) + 1, at };
}

function opened(state: AccountState, fact: Opening): AccountState {
  const { position, tradeId } = fact;
  const { stopLoss, takeProfit } = position;
  const tracked: TrackedPosition = {
    ...position,
    tradeId,
    ...(fact.type === 'position-opened' && { orderId: fact.orderId }),
    ...(stopLoss !== undefined && { stopLossFirst: stopLoss }),
    ...(takeProfit !== undefined && { takeProfitFirst: takeProfit }),
    isAdopted: fact.type === 'position-adopted',
    isEntryBooked: false,
    realised: money(0),
    closed: { volume: steps(0), turnover: 0 },
  };
  const known = withPosition(state, tracked);
  if (fact.type === 'position-adopted') return known;
  const live = state.orders[fact.orderId];
  const watched = state.watched.filter(({ order }) => order.id !== fact.orderId);
  return { ...(live ? withoutOrder(known, live) : known), watched };
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
  return {
    ...state,
    positions: omit(state.positions, String(ticket)),
    consecutiveLosses: lossesAfter(profit, consecutiveLosses),
    counts: { ...counts, closed: counts.closed + 1 },
  };
}

/** A breakeven neither continues a row of losses nor ends it. */
function lossesAfter(profit: number, consecutiveLosses: number): number {
  if (profit < 0) return consecutiveLosses + 1;
  return profit > 0 ? 0 : consecutiveLosses;
}

function withPosition(state: AccountState, position: TrackedPosition): AccountState {
  return { ...state, positions: { ...state.positions, [position.ticket]: position } };
}
