import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EpochMs, epochMs, type Money, type Price, steps } from '../domain/units.ts';
import type { Booked, ExchangeDeal, ExchangeOrder, ExchangeState } from '../exchange/state.ts';
import type { MarketMark } from './bar-source.ts';
import { type Books, openBooks } from './books.ts';
import { recentDealsMin } from './recent-deals.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-books-'));
const opening: Booked = {
  state: {
    balance: 100 as Money,
    positions: [],
    quotes: { BTCUSD: { bid: 1 as Price, ask: 2 as Price, at: epochMs(0) } },
    orderTicketNext: 1,
    dealTicketNext: 2,
  },
  deals: [{ kind: 'balance', ticket: 1, at: epochMs(0), amount: 100 as Money, comment: '' }],
  orders: [],
};

const barMs = 10;
const barsOften = fc.oneof(fc.constant(0), fc.nat(3), fc.nat(90));
const happenings = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('quote' as const), bars: fc.nat(70) }) },
  fc.record({ does: fc.constant('mark' as const) }),
  fc.record({ does: fc.constant('trade' as const), deals: fc.nat(2 * recentDealsMin) }),
  fc.record({ does: fc.constant('protect' as const) }),
  fc.record({ does: fc.constant('reopen' as const) }),
);
type Happening = typeof happenings extends fc.Arbitrary<infer T> ? T : never;

/** What books are told, and what they must know by then. */
class Account {
  state: ExchangeState = opening.state;
  step = 0;
  deals: ExchangeDeal[] = [...opening.deals];
  orders: ExchangeOrder[] = [];
  marks: MarketMark[] = [];
  at: EpochMs = epochMs(0);

  tell(books: Books, happening: Exclude<Happening, { does: 'reopen' }>): void {
    if (happening.does === 'quote') {
      for (let bar = 0; bar < happening.bars; bar++) this.#bar(books, []);
    } else if (happening.does === 'mark') {
      this.#bar(books, [{ index: this.step, value: `mark ${this.step}` }]);
    } else if (happening.does === 'protect') {
      this.#record(books, { ...this.state, positions: this.state.positions.slice(1) });
    } else {
      this.#trade(books, happening.deals);
    }
  }

  #bar(books: Books, marks: readonly MarketMark[]): void {
    this.step += 1;
    this.at = epochMs(this.step * barMs);
    const quote = { bid: this.step as Price, ask: (this.step + 1) as Price, at: this.at };
    this.#record(books, { ...this.state, quotes: { BTCUSD: quote } }, { marks });
    books.tidy();
  }

  #trade(books: Books, count: number): void {
    const common = { at: this.at, symbol: 'BTCUSD', side: 'buy', magic: 7, comment: 'é"' } as const;
    const shared = { ...common, volume: steps(1), price: 1 as Price, reason: 'expert' } as const;
    const tickets = Array.from({ length: count }, (_, index) => this.deals.length + 1 + index);
    const none = 0 as Money;
    const deals = tickets.map((ticket): ExchangeDeal => {
      const amounts = { profit: none, swap: none, commission: none };
      const positions = { orderTicket: ticket, positionTicket: ticket };
      return { kind: 'trade', ticket, ...positions, entry: 'in', ...shared, ...amounts };
    });
    const orders = tickets.map((ticket) => ({ ticket, positionTicket: ticket, ...shared }));
    const opened = tickets.map((ticket) => ({
      ...{ ticket, ...common, volume: steps(1), entry: 1 as Price, swap: 0 },
      ...{ openedAt: this.at, changedAt: this.at },
    }));
    const positions = [...this.state.positions, ...opened];
    this.#record(books, { ...this.state, positions }, { deals, orders });
  }

  #record(
    books: Books,
    state: ExchangeState,
    also: { deals?: ExchangeDeal[]; orders?: ExchangeOrder[]; marks?: readonly MarketMark[] } = {},
  ): void {
    const { deals = [], orders = [], marks = [] } = also;
    books.record(this.step, { state, deals, orders }, marks);
    this.state = state;
    this.deals.push(...deals);
    this.orders.push(...orders);
    this.marks.push(...marks);
  }
}

test('books know what they were told, also after they were closed and opened again', () => {
  let run = 0;
  const known = (books: Books, from: EpochMs, to: EpochMs) => ({
    progress: books.progress,
    mark: books.markAt(from),
    deals: books.dealsBetween(from, to),
    orders: books.ordersBetween(from, to),
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(happenings, barsOften, barsOften), { maxLength: 20 }),
      (script) => {
        run += 1;
        const open = () => openBooks(join(folder, `${run}.db`), { run }, () => opening);
        const account = new Account();
        let books = open();
        for (const [happening, ago, length] of script) {
          if (happening.does === 'reopen') {
            books.close();
            books = open();
          } else {
            account.tell(books, happening);
          }
          const from = epochMs(account.at - ago * barMs);
          const to = epochMs(from + length * barMs);
          const isAsked = ({ at }: { at: EpochMs }) => at >= from && at <= to;
          expect(known(books, from, to)).toEqual({
            progress: { step: account.step, state: account.state },
            mark: account.marks.findLast(({ index }) => index <= from),
            deals: account.deals.filter(isAsked),
            orders: account.orders.filter(isAsked),
          });
        }
        books.close();
      },
    ),
    { numRuns: 60 },
  );
});
