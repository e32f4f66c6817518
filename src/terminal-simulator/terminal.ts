import type { SimulationState } from '../brokers/simulation-control.ts';
import { assert } from '../domain/assert.ts';
import type { Bar } from '../domain/bar.ts';
import type { EpochMs, Money } from '../domain/units.ts';
import { openMarket, playBar } from '../exchange/play-bar.ts';
import type { Booked, ExchangeState } from '../exchange/state.ts';
import { type ExchangeTerms, marketOf } from '../exchange/terms.ts';
import { type Answer, openAccount } from '../exchange/trade.ts';
import { quoteOf } from '../exchange/valuation.ts';
import type { BarSource } from './bar-source.ts';
import { type Books, openBooks } from './books.ts';

/** A step beyond the end of the replay. */
export class StepOutOfRangeError extends Error {
  override readonly name = 'StepOutOfRangeError';
}

export type TerminalOptions = {
  readonly booksPath: string;
  readonly source: BarSource;
  /** Logical name of the one symbol that is quoted. */
  readonly symbol: string;
  readonly terms: ExchangeTerms;
  readonly deposit: Money;
};

/**
 * The terminal behind the wire: one account, one symbol, and where the replay stands. At step k the first k bars of the
 * replay have closed and the quote is the open of the next one. Whatever changes is on disk before a call returns.
 */
export class Terminal {
  readonly symbol: string;
  readonly terms: ExchangeTerms;
  readonly source: BarSource;
  readonly books: Books;

  constructor({ booksPath, source, symbol, terms, deposit }: TerminalOptions) {
    this.symbol = symbol;
    this.terms = terms;
    this.source = source;
    const identity = { ...source.identity, symbol, ...terms.account, deposit };
    this.books = openBooks(booksPath, identity, () => {
      const bar = source.barAt(source.indexFrom);
      assert(bar, 'a replay has a first bar');
      const opened = openAccount(terms, { amount: deposit, at: bar.openTime });
      return { ...opened, state: openMarket(opened.state, terms, { symbol, bar }) };
    });
    const mark = this.books.markAt(source.markNeeded(this.formingIndex));
    if (mark !== undefined) source.resume(mark);
  }

  get account(): ExchangeState {
    return this.books.progress.state;
  }

  get brokerSymbol(): string {
    return marketOf(this.terms, this.symbol).instrument.brokerSymbol;
  }

  /** Index of the bar that is forming: the newest of the source that anybody may know of. */
  get formingIndex(): number {
    return this.source.indexFrom + this.books.progress.step;
  }

  /** The forming bar as it stands: it has its open and nothing else. */
  formingBar(): Bar {
    const { bid, at } = quoteOf(this.account, this.symbol);
    const spreadPoints = this.source.barAt(this.formingIndex)?.spreadPoints;
    return {
      openTime: at,
      open: bid,
      high: bid,
      low: bid,
      close: bid,
      volume: 1,
      ...(spreadPoints === undefined ? {} : { spreadPoints }),
    };
  }

  simulationState(): SimulationState {
    const lastBar = this.source.barAt(this.formingIndex - 1);
    assert(lastBar, 'a replay begins after a closed bar');
    const { stepsMax } = this.source;
    return {
      step: this.books.progress.step,
      ...(stepsMax === undefined ? {} : { stepsMax }),
      lastBarTime: lastBar.openTime,
      now: this.now(),
    };
  }

  /** Market time: that of the quote. */
  now(): EpochMs {
    return quoteOf(this.account, this.symbol).at;
  }

  /** Plays bars until `step` have closed, one commit each. Does nothing when they already have. */
  advance(step: number): SimulationState {
    const { stepsMax } = this.source;
    if (stepsMax !== undefined && step > stepsMax) {
      throw new StepOutOfRangeError(`step ${step} does not exist: the replay has ${stepsMax} bars`);
    }
    while (this.books.progress.step < step) {
      this.#playNext();
      // The bar is not out yet: nobody waits for a quote of it.
      this.books.tidy();
    }
    return this.simulationState();
  }

  /** Asks the market and keeps what it booked. A refusal changes nothing and is not written. */
  trade(ask: (account: ExchangeState, terms: ExchangeTerms) => Answer): Answer {
    const answer = ask(this.account, this.terms);
    if (answer.state !== this.account) this.books.record(this.books.progress.step, answer);
    return answer;
  }

  close(): void {
    this.books.close();
  }

  #playNext(): void {
    const bar = this.source.barAt(this.formingIndex);
    assert(bar, `bar ${this.formingIndex} does not exist`);
    const next = this.source.barAt(this.formingIndex + 1);
    const booked: Booked = playBar(this.account, this.terms, { symbol: this.symbol, bar, next });
    this.books.record(this.books.progress.step + 1, booked, this.source.newMarks());
  }
}
