import { unreachable } from '../domain/assert.ts';
import { searchBroken } from './absence-search.ts';
import type { AccountFact, BrokerFact, ControlFact, LifeFact } from './account-fact.ts';
import type { AccountState, Books, Call } from './account-state.ts';
import { applyDeal, bookedDeal, dealsKept } from './apply-deal.ts';
import { applyDecision } from './apply-decision.ts';
import { applyOrder } from './apply-order.ts';
import { applyPosition } from './apply-position.ts';
import { doubtsOf, moneyOfNewDay } from './coherent-money.ts';
import { remember } from './guard-memory.ts';
import type { InTheMaking } from './in-the-making.ts';
import { noteManagement } from './managed-position.ts';
import { omit } from './omit.ts';
import { copyOf, withField } from './state-copy.ts';
import { settleTransfers } from './transfer.ts';
import { withKey } from './with-key.ts';

/** The state after one more fact. Never fails on a fact that `decide` made. */
export function apply(before: AccountState, fact: AccountFact): AccountState {
  const moved = fact.at > before.at ? withField(before, 'at', fact.at) : before;
  const state = remember(moved, fact);
  switch (fact.type) {
    case 'incarnation-started':
    case 'policy-changed':
    case 'day-began':
    case 'week-began':
      return applyLife(state, fact);
    case 'account-seen':
    case 'broker-read':
    case 'instrument-read':
    case 'read-failed':
    case 'deal-booked':
      return applyBroker(state, fact);
    case 'bar-decided':
      return applyDecision(state, fact);
    case 'order-intended':
    case 'order-accepted':
    case 'order-rejected':
    case 'order-requoted':
    case 'order-not-sent':
    case 'order-unresolved':
    case 'order-unseen':
    case 'order-absent':
    case 'order-given-up':
      return applyOrder(state, fact);
    case 'position-opened':
    case 'position-adopted':
    case 'position-grown':
    case 'stops-moved':
    case 'position-vanished':
    case 'position-closed':
    case 'close-intended':
    case 'close-answered':
    case 'close-unseen':
    case 'close-absent':
    case 'close-given-up':
    case 'protect-intended':
    case 'protect-answered':
      return noteManagement(state, applyPosition(state, fact), fact);
    case 'position-assessed':
      return noteManagement(state, state, fact);
    default:
      return applyControl(state, fact);
  }
}

type At = Pick<AccountFact, 'at'>;

function applyLife(state: AccountState, fact: At & LifeFact): AccountState {
  switch (fact.type) {
    case 'incarnation-started':
      return {
        ...state,
        ...(state.cancelling && { cancelling: callUnanswered(state.cancelling) }),
        epoch: fact.epoch,
        absenceProof: fact.absenceProof,
        isRead: false,
        positions: callsUnanswered(state),
      };
    case 'policy-changed':
      return {
        ...omit(state, 'policyWaiting'),
        policy: fact.policy,
        ...(fact.waiting && { policyWaiting: fact.waiting }),
      };
    case 'day-began':
      return {
        ...state,
        ...moneyOfNewDay(state, fact.day),
        consecutiveLosses: 0,
      };
    case 'week-began':
      return state;
    default:
      return unreachable(fact);
  }
}

/** The answers to calls of an earlier incarnation will never come. */
function callsUnanswered(state: AccountState): AccountState['positions'] {
  return Object.fromEntries(
    Object.entries(state.positions).map(([key, position]) => [
      key,
      {
        ...position,
        ...(position.closing && { closing: callUnanswered(position.closing) }),
        ...(position.protecting && { protecting: callUnanswered(position.protecting) }),
      },
    ]),
  );
}

function callUnanswered<C extends Call>(call: C): C {
  return call.status === 'sending' ? { ...call, status: 'unknown' } : call;
}

function applyBroker(state: AccountState, fact: At & BrokerFact): AccountState {
  switch (fact.type) {
    case 'account-seen': {
      const { currency, currencyDigits, startingBalance, history } = fact;
      const opening = { startingBalance, balance: startingBalance, seenAt: fact.at };
      return {
        ...state,
        money: { currency, currencyDigits, ...opening },
        deals: dealsKept(history.map(bookedDeal)),
      };
    }
    case 'broker-read': {
      const { at, view, positions, quotes } = fact;
      const read = copyOf(state);
      read.isRead = true;
      read.readFailures = 0;
      const books: InTheMaking<Books> = { at, view, positions, quotes };
      const doubts = doubtsOf(state);
      if (doubts) books.doubts = doubts;
      read.books = books;
      return settleTransfers(read);
    }
    case 'instrument-read':
      return {
        ...state,
        instruments: withKey(state.instruments, fact.instrument.symbol, fact.instrument),
      };
    case 'read-failed':
      return { ...state, readFailures: state.readFailures + 1, ...searchesBroken(state) };
    case 'deal-booked':
      return settleTransfers(applyDeal(state, fact.deal));
    default:
      return unreachable(fact);
  }
}

/** Absence has to be seen without a break. */
function searchesBroken(state: AccountState): Pick<AccountState, 'orders' | 'positions'> {
  const { orders, positions } = state;
  return {
    orders: mapped(orders, searchBroken),
    positions: mapped(positions, (position) => {
      const { closing } = position;
      return closing ? { ...position, closing: searchBroken(closing) } : position;
    }),
  };
}

function mapped<T>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function applyControl(state: AccountState, fact: At & ControlFact): AccountState {
  switch (fact.type) {
    case 'command-given':
      return {
        // Whoever asks for flat anew has what pends looked for anew.
        ...(flattens(fact) ? omit(state, 'cancelling') : state),
        isFlattening: flattens(fact) || (state.isFlattening && keepsFlattening(fact)),
      };
    case 'trading-state-changed':
      return { ...state, trading: { state: fact.to, reason: fact.reason } };
    case 'cancel-intended': {
      const attempts = (state.cancelling?.attempts ?? 0) + 1;
      return { ...state, cancelling: { status: 'sending', attempts, at: fact.at } };
    }
    case 'cancel-answered': {
      const { cancelling } = state;
      if (!cancelling) return state;
      return { ...state, cancelling: { ...cancelling, status: fact.answer.outcome } };
    }
    case 'flattened':
      return { ...omit(state, 'cancelling'), isFlattening: false };
    case 'guard-tripped':
      return { ...state, tripped: withKey(state.tripped, fact.denial.limit, fact.denial) };
    case 'guard-cleared':
      return { ...state, tripped: omit(state.tripped, fact.limit) };
    case 'exposure-reserved':
      return state;
    default:
      return unreachable(fact);
  }
}

function flattens({ command }: Extract<ControlFact, { type: 'command-given' }>): boolean {
  return command === 'flatten' || command === 'kill';
}

/** Who lets an account trade again has changed his mind about flat. */
function keepsFlattening({ command }: Extract<ControlFact, { type: 'command-given' }>): boolean {
  return command !== 'resume' && command !== 'revive';
}
