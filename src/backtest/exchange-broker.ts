/**
 * A simulated broker without a wire: the exchange's books, told in the words of the MT5 adapter. What the simulator would
 * put on the wire and what the adapter would read off it are their own functions; only the bytes between them are left out.
 */
import { accountView } from '../brokers/mt5/account.ts';
import { balanceDeal, tradeDeal } from '../brokers/mt5/deals.ts';
import { brokerPosition } from '../brokers/mt5/positions.ts';
import { describeRetcode, retcodes } from '../brokers/mt5/retcode.ts';
import { filled, orderOutcome } from '../brokers/mt5/submit.ts';
import { type SymbolSpec, symbolSpec, volumeOf } from '../brokers/mt5/symbols.ts';
import { type TradeAnswer, tradeAnswer } from '../brokers/mt5/trade-answer.ts';
import type { AccountView } from '../domain/account.ts';
import type { Bar } from '../domain/bar.ts';
import type { Deal } from '../domain/deal.ts';
import { type Instrument, roundPrice } from '../domain/instrument.ts';
import type { Order, TradeOutcome } from '../domain/order.ts';
import type { BrokerPosition } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import { type EpochMs, type Money, type Price, type Steps, steps } from '../domain/units.ts';
import { openMarket, playBar } from '../exchange/play-bar.ts';
import { playUntilBooked } from '../exchange/play-bars.ts';
import { quoteReaches } from '../exchange/quote-reach.ts';
import { retcodeText } from '../exchange/retcode.ts';
import {
  type Booked,
  type ExchangeDeal,
  type ExchangeState,
  type OpenPosition,
  unbooked,
} from '../exchange/state.ts';
import { type ExchangeTerms, marketOf } from '../exchange/terms.ts';
import { type Answer, close, openAccount, protect, submit } from '../exchange/trade.ts';
import { equityOf, quoteOf } from '../exchange/valuation.ts';
import { wireTradeResult } from '../terminal-simulator/trade-routes.ts';
import {
  wireAccount,
  wireDeal,
  wirePosition,
  wireSymbol,
  wireTerminal,
} from '../terminal-simulator/wire.ts';
import { wireTime } from '../terminal-simulator/wire-time.ts';

/** What one look at the broker shows. */
export type BrokerLook = {
  readonly view: AccountView;
  readonly positions: readonly BrokerPosition[];
  readonly quotes: Readonly<Record<string, Quote>>;
  readonly instruments: Readonly<Record<string, Instrument>>;
};

export type ExchangeBrokerOptions = {
  readonly terms: ExchangeTerms;
  /** The one that is traded. */
  readonly symbol: string;
  readonly deposit: Money;
  /** Where the account goes on from, instead of a deposit; its quotes are not looked at. */
  readonly books?: ExchangeState | undefined;
  /** Its open is the first quote. */
  readonly firstBar: Bar;
  /** Stands on our orders. */
  readonly magic: number;
};

/** The broker's clock is UTC. */
const time = wireTime({ brokerMs: 0, configuredMs: 0 });
const terminal = wireTerminal(time, true);

export class ExchangeBroker {
  readonly #terms: ExchangeTerms;
  readonly #symbol: string;
  readonly #magic: number;
  readonly #spec: SymbolSpec;
  readonly #instruments: BrokerLook['instruments'];
  readonly #deals: Deal[] = [];
  /** Tickets of ours whose first deal is not known here. */
  readonly #ownedBefore: ReadonlySet<number>;
  #books: ExchangeState;
  /** The last bar, while nothing has happened in it but that the quote has moved on. */
  #quietBar: { readonly bar: Bar; readonly next: Bar | undefined } | undefined;

  constructor({ terms, symbol, deposit, books, firstBar, magic }: ExchangeBrokerOptions) {
    this.#terms = terms;
    this.#symbol = symbol;
    this.#magic = magic;
    const opened = books
      ? unbooked({ ...books, quotes: {} })
      : openAccount(terms, { amount: deposit, at: firstBar.openTime });
    const owned = opened.state.positions.filter((position) => position.magic === magic);
    this.#ownedBefore = new Set(owned.map(({ ticket }) => ticket));
    this.#books = openMarket(opened.state, terms, { symbol, bar: firstBar });
    const market = marketOf(terms, symbol);
    const { brokerSymbol } = market.instrument;
    const row = wireSymbol(market, quoteOf(this.#books, symbol), time);
    this.#spec = symbolSpec(row, { symbol, brokerSymbol });
    this.#instruments = { [symbol]: this.#spec.instrument };
    this.#keep(opened.deals);
  }

  get positions(): readonly OpenPosition[] {
    return this.#books.positions;
  }

  /** Market time: that of the quote. */
  get now(): EpochMs {
    return this.#quietBar?.next?.openTime ?? quoteOf(this.#state, this.#symbol).at;
  }

  get balance(): Money {
    return this.#books.balance;
  }

  /** Balance and the open positions at the quote. */
  get equity(): Money {
    return this.#books.positions.length === 0
      ? this.#books.balance
      : equityOf(this.#state, this.#terms);
  }

  look(): BrokerLook {
    const { bid, ask, at } = quoteOf(this.#state, this.#symbol);
    return {
      view: accountView({ terminal, account: wireAccount(this.#state, this.#terms) }),
      positions: this.#state.positions.map((position) => this.#told(position)),
      quotes: { [this.#symbol]: { bid, ask, at } },
      instruments: this.#instruments,
    };
  }

  /** Deals with `at >= from`, oldest first. */
  deals(from: EpochMs): readonly Deal[] {
    let first = this.#deals.length;
    while (first > 0 && (this.#deals[first - 1] as Deal).at >= from) first -= 1;
    return this.#deals.slice(first);
  }

  get dealCount(): number {
    return this.#deals.length;
  }

  /** What was booked after the first `count` deals. */
  dealsAfter(count: number): readonly Deal[] {
    return this.#deals.slice(count);
  }

  /**
   * Plays one bar, up to the open of the next one.
   *
   * @param finer the same bar in shorter ones, oldest first; what is known of its inside
   */
  play(bar: Bar, next: Bar | undefined, finer?: FinerBars): void {
    // Without a position the books are the same, and the quote is that of the last bar alone.
    if (this.#books.positions.length === 0) {
      this.#quietBar = { bar, next };
      return;
    }
    if (finer === undefined) {
      this.#record(playBar(this.#state, this.#terms, { symbol: this.#symbol, bar, next }));
      return;
    }
    const terms = withBars(this.#terms, this.#symbol, finer.barMs);
    const { bars } = finer;
    const reaches = quoteReaches(bars, marketOf(terms, this.#symbol).instrument);
    const request = { symbol: this.#symbol, bars, reaches, after: next };
    for (let from = 0; from < bars.length; ) {
      const played = playUntilBooked(this.#state, terms, { ...request, from });
      this.#record(played);
      from = played.next;
    }
  }

  /** A market order; the outcome is what the adapter would make of the server's answer. */
  submit(order: Order): TradeOutcome {
    const { instrument } = this.#spec;
    const answer = submit(this.#state, this.#terms, {
      symbol: order.symbol,
      side: order.side,
      volume: order.volume,
      stopLoss: roundPrice(instrument, order.stopLoss),
      takeProfit: roundPrice(instrument, order.takeProfit),
      magic: this.#magic,
      comment: order.id,
    });
    this.#record(answer);
    const { isHedging } = this.#terms.account;
    return orderOutcome(this.#spoken(answer), this.#spec, order.volume, isHedging);
  }

  /** Closes `volume` of a position, less where less would be left than `leaves`. */
  close(request: {
    readonly ticket: number;
    readonly volume: Steps;
    readonly leaves?: Steps;
  }): TradeOutcome {
    const { ticket } = request;
    const position = this.#find(ticket);
    if (position === undefined) return this.#gone(ticket, request.volume);
    const most = position.volume - (request.leaves ?? 0);
    if (most <= 0) return { outcome: 'done', fill: { ticket, volume: steps(0) } };
    const volume = steps(Math.min(request.volume, most));
    const answer = close(this.#state, this.#terms, { ticket, volume, magic: 0, comment: '' });
    this.#record(answer);
    const spoken = this.#spoken(answer);
    if (spoken.type === 'retcode' && spoken.meaning === 'done') {
      return filled({ ...spoken, ticket }, this.#spec, volume);
    }
    return failure(`Failed to close position: ${retcodeText[answer.retcode]}`);
  }

  /** Sets SL and TP; without a TP the present one stays. */
  protect(request: {
    readonly ticket: number;
    readonly stopLoss: Price;
    readonly takeProfit?: Price;
  }): TradeOutcome {
    const { ticket } = request;
    const position = this.#find(ticket);
    if (position === undefined) {
      const code = retcodes.positionClosed;
      return { outcome: 'rejected', code, reason: describeRetcode(code, '') };
    }
    const { instrument } = this.#spec;
    const stopLoss = roundPrice(instrument, request.stopLoss);
    const takeProfit =
      request.takeProfit === undefined
        ? position.takeProfit
        : roundPrice(instrument, request.takeProfit);
    const done: TradeOutcome = { outcome: 'done', fill: { ticket, volume: position.volume } };
    if (position.stopLoss === stopLoss && position.takeProfit === takeProfit) return done;
    const answer = protect(this.#state, this.#terms, { ticket, stopLoss, takeProfit });
    this.#record(answer);
    if (answer.retcode === retcodes.done) return done;
    return failure(`Failed to update position: ${retcodeText[answer.retcode]}`);
  }

  get #state(): ExchangeState {
    if (this.#quietBar === undefined) return this.#books;
    const request = { symbol: this.#symbol, ...this.#quietBar };
    this.#quietBar = undefined;
    this.#books = playBar(this.#books, this.#terms, request).state;
    return this.#books;
  }

  #find(ticket: number): OpenPosition | undefined {
    return this.#state.positions.find((position) => position.ticket === ticket);
  }

  /** A ticket that is not there any more, and the deal that closed it. */
  #gone(ticket: number, volume: Steps): TradeOutcome {
    const last = this.#deals.findLast(
      (deal) => deal.kind === 'trade' && deal.positionTicket === ticket && deal.entry === 'out',
    );
    if (last?.kind !== 'trade') {
      const reason = 'the position is not there; no deal that closed it is known yet';
      return { outcome: 'unknown', reason };
    }
    return { outcome: 'done', fill: { ticket, volume, price: last.price, at: last.at } };
  }

  #spoken(answer: Answer): TradeAnswer {
    const books = { account: this.#state, terms: this.#terms, symbol: this.#symbol };
    const status = answer.retcode === retcodes.done ? 201 : 200;
    return tradeAnswer({ type: 'json', status, body: wireTradeResult(answer, books) });
  }

  #told(position: OpenPosition): BrokerPosition {
    const row = wirePosition(position, this.#state, this.#terms, time);
    return brokerPosition(row, {
      spec: this.#spec,
      openedAt: position.openedAt,
      magic: this.#magic,
    });
  }

  #record(booked: Booked): void {
    this.#books = booked.state;
    this.#keep(booked.deals);
  }

  /** In their order: the exchange books them as time goes on. */
  #keep(deals: readonly ExchangeDeal[]): void {
    for (const deal of deals) this.#deals.push(this.#dealOf(deal));
  }

  #dealOf(deal: ExchangeDeal): Deal {
    const row = wireDeal(deal, this.#terms, time);
    if (deal.kind === 'balance') return balanceDeal(row, deal.at);
    const volume = volumeOf(this.#spec, row.volume);
    const isOwned = this.#isOurs(deal);
    return tradeDeal(row, { at: deal.at, symbol: deal.symbol, volume, isOwned });
  }

  /** By the magic number of the position's first deal: a close may bear none. */
  #isOurs({ positionTicket, entry, magic }: Extract<ExchangeDeal, { kind: 'trade' }>): boolean {
    if (entry === 'in' || magic === this.#magic) return magic === this.#magic;
    if (this.#ownedBefore.has(positionTicket)) return true;
    const known = this.#deals.findLast(
      (deal) => deal.kind === 'trade' && deal.positionTicket === positionTicket,
    );
    return known?.kind === 'trade' && known.isOwned;
  }
}

/** One bar in shorter ones. */
export type FinerBars = { readonly barMs: number; readonly bars: readonly Bar[] };

function withBars(terms: ExchangeTerms, symbol: string, barMs: number): ExchangeTerms {
  return {
    ...terms,
    markets: { ...terms.markets, [symbol]: { ...marketOf(terms, symbol), barMs } },
  };
}

/** The server says 500 to every refusal of a close or a change, and the adapter then finds the position as it was. */
function failure(text: string): TradeOutcome {
  return { outcome: 'rejected', code: 0, reason: `500 ${text}` };
}
