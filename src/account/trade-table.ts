import type { CloseType } from '../domain/account-event.ts';
import { type Instrument, lots } from '../domain/instrument.ts';
import type { Side } from '../domain/order.ts';
import { money, roundTo } from '../domain/units.ts';
import type { AccountFact, OpenedPosition } from './account-fact.ts';
import { amountOf } from './apply-deal.ts';

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
  /** Net of every deal so far, the opening one included. */
  readonly profit: number;
  readonly rMultiple: number | null;
};

/** Collects trades from facts, oldest first. */
export class TradeTable {
  readonly #rows = new Map<number, TradeRow>();
  readonly #instruments = new Map<string, Instrument>();
  #currencyDigits = 2;

  add(fact: AccountFact): void {
    switch (fact.type) {
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
    return [...this.#rows.values()];
  }

  #open(id: string, position: OpenedPosition): void {
    const { ticket, symbol, side, entry, openedAt, stopLoss, takeProfit, volume } = position;
    const instrument = this.#instruments.get(symbol);
    this.#rows.set(ticket, {
      ...{ id, symbol, ticket, side, entry },
      volume: instrument ? lots(instrument, volume) : 0,
      openTime: new Date(openedAt).toISOString(),
      sl: stopLoss ?? null,
      tp: takeProfit ?? null,
      closeTime: null,
      exit: null,
      closeType: null,
      profit: 0,
      rMultiple: null,
    });
  }

  #book(deal: Extract<AccountFact, { type: 'deal-booked' }>['deal']): void {
    if (deal.kind !== 'trade') return;
    const row = this.#rows.get(deal.positionTicket);
    if (!row) return;
    const profit = money(roundTo(row.profit + amountOf(deal), this.#currencyDigits));
    this.#rows.set(row.ticket, { ...row, profit });
  }

  #close(fact: Extract<AccountFact, { type: 'position-closed' }>): void {
    const row = this.#rows.get(fact.ticket);
    if (!row) return;
    const { exit, closeType, profit, rMultiple } = fact;
    const closeTime = new Date(fact.closedAt).toISOString();
    this.#rows.set(row.ticket, { ...row, closeTime, exit, closeType, profit, rMultiple });
  }
}
