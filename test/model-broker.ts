/** A broker as small as a rule book: one symbol, one account, books in memory. It outlives every engine. */
import type { AccountView } from '../src/domain/account.ts';
import type { Deal, DealReason } from '../src/domain/deal.ts';
import { type Instrument, lots, roundPrice, valuePerLot } from '../src/domain/instrument.ts';
import { direction, type Order, opposite, type TradeOutcome } from '../src/domain/order.ts';
import type { BrokerPosition } from '../src/domain/position.ts';
import type { Quote } from '../src/domain/quote.ts';
import { epochMs, money, price, roundTo, steps } from '../src/domain/units.ts';

/** What happens to a submitted order, beside being executed and answered. */
export type SubmitFault =
  | 'none'
  | '504-executed'
  | '504-lost'
  | '504-late'
  | 'not-sent'
  | 'rejected';

const centBitcoin: Instrument = {
  symbol: 'BTCUSD',
  brokerSymbol: 'BTCUSDc',
  digits: 2,
  point: 0.01,
  tickSize: 0.01,
  tickValue: 1,
  contractSize: 1,
  volumeStep: 0.01,
  volumeMin: steps(1),
  volumeMax: steps(10_000),
  stopsLevelPoints: 0,
  spreadPoints: 500,
  isTradable: true,
};

export class ModelBroker {
  readonly instrument: Instrument;
  readonly deals: Deal[] = [];
  /** Every order that was executed, in order. */
  readonly executed: Order[] = [];
  positions: BrokerPosition[] = [];
  /** Tickets of orders of ours that pend. */
  readonly pending: number[] = [];
  keepsOrders = false;
  balance = 100_000;
  commissionPerLot = 3;
  quote: Quote;
  /** Reads until orders that hang behind a 504 are executed. */
  readonly #late: { readonly order: Order; readsLeft: number }[] = [];
  #ticket = 1000;

  constructor(start: Quote, instrument: Partial<Instrument> = {}) {
    this.quote = start;
    this.instrument = { ...centBitcoin, ...instrument };
    this.deals.push({
      kind: 'balance',
      ticket: 1,
      at: start.at,
      amount: money(this.balance),
      comment: 'deposit',
    });
  }

  /** The market moves; stops and targets that it passes are filled at their price, or at the quote if it jumped. */
  move(quote: Quote): void {
    this.quote = quote;
    for (const position of [...this.positions]) {
      const leaveAt = position.side === 'buy' ? quote.bid : quote.ask;
      const gained = (level: number | undefined) =>
        level === undefined ? undefined : direction[position.side] * (leaveAt - level);
      if ((gained(position.stopLoss) ?? 1) <= 0) this.close(position.ticket, 'stop-loss');
      else if ((gained(position.takeProfit) ?? -1) >= 0) this.close(position.ticket, 'take-profit');
    }
  }

  submit(order: Order, fault: SubmitFault): TradeOutcome {
    switch (fault) {
      case 'none':
        this.execute(order);
        return { outcome: 'done', fill: { volume: order.volume } };
      case '504-executed':
        this.execute(order);
        return { outcome: 'unknown', reason: '504' };
      case '504-lost':
        return { outcome: 'unknown', reason: '504' };
      case '504-late':
        this.#late.push({ order, readsLeft: 2 });
        return { outcome: 'unknown', reason: '504' };
      case 'not-sent':
        return { outcome: 'not-sent', reason: '503' };
      case 'rejected':
        return { outcome: 'rejected', code: 10_019, reason: 'no money' };
    }
  }

  execute(order: Order, comment: string = order.id): BrokerPosition {
    const { symbol, side, volume, stopLoss, takeProfit } = order;
    this.executed.push(order);
    return this.open({ symbol, side, volume, stopLoss, takeProfit, comment, isOwned: true });
  }

  /** Opens a position, whoever it belongs to. */
  open(
    wanted: Pick<BrokerPosition, 'symbol' | 'side' | 'volume' | 'comment' | 'isOwned'> &
      Partial<Pick<BrokerPosition, 'stopLoss' | 'takeProfit'>>,
  ): BrokerPosition {
    this.#ticket += 1;
    const position: BrokerPosition = {
      ...wanted,
      ...this.#onGrid(wanted),
      ticket: this.#ticket,
      entry: wanted.side === 'buy' ? this.quote.ask : this.quote.bid,
      openedAt: this.quote.at,
      profit: money(0),
      swap: money(0),
    };
    this.positions = [...this.positions, position];
    this.#book(position, 'in', position.entry, 0, 'expert');
    return position;
  }

  close(ticket: number, reason: DealReason, volume?: number): TradeOutcome {
    const position = this.positions.find((each) => each.ticket === ticket);
    if (!position) return { outcome: 'done', fill: { volume: steps(0) } };
    const exit = this.#exit(position, reason);
    const part = steps(volume ?? position.volume);
    this.#book(
      { ...position, volume: part },
      'out',
      exit,
      this.#result(position, part, exit),
      reason,
    );
    const rest = steps(position.volume - part);
    this.positions = this.positions.flatMap((each) => {
      if (each.ticket !== ticket) return [each];
      return rest > 0 ? [{ ...each, volume: rest }] : [];
    });
    return { outcome: 'done', fill: { volume: part, price: exit } };
  }

  /** Refused while it does not want to. */
  cancelOrders(): TradeOutcome {
    if (this.keepsOrders) {
      return { outcome: 'rejected', code: 0, reason: `orders that pend still: ${this.pending}` };
    }
    this.pending.length = 0;
    return { outcome: 'done', fill: { volume: steps(0) } };
  }

  protect(ticket: number, stops: Pick<BrokerPosition, 'stopLoss' | 'takeProfit'>): TradeOutcome {
    this.positions = this.positions.map((each) =>
      each.ticket === ticket ? { ...each, ...this.#onGrid(stops) } : each,
    );
    return { outcome: 'done', fill: { volume: steps(0) } };
  }

  /** What an adapter reads in one go. */
  read() {
    for (const late of this.#late.splice(0)) {
      if (late.readsLeft === 0) this.execute(late.order);
      else this.#late.push({ ...late, readsLeft: late.readsLeft - 1 });
    }
    return {
      view: this.view(),
      positions: this.positions.map((each) => ({ ...each, profit: this.#floating(each) })),
      deals: [...this.deals],
      quotes: { BTCUSD: this.quote },
      instruments: { BTCUSD: this.instrument },
    };
  }

  view(): AccountView {
    const open = this.positions.reduce((sum, each) => sum + this.#floating(each), 0);
    const equity = money(roundTo(this.balance + open, 2));
    return {
      login: 7,
      currency: 'USC',
      currencyDigits: 2,
      leverage: 500,
      isHedging: true,
      isTradeAllowed: true,
      balance: money(this.balance),
      equity,
      margin: money(0),
      freeMargin: equity,
    };
  }

  /** Levels as the wire carries them. */
  #onGrid({ stopLoss, takeProfit }: Pick<BrokerPosition, 'stopLoss' | 'takeProfit'>) {
    return {
      ...(stopLoss !== undefined && { stopLoss: roundPrice(this.instrument, stopLoss) }),
      ...(takeProfit !== undefined && { takeProfit: roundPrice(this.instrument, takeProfit) }),
    };
  }

  #exit({ side, stopLoss, takeProfit }: BrokerPosition, reason: DealReason) {
    const leaveAt = side === 'buy' ? this.quote.bid : this.quote.ask;
    if (reason === 'take-profit' && takeProfit !== undefined) return takeProfit;
    if (reason !== 'stop-loss' || stopLoss === undefined) return leaveAt;
    return price(side === 'buy' ? Math.min(leaveAt, stopLoss) : Math.max(leaveAt, stopLoss));
  }

  #floating(position: BrokerPosition) {
    const leaveAt = position.side === 'buy' ? this.quote.bid : this.quote.ask;
    return money(this.#result(position, position.volume, leaveAt));
  }

  #result({ side, entry }: BrokerPosition, volume: number, exit: number): number {
    const size = lots(this.instrument, steps(volume)) * valuePerLot(this.instrument);
    return roundTo(direction[side] * (exit - entry) * size, 2) + 0; // never -0, as JSON has none
  }

  #book(
    position: BrokerPosition,
    entry: 'in' | 'out',
    at: BrokerPosition['entry'],
    profit: number,
    reason: DealReason,
  ): void {
    this.#ticket += 1;
    const { symbol, side, volume, ticket, comment, isOwned } = position;
    const commission = 0 - roundTo(this.commissionPerLot * lots(this.instrument, volume), 2);
    this.balance = roundTo(this.balance + profit + commission, 2);
    this.deals.push({
      kind: 'trade',
      ticket: this.#ticket,
      positionTicket: ticket,
      at: epochMs(this.quote.at),
      entry,
      symbol,
      side: entry === 'in' ? side : opposite[side],
      volume,
      price: at,
      profit: money(profit),
      swap: money(0),
      commission: money(commission),
      reason,
      comment: entry === 'in' ? comment : '',
      isOwned: entry === 'in' && isOwned,
    });
  }
}
