import type { Deal } from '../domain/deal.ts';
import { isSame } from '../domain/is-same.ts';
import { amountOf, bookedDeal, dealsKept, newDeals } from './apply-deal.ts';
import { cancelWhatPends, isCancelled } from './cancel-orders.ts';
import { believedUnexplained, newestLacking } from './coherent-money.ts';
import { beginDay, clearGuard } from './day.ts';
import { adoptUnknown, findOrders } from './discovery.ts';
import { followFills } from './follow-fills.ts';
import { followPositions } from './follow-positions.ts';
import type { AccountInput } from './input.ts';
import { latchGuards } from './latch-guards.ts';
import { manageBetweenBars } from './manage.ts';
import { resendAbsent, searchOrders } from './order-life.ts';
import { closeWhatMust, dropUnmovedStops, protectNaked, searchCloses } from './position-calls.ts';
import { isCalling, isSettled } from './settled.ts';
import { changeState } from './trading-state.ts';
import type { Turn } from './turn.ts';
import { beginWeek } from './week.ts';

type Reconciled = Extract<AccountInput, { type: 'reconciled' }>;

/**
 * Makes our view and the broker's agree. The same answer twice changes nothing the second time. Closes are believed
 * only with their deals, absence only with its proof, and nothing foreign is touched.
 */
export function reconcile(turn: Turn, input: Reconciled): void {
  const believedBefore = believedUnexplained(turn.state);
  seeAccount(turn, input);
  beginDay(turn);
  readBooks(turn, input);
  const deals = inOrderOfTime(newDeals(turn.state, input.deals));
  findOrders(turn, deals);
  adoptUnknown(turn, deals);
  for (const deal of deals) turn.record({ type: 'deal-booked', deal });
  followFills(turn);
  followPositions(turn, input.ioAt);
  if (believedUnexplained(turn.state) !== believedBefore) tellUnexplained(turn);
  beginWeek(turn);
  latchGuards(turn);
  searchOrders(turn, input.ioAt);
  searchCloses(turn, input.ioAt);
  resendAbsent(turn);
  dropUnmovedStops(turn);
  protectNaked(turn);
  closeWhatMust(turn);
  cancelWhatPends(turn);
  manageBetweenBars(turn);
  proveFlat(turn);
  askAgain(turn);
}

/** A read that failed. Entries stop at the configured number in a row; what is under way is asked for again. */
export function failRead(turn: Turn, reason: string): void {
  turn.record({ type: 'read-failed', reason });
  const { readFailures, isRead, tripped } = turn.state;
  const { readFailuresMax } = turn.policy;
  if (readFailures >= readFailuresMax && !tripped['terminal-failover']) {
    const denial = {
      limit: 'terminal-failover',
      observed: readFailures,
      allowed: Math.max(0, readFailuresMax - 1),
    };
    turn.record({ type: 'guard-tripped', denial });
    turn.announce({ type: 'guard-tripped', denial });
  }
  const mustKnow = !isRead || !isSettled(turn.state) || readFailures >= readFailuresMax;
  if (mustKnow && !isCalling(turn.state)) {
    turn.reconcile({ afterMs: Math.min(30_000, 250 * 2 ** Math.min(readFailures, 10)) });
  }
}

/**
 * At first sight all that was booked before is history, and the balance is where we start. What came between the two
 * is news: the deals that the balance lacks.
 */
function seeAccount(turn: Turn, { view, deals }: Reconciled): void {
  if (turn.state.money) return;
  const { currency, currencyDigits, balance } = view;
  const inOrder = inOrderOfTime(deals);
  const amounts = inOrder.map(amountOf);
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  const lacking = newestLacking({ balance, sum, digits: currencyDigits }, amounts) ?? 0;
  turn.record({
    type: 'account-seen',
    currency,
    currencyDigits,
    startingBalance: balance,
    history: dealsKept(inOrder.slice(0, inOrder.length - lacking).map(bookedDeal)),
  });
}

/** A part of the balance stays without a deal that explains it: the guards count it against us, and a person hears of it. */
function tellUnexplained(turn: Turn): void {
  const amount = believedUnexplained(turn.state);
  if (amount === 0) return;
  const { currency, currencyDigits } = turn.state.money ?? { currency: '', currencyDigits: 2 };
  const as = amount < 0 ? 'counts as a loss' : 'does not count as profit';
  const reason = `no deal explains ${amount.toFixed(currencyDigits)} ${currency} of the balance: it ${as}`;
  turn.announce({ type: 'alert', reason });
}

function inOrderOfTime(deals: readonly Deal[]): readonly Deal[] {
  if (deals.length < 2) return deals;
  return deals.toSorted((a, b) => a.at - b.at || a.ticket - b.ticket);
}

function readBooks(turn: Turn, { view, positions, quotes, instruments }: Reconciled): void {
  for (const instrument of Object.values(instruments)) {
    if (isSame(instrument, turn.state.instruments[instrument.symbol])) continue;
    turn.record({ type: 'instrument-read', instrument });
  }
  const { books, isRead, readFailures } = turn.state;
  const isKnown =
    isSame(quotes, books?.quotes) &&
    isSame(view, books?.view) &&
    isSame(positions, books?.positions);
  if (!isRead || readFailures > 0 || !isKnown) {
    turn.record({ type: 'broker-read', view, positions, quotes });
  }
  clearGuard(turn, 'terminal-failover');
}

/** Flat is proven by the broker's own lists: no position, no order that pends, and none of ours is under way. */
function proveFlat(turn: Turn): void {
  const { isFlattening, positions, orders } = turn.state;
  if (!isFlattening || Object.keys(positions).length > 0 || Object.keys(orders).length > 0) return;
  if (!isCancelled(turn)) return;
  turn.record({ type: 'flattened' });
  const { state } = turn.state.trading;
  if (state === 'reducing') changeState(turn, 'paused', 'flat');
  if (state !== 'halted') return;
  turn.announce({ type: 'alert', reason: 'halted and flat: the broker lists nothing of ours' });
}

/** Reads again soon while something has to be found out; a call that is under way brings its own answer first. */
function askAgain(turn: Turn): void {
  if (isSettled(turn.state) || isCalling(turn.state)) return;
  const { sinceCallMs } = turn.state.absenceProof;
  turn.reconcile({ afterMs: Math.min(5_000, Math.max(100, sinceCallMs / 20)) });
}
