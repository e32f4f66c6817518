import { unreachable } from '../domain/assert.ts';
import { orderIdOf } from '../domain/order-identity.ts';
import { assessEntry } from '../risk/guards/guards.ts';
import { stopsLevel } from '../risk/stops.ts';
import { entryRisk } from './account-risk.ts';
import type { AccountState, LiveOrder } from './account-state.ts';
import type { AccountInput } from './input.ts';
import { submit } from './submit.ts';
import type { Turn } from './turn.ts';

/** Times that a trade may fail to be sent before it is given up. */
const timesNotSentMax = 3;
/** Attempts that a trade may need, however often the engine dies on it. */
const attemptsMax = 20;
const retryAfterMs = 250;

/** What the broker said to an order. A refusal is final for its bar: no requote, no second price. */
export function answerOrder(
  turn: Turn,
  input: Extract<AccountInput, { type: 'order-answered' }>,
): void {
  const { orderId, outcome, ioAt } = input;
  if (!turn.state.orders[orderId]) return; // found at the broker before its answer came
  switch (outcome.outcome) {
    case 'done':
    case 'partial':
      turn.record({ type: 'order-accepted', orderId, fill: outcome.fill });
      turn.reconcile({ afterMs: 0 });
      break;
    case 'rejected': {
      const { code, reason } = outcome;
      turn.record({ type: 'order-rejected', orderId, code, reason });
      fail(turn, orderId, 'rejected', reason);
      break;
    }
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

/**
 * Looks for the orders that a healthy answer did not show. What the broker accepted stays unknown until it is seen;
 * what it may never have got counts as absent after the proof that its port asks for.
 */
export function searchOrders(turn: Turn, ioAt: AccountInput['ioAt']): void {
  for (const { intent, status, search } of Object.values(turn.state.orders)) {
    const orderId = intent.order.id;
    if (status === 'accepted') {
      const reason = 'accepted, but the broker does not list it';
      turn.record({ type: 'order-unresolved', orderId, reason, ioAt });
    } else if (status === 'unresolved' && search) {
      if (search.lastIoAt === ioAt) continue; // the same answer again
      turn.record({ type: 'order-unseen', orderId, ioAt });
      concludeSearch(turn, orderId);
    }
  }
}

function concludeSearch(turn: Turn, orderId: string): void {
  const live = turn.state.orders[orderId];
  if (!live || !isProvenAbsent(live, turn.state)) return;
  if (!live.wasAccepted) {
    turn.record({ type: 'order-absent', orderId });
    return;
  }
  turn.announce({ type: 'alert', reason: `order ${orderId} was accepted and is nowhere` });
  giveUp(turn, live, 'accepted, and proven absent');
}

function isProvenAbsent({ search }: LiveOrder, { absenceProof }: AccountState): boolean {
  if (search?.emptyMs === undefined) return false;
  const { sinceCallMs, emptyForMs } = absenceProof;
  return search.waitedMs >= sinceCallMs && search.emptyMs >= emptyForMs;
}

/** Sends absent orders again under the identity of the next attempt, or gives them up. */
export function resendAbsent(turn: Turn): void {
  for (const live of Object.values(turn.state.orders)) {
    if (live.status !== 'absent') continue;
    const { intent } = live;
    const obstacle = obstacleTo(turn, live);
    if (obstacle) {
      giveUp(turn, live, obstacle);
      continue;
    }
    const { order } = intent;
    const attempt = intent.attempt + 1;
    submit(turn, {
      ...intent,
      attempt,
      order: { ...order, id: orderIdOf(order.tradeId, attempt) },
    });
  }
}

/** Why an absent order may not be sent again: too late, too often, a guard, or a price that has passed its stops. */
function obstacleTo(turn: Turn, { intent, timesNotSent }: LiveOrder): string | undefined {
  const { order, attempt, atr } = intent;
  const { symbol, side, tradeId, expiresAt } = order;
  if (turn.at > expiresAt) return 'expired';
  if (timesNotSent >= timesNotSentMax || attempt >= attemptsMax) return 'too many attempts';
  const quote = turn.state.books?.quotes[symbol];
  const instrument = turn.state.instruments[symbol];
  if (!quote || !instrument) return 'broker-unread';
  const risk = entryRisk(turn.state, turn.policy, { symbol, atr, exceptTradeId: tradeId });
  return (assessEntry(risk)[0] ?? stopsLevel(order, side, quote, instrument))?.limit;
}

function giveUp(turn: Turn, { intent }: LiveOrder, reason: string): void {
  const orderId = intent.order.id;
  turn.record({ type: 'order-given-up', orderId, reason });
  fail(turn, orderId, 'given-up', reason);
}

function fail(turn: Turn, orderId: string, outcome: string, reason: string): void {
  turn.announce({ type: 'order-failed', orderId, outcome, reason });
}
