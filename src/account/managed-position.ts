import type { EpochMs, Price } from '../domain/units.ts';
import type { AccountFact, OrderIntent } from './account-fact.ts';
import type { AccountState, TrackedPosition } from './account-state.ts';
import { withField } from './state-copy.ts';
import { traceParts } from './trace-parts.ts';
import { withKey } from './with-key.ts';

/** What those who manage a position have to remember of it, beside what it is. */
export type Managed = {
  /** What its entry was decided from; absent for an adopted one, which nobody manages. */
  readonly plan?: EntryPlan;
  /** A part was to be closed: that is tried once for each ticket. */
  readonly isPartialAsked?: true;
  /** The stop of a breakeven, and whether the broker has shown it. */
  readonly breakeven?: { readonly stop: Price; readonly isSet: boolean };
  /** Moves of the stop that were asked for since it moved last. */
  readonly moves?: { readonly count: number; readonly at: EpochMs };
  /** Open time of the newest bar that the position model has judged it at. */
  readonly assessedBar?: number;
};

type EntryPlan = {
  readonly atr: Price;
  /** Open time of the bar that the entry was decided on. */
  readonly barTime: number;
  /** Of the signal: 0 at its threshold, 1 at certainty. */
  readonly confidenceNorm: number;
};

/** Reasons of the calls that manage positions, as they stand in the journal. */
export const managementReasons = {
  partial: 'partial-close',
  breakeven: 'breakeven',
  trailing: 'trailing',
  exit: 'ml-exit',
} as const;

/** What a fact about a position means for its management. `before` is the state that the fact was applied to. */
export function noteManagement(
  before: AccountState,
  after: AccountState,
  fact: AccountFact,
): AccountState {
  switch (fact.type) {
    case 'position-opened': {
      const plan = planOf(before, fact.orderId);
      return plan ? noted(after, fact.position.ticket, { plan }) : after;
    }
    case 'close-intended':
      if (fact.leaves === undefined || fact.reason !== managementReasons.partial) return after;
      return noted(after, fact.ticket, { isPartialAsked: true });
    case 'protect-intended':
      return moveAsked(after, fact);
    case 'stops-moved':
      return stopSeen(after, fact);
    case 'position-assessed':
      return noted(after, fact.ticket, { assessedBar: traceParts(fact.trace).barTime });
    default:
      return after;
  }
}

function planOf(state: AccountState, orderId: string): EntryPlan | undefined {
  const watched = state.watched.find(({ order }) => order.id === orderId);
  const intent: OrderIntent | undefined = state.orders[orderId]?.intent ?? watched;
  if (!intent) return undefined;
  const { atr, trace, confidenceNorm = 0 } = intent;
  return { atr, barTime: traceParts(trace).barTime, confidenceNorm };
}

function moveAsked(
  state: AccountState,
  fact: Extract<AccountFact, { type: 'protect-intended' }>,
): AccountState {
  const { ticket, reason, stopLoss, at } = fact;
  if (reason === undefined) return state;
  const count = (state.positions[ticket]?.moves?.count ?? 0) + 1;
  const isBreakeven = reason === managementReasons.breakeven;
  return noted(state, ticket, {
    moves: { count, at },
    ...(isBreakeven && { breakeven: { stop: stopLoss, isSet: false } }),
  });
}

function stopSeen(
  state: AccountState,
  { ticket, stopLoss }: Extract<AccountFact, { type: 'stops-moved' }>,
): AccountState {
  const position = state.positions[ticket];
  if (!position) return state;
  const { moves: _, breakeven, ...rest } = position;
  const isSet = breakeven?.isSet === true || breakeven?.stop === stopLoss;
  return withPosition(state, { ...rest, ...(breakeven && { breakeven: { ...breakeven, isSet } }) });
}

function noted(state: AccountState, ticket: number, note: Managed): AccountState {
  const position = state.positions[ticket];
  return position ? withPosition(state, { ...position, ...note }) : state;
}

function withPosition(state: AccountState, position: TrackedPosition): AccountState {
  return withField(state, 'positions', withKey(state.positions, position.ticket, position));
}
