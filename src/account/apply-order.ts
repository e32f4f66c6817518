import { assert, unreachable } from '../domain/assert.ts';
import type { EpochMs } from '../domain/units.ts';
import type { OrderFact, OrderIntent } from './account-fact.ts';
import type { AccountState, LiveOrder, OrderSearch } from './account-state.ts';
import { omit } from './omit.ts';

/** Orders that are remembered after they were proven absent. */
const watchedMax = 64;
/** Two reads further apart prove no more than this share of the proof: a host's clock may jump, an engine may sleep. */
const searchStepMax = 1 / 6;

export function applyOrder(state: AccountState, fact: OrderFact): AccountState {
  if (fact.type === 'order-intended') return intended(state, fact.intent);
  const live = state.orders[fact.orderId];
  assert(live, `${fact.type} of an order that is not under way: ${fact.orderId}`);
  switch (fact.type) {
    case 'order-accepted': {
      const { ticket } = fact.fill;
      const accepted = { ...omit(live, 'search'), status: 'accepted' as const, wasAccepted: true };
      return withOrder(state, { ...accepted, ...(ticket !== undefined && { ticket }) });
    }
    case 'order-rejected':
      return withoutOrder(state, live);
    case 'order-not-sent':
      return watching(
        withOrder(state, { ...live, status: 'absent', timesNotSent: live.timesNotSent + 1 }),
        live.intent,
      );
    case 'order-unresolved': {
      const search = { lastIoAt: fact.ioAt, waitedMs: 0 };
      return withOrder(state, { ...live, status: 'unresolved', search });
    }
    case 'order-unseen':
      return withOrder(state, { ...live, search: searched(state, live.search, fact.ioAt) });
    case 'order-absent':
      return watching(withOrder(state, { ...omit(live, 'search'), status: 'absent' }), live.intent);
    case 'order-given-up':
      return watching(withoutOrder(state, live), live.intent);
    default:
      return unreachable(fact);
  }
}

/** A later attempt takes the place of the one that was proven absent. */
function intended(state: AccountState, intent: OrderIntent): AccountState {
  const former = Object.values(state.orders).find(
    ({ intent: { order } }) => order.tradeId === intent.order.tradeId,
  );
  assert(!former || former.status === 'absent', 'an attempt may follow only an absent one');
  return withOrder(former ? withoutOrder(state, former) : state, {
    intent,
    status: 'sending',
    wasAccepted: false,
    timesNotSent: former?.timesNotSent ?? 0,
  });
}

/** A clock that went back proves nothing; the search goes on from there. */
function searched(
  { absenceProof }: AccountState,
  search: OrderSearch | undefined,
  ioAt: EpochMs,
): OrderSearch {
  if (search && ioAt < search.lastIoAt) return { ...omit(search, 'emptyMs'), lastIoAt: ioAt };
  const stepMaxMs = absenceProof.sinceCallMs * searchStepMax;
  const stepMs = Math.min(stepMaxMs, Math.max(0, ioAt - (search?.lastIoAt ?? ioAt)));
  return {
    lastIoAt: ioAt,
    waitedMs: (search?.waitedMs ?? 0) + stepMs,
    emptyMs: search?.emptyMs === undefined ? 0 : search.emptyMs + stepMs,
  };
}

function watching(state: AccountState, intent: OrderIntent): AccountState {
  const others = state.watched.filter(({ order }) => order.id !== intent.order.id);
  return { ...state, watched: [...others, intent].slice(-watchedMax) };
}

function withOrder(state: AccountState, live: LiveOrder): AccountState {
  return { ...state, orders: { ...state.orders, [live.intent.order.id]: live } };
}

export function withoutOrder(state: AccountState, { intent }: LiveOrder): AccountState {
  return { ...state, orders: omit(state.orders, intent.order.id) };
}
