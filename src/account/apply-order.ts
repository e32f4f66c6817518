import { assert, unreachable } from '../domain/assert.ts';
import { searched } from './absence-search.ts';
import type { OrderFact, OrderIntent } from './account-fact.ts';
import type { AccountState, LiveOrder } from './account-state.ts';
import type { InTheMaking } from './in-the-making.ts';
import { omit } from './omit.ts';
import { advance, type OrderEvent } from './order-machine.ts';
import { withField } from './state-copy.ts';
import { withKey } from './with-key.ts';

/** Orders that are remembered after they were proven absent. */
const watchedMax = 64;

export function applyOrder(state: AccountState, fact: OrderFact): AccountState {
  if (fact.type === 'order-intended') return intended(state, fact.intent);
  const live = state.orders[fact.orderId];
  assert(live, () => `${fact.type} of an order that is not under way: ${fact.orderId}`);
  switch (fact.type) {
    case 'order-accepted':
      return withOrder(state, accepted(moved(live, 'accepted'), fact));
    case 'order-rejected':
      return withoutOrder(state, moved(live, 'rejected'));
    case 'order-requoted': {
      const timesRequoted = (live.timesRequoted ?? 0) + 1;
      return withWatched(state, { ...moved(live, 'requoted'), timesRequoted });
    }
    case 'order-not-sent': {
      const timesNotSent = live.timesNotSent + 1;
      return withWatched(state, { ...moved(live, 'not-sent'), timesNotSent });
    }
    case 'order-unresolved': {
      const search = { lastIoAt: fact.ioAt, waitedMs: 0 };
      return withOrder(state, { ...moved(live, 'unresolved'), search });
    }
    case 'order-unseen': {
      const search = searched(state.absenceProof, live.search, fact.ioAt);
      return withOrder(state, { ...moved(live, 'unseen'), search });
    }
    case 'order-absent':
      return withWatched(state, omit(moved(live, 'absent'), 'search'));
    case 'order-given-up':
      return watching(withoutOrder(state, moved(live, 'given-up')), live.intent);
    default:
      return unreachable(fact);
  }
}

function moved(live: LiveOrder, event: OrderEvent): LiveOrder {
  return { ...live, stage: advance(live.stage, event) };
}

function accepted(
  live: LiveOrder,
  { fill: { ticket, volume } }: Extract<OrderFact, { type: 'order-accepted' }>,
): LiveOrder {
  const isPart = volume < live.intent.order.volume;
  const after: InTheMaking<LiveOrder> = { ...omit(live, 'search'), wasAccepted: true };
  if (ticket !== undefined) after.ticket = ticket;
  if (isPart) after.filled = volume;
  return after;
}

/** A later attempt takes the place of the one that is proven not to be there. */
function intended(state: AccountState, intent: OrderIntent): AccountState {
  const former = Object.values(state.orders).find(
    ({ intent: { order } }) => order.tradeId === intent.order.tradeId,
  );
  if (former) advance(former.stage, 'sent-again');
  const live: InTheMaking<LiveOrder> = {
    intent,
    stage: 'sending',
    wasAccepted: false,
    timesNotSent: former?.timesNotSent ?? 0,
  };
  if (former?.timesRequoted !== undefined) live.timesRequoted = former.timesRequoted;
  return withOrder(former ? withoutOrder(state, former) : state, live);
}

/** Should it turn up after all, it is known. */
function withWatched(state: AccountState, live: LiveOrder): AccountState {
  return watching(withOrder(state, live), live.intent);
}

function watching(state: AccountState, intent: OrderIntent): AccountState {
  const others = state.watched.filter(({ order }) => order.id !== intent.order.id);
  return withField(state, 'watched', [...others, intent].slice(-watchedMax));
}

function withOrder(state: AccountState, live: LiveOrder): AccountState {
  return withField(state, 'orders', withKey(state.orders, live.intent.order.id, live));
}

export function withoutOrder(state: AccountState, { intent }: LiveOrder): AccountState {
  return withField(state, 'orders', omit(state.orders, intent.order.id));
}
