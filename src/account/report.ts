import type { CloseType } from '../domain/account-event.ts';
import { lots, valuePerLot } from '../domain/instrument.ts';
import { direction } from '../domain/order.ts';
import type { BrokerPosition } from '../domain/position.ts';
import { accountId, roundTo } from '../domain/units.ts';
import type { AccountFact } from './account-fact.ts';
import { type AccountState, initialState } from './account-state.ts';
import { apply } from './apply.ts';
import { OrderAudit, type OrderFaults } from './order-audit.ts';
import { type TradeRow, TradeTable } from './trade-table.ts';

/** One account of the report: a query over its journal. Nothing in it depends on the machine's speed. */
export type AccountReport = OrderFaults & {
  readonly predictions: number;
  readonly decisions: {
    readonly entered: number;
    readonly held: number;
    /** By the first reason. */
    readonly denied: Readonly<Record<string, number>>;
    /** Every reason against an entry, whichever came first: an entry may count under several. */
    readonly against: Readonly<Record<string, number>>;
  };
  /** Bars without a signal, by the gate that was not passed. */
  readonly heldBy: Readonly<Record<string, number>>;
  /** Trades that were intended; `attempts` counts every order of them. */
  readonly orders: number;
  readonly attempts: number;
  readonly fills: number;
  readonly rejects: number;
  /** Orders whose outcome had to be found out. */
  readonly unknown: number;
  readonly closes: Readonly<Record<string, number>>;
  readonly openPositions: number;
  readonly currency: string;
  readonly startingBalance: number;
  readonly balance: number;
  /** Balance and our own mark of the open positions at the newest quotes. */
  readonly equity: number;
  readonly trades: readonly TradeRow[];
};

export function reportOf(facts: Iterable<AccountFact>): AccountReport {
  const audit = new OrderAudit();
  const trades = new TradeTable();
  const tally = new Tally();
  let state = initialState(accountId('report'));
  for (const fact of facts) {
    audit.add(fact);
    trades.add(fact);
    tally.add(fact);
    state = apply(state, fact);
  }
  return {
    ...tally.counts(),
    openPositions: Object.keys(state.positions).length,
    ...audit.faults(),
    ...moneyOf(state),
    trades: trades.rows(),
  };
}

/** What happened, counted. */
class Tally {
  #entered = 0;
  readonly #heldBy: Record<string, number> = {};
  readonly #deniedBy: Record<string, number> = {};
  readonly #against: Record<string, number> = {};
  readonly #closes: Record<string, number> = { SL_HIT: 0, TP_HIT: 0, MANUAL: 0 } satisfies Partial<
    Record<CloseType, number>
  >;
  readonly #trades = new Set<string>();
  readonly #accepted = new Set<string>();
  readonly #unknown = new Set<string>();
  #attempts = 0;
  #fills = 0;
  #rejects = 0;

  add(fact: AccountFact): void {
    switch (fact.type) {
      case 'bar-decided':
        this.#decide(fact);
        break;
      case 'order-intended':
        this.#attempts += 1;
        this.#trades.add(fact.intent.order.tradeId);
        break;
      case 'order-accepted':
        this.#accepted.add(fact.orderId);
        break;
      case 'order-rejected':
        this.#rejects += 1;
        break;
      case 'order-unresolved':
        if (!this.#accepted.has(fact.orderId)) this.#unknown.add(fact.orderId);
        break;
      case 'position-opened':
        this.#fills += 1;
        break;
      case 'position-closed':
        count(this.#closes, fact.closeType);
        break;
      default: // other facts are of no concern here
        break;
    }
  }

  counts() {
    const held = total(this.#heldBy);
    return {
      predictions: this.#entered + held + total(this.#deniedBy),
      decisions: { entered: this.#entered, held, denied: this.#deniedBy, against: this.#against },
      heldBy: this.#heldBy,
      orders: this.#trades.size,
      attempts: this.#attempts,
      fills: this.#fills,
      rejects: this.#rejects,
      unknown: this.#unknown.size,
      closes: this.#closes,
    };
  }

  #decide(fact: Extract<AccountFact, { type: 'bar-decided' }>): void {
    if (fact.verdict === 'entered') this.#entered += 1;
    else count(fact.verdict === 'held' ? this.#heldBy : this.#deniedBy, fact.denial.limit);
    if (fact.verdict !== 'denied') return;
    for (const limit of [fact.denial.limit, ...fact.others]) count(this.#against, limit);
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, each) => sum + each, 0);
}

function moneyOf(state: AccountState) {
  const { money } = state;
  if (!money) return { currency: '', startingBalance: 0, balance: 0, equity: 0 };
  const { currency, currencyDigits, startingBalance, balance } = money;
  const open = (state.books?.positions ?? [])
    .map((position) => markOf(state, position, currencyDigits))
    .reduce((sum, each) => sum + each, 0);
  return { currency, startingBalance, balance, equity: roundTo(balance + open, currencyDigits) };
}

/** The open result at the newest quote, with swap. Of a foreign position the broker's own word is taken. */
function markOf(state: AccountState, position: BrokerPosition, digits: number): number {
  const { symbol, side, ticket, volume, swap, profit } = position;
  const quote = state.books?.quotes[symbol];
  const instrument = state.instruments[symbol];
  const ours = state.positions[ticket];
  if (!quote || !instrument || !ours) return profit + swap;
  const leaveAt = side === 'buy' ? quote.bid : quote.ask;
  const move = roundTo(direction[side] * (leaveAt - ours.entry), 8);
  return roundTo(move * lots(instrument, volume) * valuePerLot(instrument), digits) + swap;
}
