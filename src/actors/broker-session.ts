/** The account's conversation with its broker: one read round at a time, trades one after the other. */
import type { AccountState } from '../account/account-state.ts';
import { dealsFrom } from '../account/apply-deal.ts';
import type { AccountPolicy } from '../account/policy.ts';
import { dealsNeeded } from '../account/settled.ts';
import type { CloseRequest, ProtectRequest, Quotes, Trading } from '../brokers/broker.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Order, TradeOutcome } from '../domain/order.ts';
import type { BrokerPosition } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { Clock } from '../runtime/clock.ts';
import { deadline, QuickSignal, within } from '../runtime/deadline.ts';
import { settlesWithin } from '../runtime/settles-within.ts';
import type { BrokerAnswer } from './account-message.ts';

export type BrokerSessionOptions = {
  readonly policy: AccountPolicy;
  readonly trading: Trading;
  readonly quotes: Quotes;
  readonly clock: Clock;
  readonly timeouts: { readonly readMs: number; readonly tradeMs: number };
  /** Whether instruments are read again every few minutes: a real broker changes tick values and trade modes. */
  readonly refreshesInstruments: boolean;
  /** What was decided is on disk. Nothing that trades leaves before. */
  readonly onDisk: () => Promise<void>;
  /** Asked when an order is about to leave, which may be long after it was written down. */
  readonly maySend: () => boolean;
  /** Called with every answer, never synchronously. */
  readonly answer: (answer: BrokerAnswer) => void;
};

/** Told when an order's intent is on disk, and when the order is on its wire. */
export type OrderWatch = { readonly onDisk: () => void; readonly onWritten: () => void };

type Reconciled = Extract<BrokerAnswer['input'], { type: 'reconciled' }>;

const instrumentsEveryMs = 300_000;
/** A disk that takes longer is no disk to trade on. */
const onDiskWithinMs = 5_000;

export class BrokerSession {
  readonly #options: BrokerSessionOptions;
  readonly #closing = new QuickSignal();
  #instruments: Readonly<Record<string, Instrument>> = {};
  #instrumentsReadAt = 0;
  #trades: Promise<void> = Promise.resolve();
  #tradesInFlight = 0;
  /** Trade calls that were answered so far. */
  #tradesAnswered = 0;
  #isDraining = false;
  /** Number of the newest round that was started or asked for. */
  #round = 0;
  #reading = false;
  #readAgain: (() => AccountState) | undefined;
  /** The next round that begins by itself, and when, on `Clock.elapsed`. */
  #delayed: { readonly dueAt: number; readonly cancel: () => void } | undefined;

  constructor(options: BrokerSessionOptions) {
    this.#options = options;
  }

  /** Nothing is under way and nothing is waiting to be. */
  get isIdle(): boolean {
    return !this.willRead && this.#tradesInFlight === 0;
  }

  /** A round is under way or will begin by itself. */
  get willRead(): boolean {
    return this.isReading || this.#delayed !== undefined;
  }

  get isReading(): boolean {
    return this.#reading;
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

  /** The soonest of all wishes counts, and a round that begins fulfils those that were for later. */
  readAfter(afterMs: number, state: () => AccountState): void {
    if (afterMs === 0) {
      this.read(state);
      return;
    }
    const { clock } = this.#options;
    const dueAt = clock.elapsed() + afterMs;
    if (this.#delayed !== undefined && this.#delayed.dueAt <= dueAt) return;
    this.#forgetDelayed();
    const cancel = clock.after(afterMs, () => {
      this.#delayed = undefined;
      this.read(state);
    });
    this.#delayed = { dueAt, cancel };
  }

  submit(order: Order, watch?: OrderWatch): void {
    this.#trade(
      async (signal) => {
        watch?.onDisk();
        if (this.#isDraining) return { outcome: 'not-sent', reason: 'the account is stopping' };
        if (!this.#options.maySend())
          return { outcome: 'not-sent', reason: 'entries have stopped' };
        return this.#options.trading.submit(order, signal, watch?.onWritten);
      },
      (outcome) => ({ type: 'order-answered', orderId: order.id, outcome }),
    );
  }

  closePosition(request: CloseRequest): void {
    this.#trade(
      (signal) => this.#options.trading.close(request, signal),
      (outcome) => ({ type: 'close-answered', ticket: request.ticket, outcome }),
    );
  }

  /** Everything of ours that pends. */
  cancelOrders(): void {
    this.#trade(
      (signal) => this.#options.trading.cancelOrders(signal),
      (outcome) => ({ type: 'cancel-answered', outcome }),
    );
  }

  protect(request: ProtectRequest): void {
    this.#trade(
      (signal) => this.#options.trading.protect(request, signal),
      (outcome) => ({ type: 'protect-answered', ticket: request.ticket, outcome }),
    );
  }

  /**
   * Lets the trade calls that were asked for come to their answers, for so long at most: a stop that was on its way to
   * a naked position gets there. Orders that have not left yet stay.
   */
  async drain(afterMs: number): Promise<void> {
    this.#isDraining = true;
    this.#forgetDelayed();
    if (this.#tradesInFlight > 0) await settlesWithin(this.#trades, afterMs, this.#options.clock);
  }

  /** Lets go of everything in flight; its answers are not waited for. The next session asks the broker. */
  close(): void {
    this.#forgetDelayed();
    this.#closing.abort(new Error('the account is stopping'));
  }

  #forgetDelayed(): void {
    this.#delayed?.cancel();
    this.#delayed = undefined;
  }

  #trade(
    call: (signal: AbortSignal) => Promise<TradeOutcome>,
    input: (outcome: TradeOutcome) => BrokerAnswer['input'],
  ): void {
    this.#tradesInFlight += 1;
    this.#trades = this.#trades.then(async () => {
      const outcome = await this.#outcomeOf(call);
      this.#tradesAnswered += 1;
      this.#tradesInFlight -= 1;
      this.#options.answer({ ioAt: this.#ioNow(), input: input(outcome) });
    });
  }

  /** A dry account sends nothing, whatever it was told. A call that fails may have sent something. */
  async #outcomeOf(call: (signal: AbortSignal) => Promise<TradeOutcome>): Promise<TradeOutcome> {
    const { clock, timeouts, policy } = this.#options;
    if (policy.mode === 'dry') return { outcome: 'not-sent', reason: 'the account is dry' };
    try {
      if (!(await settlesWithin(this.#options.onDisk(), onDiskWithinMs, clock))) {
        return { outcome: 'not-sent', reason: `the disk took more than ${onDiskWithinMs} ms` };
      }
    } catch (cause) {
      return { outcome: 'not-sent', reason: reasonOf(cause) };
    }
    try {
      return await within(timeouts.tradeMs, clock, this.#closing, call);
    } catch (cause) {
      return { outcome: 'unknown', reason: reasonOf(cause) };
    }
  }

  /**
   * A round that a trade call was answered in is read again: what it saw may be older than the answer, and would count
   * as a proof that nothing was done.
   */
  #startRead(state: () => AccountState, round: number): void {
    this.#reading = true;
    this.#forgetDelayed();
    const ioAt = this.#ioNow();
    const tradesBefore = this.#tradesAnswered;
    void this.#readRound(state(), round, ioAt).then((answer) => {
      this.#reading = false;
      if (this.#closing.aborted) return;
      const isTorn = tradesBefore !== this.#tradesAnswered && answer.input.type === 'reconciled';
      const again = this.#readAgain ?? (isTorn ? state : undefined);
      const next = this.#readAgain === undefined ? round : round + 1;
      this.#readAgain = undefined;
      if (again !== undefined) this.#startRead(again, next);
      if (!isTorn) this.#options.answer(answer);
    });
  }

  #ioNow(): EpochMs {
    return epochMs(Math.floor(this.#options.clock.now()));
  }

  async #readRound(state: AccountState, round: number, ioAt: EpochMs): Promise<BrokerAnswer> {
    const { clock, timeouts } = this.#options;
    const { signal, clear } = deadline(timeouts.readMs, clock, this.#closing);
    try {
      const input = await this.#readBroker(state, signal);
      return { at: newest(input.quotes), ioAt, round, input };
    } catch (cause) {
      return { ioAt, round, input: { type: 'read-failed', reason: reasonOf(cause) } };
    } finally {
      clear();
    }
  }

  async #readBroker(state: AccountState, signal: AbortSignal): Promise<Reconciled> {
    const { trading, quotes: market, policy } = this.#options;
    const listing = trading.positions(signal);
    const [view, positions, instruments, ...quoted] = await Promise.all([
      trading.account(signal),
      listing,
      this.#wantsInstruments() ? this.#readInstruments(listing, signal) : this.#instruments,
      ...policy.symbols.map((symbol) => market.quote(symbol, signal)),
    ]);
    const quotes: Record<string, Quote> = {};
    for (const [index, quote] of quoted.entries()) quotes[policy.symbols[index] ?? ''] = quote;
    const deals = dealsNeeded(state, { view, positions })
      ? await trading.deals(dealsFrom(state), signal)
      : [];
    return { type: 'reconciled', view, positions, deals, quotes, instruments };
  }

  /** Caps of the fleet count whatever is held, traded here or not: what that is the listing says. */
  #wantsInstruments(): boolean {
    const { symbols, guards } = this.#options.policy;
    if (guards?.fleet !== undefined || this.#areOld()) return true;
    return symbols.some((symbol) => this.#instruments[symbol] === undefined);
  }

  #areOld(): boolean {
    const { clock, refreshesInstruments } = this.#options;
    return refreshesInstruments && clock.elapsed() - this.#instrumentsReadAt >= instrumentsEveryMs;
  }

  /** What never changes at a simulator is read once per session. */
  async #readInstruments(
    listing: Promise<readonly BrokerPosition[]>,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, Instrument>>> {
    const { clock, quotes } = this.#options;
    const symbols = await this.#symbols(listing);
    const now = clock.elapsed();
    const areOld = this.#areOld();
    const wanted = symbols.filter((symbol) => areOld || this.#instruments[symbol] === undefined);
    for (const symbol of wanted) {
      const instrument = await quotes.instrument(symbol, signal);
      this.#instruments = { ...this.#instruments, [symbol]: instrument };
    }
    if (wanted.length > 0) this.#instrumentsReadAt = now;
    return this.#instruments;
  }

  async #symbols(listing: Promise<readonly BrokerPosition[]>): Promise<readonly string[]> {
    const { symbols, guards } = this.#options.policy;
    if (guards?.fleet === undefined) return symbols;
    const held = (await listing).map(({ symbol }) => symbol);
    return [...new Set([...symbols, ...held])];
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function newest(quotes: Readonly<Record<string, Quote>>): EpochMs {
  let newest = 0;
  for (const symbol in quotes) newest = Math.max(newest, quotes[symbol]?.at ?? 0);
  return epochMs(newest);
}
