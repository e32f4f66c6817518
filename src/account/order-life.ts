import type { Denial } from '../domain/account-event.ts';
import { unreachable } from '../domain/assert.ts';
import type { TradeOutcome } from '../domain/order.ts';
import { isProvenAbsent } from './absence-search.ts';
import type { OrderIntent } from './account-fact.ts';
import type { LiveOrder } from './account-state.ts';
import type { AccountInput } from './input.ts';
import { assessAttempt, nextAttempt } from './next-attempt.ts';
import { isUnplaced, type OrderEvent, orderStep } from './order-machine.ts';
import { isReserved } from './reservation.ts';
import { submit } from './submit.ts';
import { changeState } from './trading-state.ts';
import type { Turn } from './turn.ts';

/** Times that a trade may fail to be sent before it is given up. */
const timesNotSentMax = 3;
/** Fresh prices that a trade may need before it is given up. */
const timesRequotedMax = 3;
/** Attempts that a trade may need, however often the engine dies on it. */
const attemptsMax = 20;
const retryAfterMs = 250;

/** What the broker said to an order. What says nothing new, by the order's stage, is passed over. */
export function answerOrder(
  turn: Turn,
  { orderId, outcome, ioAt }: Extract<AccountInput, { type: 'order-answered' }>,
): void {
  const live = turn.state.orders[orderId];
  if (!live) return; // found at the broker before its answer came
  const event = eventOf(outcome);
  if ('ignored' in orderStep(live.stage, event)) return;
  switch (outcome.outcome) {
    case 'done':
    case 'partial':
      turn.record({ type: 'order-accepted', orderId, fill: outcome.fill });
      turn.reconcile({ afterMs: 0 });
      break;
    case 'rejected':
      refuse(turn, orderId, outcome);
      break;
    case 'not-sent':
      turn.record({ type: 'order-not-sent', orderId, reason: outcome.reason });
      fail(turn, orderId, 'not-sent', outcome.reason);
      turn.reconcile({ afterMs: retryAfterMs });
      break;
    case 'unknown':
      turn.record({ type: 'order-unresolved', orderId, reason: outcome.reason, ioAt });
      fail(turn, orderId, 'unknown', outcome.reason);
      turn.reconcile({ afterMs: 0 });
      break;
    default:
      unreachable(outcome);
  }
}

function eventOf(outcome: TradeOutcome): OrderEvent {
  switch (outcome.outcome) {
    case 'done':
    case 'partial':
      return 'accepted';
    case 'rejected':
      return outcome.refusal === 'price' ? 'requoted' : 'rejected';
    case 'not-sent':
      return 'not-sent';
    case 'unknown':
      return 'unresolved';
    default:
      return unreachable(outcome);
  }
}

/**
 * A refusal is final for its bar, but for one of the price alone: that order may be sent again at a fresh one. Where
 * trading is off, or our request was wrong, a person has to look: entries stop for the former.
 */
function refuse(
  turn: Turn,
  orderId: string,
  { code, reason, refusal }: Extract<TradeOutcome, { outcome: 'rejected' }>,
): void {
  if (refusal === 'price') {
    turn.record({ type: 'order-requoted', orderId, code, reason });
    turn.reconcile({ afterMs: retryAfterMs });
    return;
  }
  turn.record({ type: 'order-rejected', orderId, code, reason });
  fail(turn, orderId, 'rejected', reason);
  if (refusal === 'request') {
    turn.announce({ type: 'alert', reason: `order ${orderId} was not a valid request: ${reason}` });
  }
  if (refusal === 'market-closed') {
    turn.announce({ type: 'alert', reason: `the broker takes no orders now: ${reason}` });
  }
  if (refusal !== 'trading-off') return;
  turn.announce({ type: 'alert', reason: `the broker takes no orders: ${reason}` });
  if (turn.state.trading.state === 'active') {
    changeState(turn, 'paused', `the broker takes no orders: ${reason}`);
  }
}

/**
 * Looks for the orders that a healthy answer did not show. What the broker accepted stays unknown until it is seen;
 * what it may never have got counts as absent after the proof that its port asks for.
 */
export function searchOrders(turn: Turn, ioAt: AccountInput['ioAt']): void {
  for (const { intent, stage, search } of Object.values(turn.state.orders)) {
    const orderId = intent.order.id;
    if (stage === 'accepted') {
      const reason = 'accepted, but the broker does not list it';
      turn.record({ type: 'order-unresolved', orderId, reason, ioAt });
    } else if (stage === 'unknown') {
      if (search?.lastIoAt === ioAt) continue; // the same answer again
      turn.record({ type: 'order-unseen', orderId, ioAt });
      concludeSearch(turn, orderId);
    }
  }
}

function concludeSearch(turn: Turn, orderId: string): void {
  const live = turn.state.orders[orderId];
  if (!live || !isProvenAbsent(live.search, turn.state.absenceProof)) return;
  if (!live.wasAccepted) {
    turn.record({ type: 'order-absent', orderId });
    return;
  }
  turn.announce({ type: 'alert', reason: `order ${orderId} was accepted and is nowhere` });
  giveUp(turn, live, 'accepted, and proven absent');
}

/** Sends orders that are proven not to be there again under the identity of the next attempt, or gives them up. */
export function resendAbsent(turn: Turn): void {
  for (const live of Object.values(turn.state.orders)) {
    if (!isUnplaced(live.stage)) continue;
    const next = nextOf(turn, live);
    if ('intent' in next) submit(turn, next.intent);
    else giveUp(turn, live, next.obstacle);
  }
}

/** The next attempt, or why there is none: too late, too often, or a limit that says no to it. */
function nextOf(
  turn: Turn,
  { intent: last, timesNotSent, timesRequoted }: LiveOrder,
): { readonly intent: OrderIntent } | { readonly obstacle: string | Denial } {
  const { symbol, tradeId, expiresAt } = last.order;
  if (turn.at > expiresAt) return { obstacle: 'expired' };
  const isTriedOften = timesNotSent >= timesNotSentMax || last.attempt >= attemptsMax;
  if (isTriedOften) return { obstacle: 'too many attempts' };
  if ((timesRequoted ?? 0) >= timesRequotedMax) return { obstacle: 'requoted too often' };
  const { books, instruments } = turn.state;
  const quote = books?.quotes[symbol];
  const instrument = instruments[symbol];
  if (!quote || !instrument) return { obstacle: 'broker-unread' };
  if (!isReserved(turn.state, tradeId)) return { obstacle: 'nothing is reserved for it' };
  const market = { quote, instrument, view: books.view };
  const intent = nextAttempt(turn, last, market);
  const denial = assessAttempt(turn, intent, market);
  return denial ? { obstacle: denial } : { intent };
}

function giveUp(turn: Turn, { intent }: LiveOrder, obstacle: string | Denial): void {
  const orderId = intent.order.id;
  if (typeof obstacle === 'string') {
    turn.record({ type: 'order-given-up', orderId, reason: obstacle });
    fail(turn, orderId, 'given-up', obstacle);
    return;
  }
  const { limit, observed, allowed } = obstacle;
  turn.record({ type: 'order-given-up', orderId, reason: limit, denial: obstacle });
  fail(turn, orderId, 'given-up', `${limit}: ${observed}, allowed ${allowed}`);
}

function fail(turn: Turn, orderId: string, outcome: string, reason: string): void {
  turn.announce({ type: 'order-failed', orderId, outcome, reason });
}
