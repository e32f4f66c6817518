import type { CloseDetail, CloseType } from '../domain/account-event.ts';
import { assert } from '../domain/assert.ts';
import { type Instrument, lots } from '../domain/instrument.ts';
import type { Side } from '../domain/order.ts';
import { type Quote, quoteInBar } from '../domain/quote.ts';
import { type EpochMs, epochMs, money, roundTo } from '../domain/units.ts';
import type { AccountFact, OpenedPosition } from './account-fact.ts';
import { amountOf } from './apply-deal.ts';
import { type BarExtremes, type Excursion, ExcursionMeter } from './excursion.ts';

/** One trade, as the report and the trade table show it. An open one has null where its end is not known yet. */
export type TradeRow = {
  /** The identity without attempt. */
  readonly id: string;
  readonly symbol: string;
  readonly ticket: number;
  readonly side: Side;
  /** Lots. */
  readonly volume: number;
  readonly openTime: string;
  readonly entry: number;
  /** As first placed; null for an adopted position that had none. */
  readonly sl: number | null;
  readonly tp: number | null;
  readonly closeTime: string | null;
  readonly exit: number | null;
  readonly closeType: CloseType | null;
  readonly closeDetail: CloseDetail | null;
  /** Net of every deal so far, the opening one included. */
  readonly profit: number;
  readonly rMultiple: number | null;
  /** What `profit` is made of: the price's part, swap, and commission with fees (negative when paid). */
  readonly priceProfit: number;
  readonly swap: number;
  readonly commission: number;
  /** Closing deals so far: more than one where it was closed in parts. */
  readonly closingDeals: number;
} & Excursion;

type Row = Omit<TradeRow, keyof Excursion>;

const dayMs = 86_400_000;

/** Collects trades from facts, oldest first. */
export class TradeTable {
  readonly #rows = new Map<number, Row>();
  readonly #instruments = new Map<string, Instrument>();
  readonly #quotes = new Map<string, Quote>();
  readonly #meters = new Map<number, ExcursionMeter>();
  /** Of positions that another bar may be told of. */
  readonly #living = new Map<number, ExcursionMeter>();
  /** Every one: a position may be found long after it was opened. */
  readonly #bars: BarExtremes[] = [];
  #barMs: number | undefined;
  #currencyDigits = 2;

  add(fact: AccountFact): void {
    switch (fact.type) {
      case 'policy-changed':
        this.#barMs = fact.policy.barMs;
        break;
      case 'account-seen':
        this.#currencyDigits = fact.currencyDigits;
        break;
      case 'instrument-read':
        this.#instruments.set(fact.instrument.symbol, fact.instrument);
        break;
      case 'position-opened':
      case 'position-adopted':
        this.#open(fact.tradeId, fact.position);
        break;
      case 'position-grown':
        this.#grow(fact);
        break;
      case 'broker-read':
        this.#measure(fact);
        break;
      case 'bar-decided':
        this.#range(fact);
        break;
      case 'deal-booked':
        this.#book(fact.deal);
        break;
      case 'position-closed':
        this.#close(fact);
        break;
      default: // other facts are of no concern here
        break;
    }
  }

  rows(): readonly TradeRow[] {
    return [...this.#rows.values()].map((row) => ({ ...row, ...this.#excursionOf(row) }));
  }

  #open(id: string, position: OpenedPosition): void {
    const { ticket, symbol, side, entry, openedAt, stopLoss, takeProfit, volume } = position;
    const instrument = this.#instruments.get(symbol);
    this.#rows.set(ticket, {
      id,
      symbol,
      ticket,
      side,
      entry,
      volume: instrument ? lots(instrument, volume) : 0,
      openTime: new Date(openedAt).toISOString(),
      sl: stopLoss ?? null,
      tp: takeProfit ?? null,
      closeTime: null,
      exit: null,
      closeType: null,
      closeDetail: null,
      profit: 0,
      rMultiple: null,
      priceProfit: 0,
      swap: 0,
      commission: 0,
      closingDeals: 0,
    });
    const meter = new ExcursionMeter(position);
    const quote = this.#quotes.get(symbol);
    if (quote) meter.quoted(quote);
    for (const bar of this.#barsSince(openedAt)) meter.lived(bar);
    this.#meters.set(ticket, meter);
    this.#living.set(ticket, meter);
  }

  /** Bars of several symbols are told nearly in order, a late one within a day. */
  #barsSince(moment: EpochMs): readonly BarExtremes[] {
    const older = this.#bars.findLastIndex(({ openTime }) => openTime < moment - dayMs);
    return this.#bars.slice(older + 1);
  }

  /** More of its order was filled: entry and volume are those of all of it. */
  #grow({ ticket, volume, entry }: Extract<AccountFact, { type: 'position-grown' }>): void {
    const row = this.#rows.get(ticket);
    const instrument = row && this.#instruments.get(row.symbol);
    if (!row || !instrument) return;
    this.#rows.set(ticket, { ...row, entry, volume: lots(instrument, volume) });
    this.#meters.get(ticket)?.grow({ volume, entry });
  }

  /** Every open position that the broker lists, at the quote that was read with it. */
  #measure({ positions, quotes }: Extract<AccountFact, { type: 'broker-read' }>): void {
    for (const [symbol, quote] of Object.entries(quotes)) this.#quotes.set(symbol, quote);
    for (const meter of this.#living.values()) meter.missed();
    for (const { ticket, symbol } of positions) {
      const quote = quotes[symbol];
      const meter = this.#meters.get(ticket);
      if (quote && meter) meter.quoted(quote);
    }
  }

  /**
   * The bar that was decided, for every position that lived through it. Its asks are by the spread of the account's own
   * broker: the bids may be another's, and a spread counts in points that differ between brokers.
   */
  #range({ symbol, prediction }: Extract<AccountFact, { type: 'bar-decided' }>): void {
    const instrument = this.#instruments.get(symbol);
    if (!prediction?.bar || !instrument || this.#barMs === undefined) return;
    const { bar, barTime: openTime } = prediction;
    const extremes: BarExtremes = {
      symbol,
      openTime,
      closeTime: epochMs(openTime + this.#barMs),
      low: quoteInBar(bar.low, instrument, instrument, openTime),
      high: quoteInBar(bar.high, instrument, instrument, openTime),
    };
    this.#bars.push(extremes);
    for (const [ticket, meter] of this.#living) {
      if (meter.isOverBy(openTime)) this.#living.delete(ticket);
      else meter.lived(extremes);
    }
  }

  #book(deal: Extract<AccountFact, { type: 'deal-booked' }>['deal']): void {
    if (deal.kind !== 'trade') return;
    const row = this.#rows.get(deal.positionTicket);
    if (!row) return;
    const isClosing = deal.entry === 'out';
    if (isClosing) this.#meters.get(row.ticket)?.priced(deal.price);
    const added = (sum: number, amount: number) => roundTo(sum + amount, this.#currencyDigits);
    this.#rows.set(row.ticket, {
      ...row,
      profit: money(added(row.profit, amountOf(deal))),
      priceProfit: added(row.priceProfit, deal.profit),
      swap: added(row.swap, deal.swap),
      commission: added(row.commission, deal.commission),
      closingDeals: row.closingDeals + (isClosing ? 1 : 0),
    });
  }

  #close(fact: Extract<AccountFact, { type: 'position-closed' }>): void {
    const row = this.#rows.get(fact.ticket);
    if (!row) return;
    const { exit, closeType, closeDetail = null, profit, rMultiple } = fact;
    const closeTime = new Date(fact.closedAt).toISOString();
    const outcome = { closeTime, exit, closeType, closeDetail, profit, rMultiple };
    this.#rows.set(row.ticket, { ...row, ...outcome });
    this.#meters.get(row.ticket)?.closed(fact.closedAt);
  }

  #excursionOf({ ticket, symbol }: Row): Excursion {
    const meter = this.#meters.get(ticket);
    assert(meter, `position ${ticket} was never opened`);
    return meter.result(this.#instruments.get(symbol), this.#currencyDigits);
  }
}
