/** The account's conversation with its broker: one read round at a time, trades one after the other. */
import type { AccountState } from '../account/account-state.ts';
import { dealsFrom } from '../account/apply-deal.ts';
import type { AccountPolicy } from '../account/policy.ts';
import { dealsNeeded } from '../account/settled.ts';
import type { CloseRequest, ProtectRequest, Quotes, Trading } from '../brokers/broker.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Order, TradeOutcome } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';
import type { BrokerAnswer } from './account.ts';

export type BrokerSessionOptions = {
  readonly policy: AccountPolicy;
  readonly trading: Trading;
  readonly quotes: Quotes;
  readonly clock: Clock;
  readonly timeouts: { readonly readMs: number; readonly tradeMs: number };
  /** Called with every answer, never synchronously. */
  readonly answer: (answer: BrokerAnswer) => void;
};

export class BrokerSession {
  readonly #options: BrokerSessionOptions;
  readonly #closing = new AbortController();
  readonly #instruments = new Map<string, Instrument>();
  #trades: Promise<void> = Promise.resolve();
  #tradesInFlight = 0;
  /** Number of the newest round that was started or asked for. */
  #round = 0;
  #reading = false;
  #readAgain: (() => AccountState) | undefined;
  #cancelDelayed: (() => void) | undefined;

  constructor(options: BrokerSessionOptions) {
    this.#options = options;
  }

  /** Nothing is under way and nothing is waiting to be. */
  get isIdle(): boolean {
    return !this.#reading && this.#tradesInFlight === 0 && this.#cancelDelayed === undefined;
  }

  /**
   * Reads account, positions, quotes and, where the state wants them, deals. A round under way is followed by another.
   * Returns the number of the round that begins after this call.
   */
  read(state: () => AccountState): number {
    if (this.#reading && this.#readAgain !== undefined) return this.#round;
    this.#round += 1;
    if (this.#reading) this.#readAgain = state;
    else this.#startRead(state, this.#round);
    return this.#round;
  }

  readAfter(afterMs: number, state: () => AccountState): void {
    this.#cancelDelayed?.();
    this.#cancelDelayed = undefined;
    if (afterMs === 0) {
      this.read(state);
      return;
    }
    this.#cancelDelayed = this.#options.clock.after(afterMs, () => {
      this.#cancelDelayed = undefined;
      this.read(state);
    });
  }

  submit(order: Order): void {
    this.#trade(
      (signal) => this.#options.trading.submit(order, signal),
      (outcome) => ({ type: 'order-answered', orderId: order.id, outcome }),
    );
  }

  closePosition(request: CloseRequest): void {
    this.#trade(
      (signal) => this.#options.trading.close(request, signal),
      (outcome) => ({ type: 'close-answered', ticket: request.ticket, outcome }),
    );
  }

  protect(request: ProtectRequest): void {
    this.#trade(
      (signal) => this.#options.trading.protect(request, signal),
      (outcome) => ({ type: 'protect-answered', ticket: request.ticket, outcome }),
    );
  }

  /** Lets go of everything in flight; its answers are not waited for. The next session asks the broker. */
  close(): void {
    this.#cancelDelayed?.();
    this.#closing.abort(new Error('the account is stopping'));
  }

  #trade(
    call: (signal: AbortSignal) => Promise<TradeOutcome>,
    input: (outcome: TradeOutcome) => BrokerAnswer['input'],
  ): void {
    const { clock, timeouts, answer } = this.#options;
    this.#tradesInFlight += 1;
    this.#trades = this.#trades.then(async () => {
      const outcome = await within(timeouts.tradeMs, clock, this.#closing.signal, call);
      this.#tradesInFlight -= 1;
      answer({ input: input(outcome) });
    });
  }

  #startRead(state: () => AccountState, round: number): void {
    this.#reading = true;
    void this.#readRound(state()).then((answer) => {
      this.#reading = false;
      const again = this.#readAgain;
      this.#readAgain = undefined;
      if (again !== undefined) this.#startRead(again, round + 1);
      this.#options.answer({ ...answer, round });
    });
  }

  async #readRound(state: AccountState): Promise<BrokerAnswer> {
    const { clock, timeouts } = this.#options;
    try {
      return await within(timeouts.readMs, clock, this.#closing.signal, (signal) =>
        this.#readBroker(state, signal),
      );
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      return { input: { type: 'read-failed', reason } };
    }
  }

  async #readBroker(state: AccountState, signal: AbortSignal): Promise<BrokerAnswer> {
    const { trading, policy } = this.#options;
    const [view, positions, quotes, instruments] = await Promise.all([
      trading.account(signal),
      trading.positions(signal),
      this.#readQuotes(policy.symbols, signal),
      this.#readInstruments(policy.symbols, signal),
    ]);
    const deals = dealsNeeded(state, { view, positions })
      ? await trading.deals(dealsFrom(state), signal)
      : [];
    return {
      at: newest(Object.values(quotes)),
      input: { type: 'reconciled', view, positions, deals, quotes, instruments },
    };
  }

  async #readQuotes(
    symbols: readonly string[],
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, Quote>>> {
    const quotes = await Promise.all(
      symbols.map((symbol) => this.#options.quotes.quote(symbol, signal)),
    );
    return Object.fromEntries(quotes.map((quote, index) => [symbols[index] ?? '', quote]));
  }

  /** Instruments are read once per session: a broker that changes them restarts its terminal. */
  async #readInstruments(
    symbols: readonly string[],
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, Instrument>>> {
    for (const symbol of symbols) {
      if (this.#instruments.has(symbol)) continue;
      this.#instruments.set(symbol, await this.#options.quotes.instrument(symbol, signal));
    }
    return Object.fromEntries(this.#instruments);
  }
}

function newest(quotes: readonly Quote[]): EpochMs {
  return epochMs(Math.max(0, ...quotes.map(({ at }) => at)));
}
