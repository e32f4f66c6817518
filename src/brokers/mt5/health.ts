import * as z from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import { BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';
import { type AccountRow, accountRow, hedging } from './account.ts';
import type { Reads } from './reads.ts';

/** The server answers `null` when the terminal did not tell it. */
const terminalRow = z.compile(
  z
    .object({
      connected: z.boolean(),
      trade_allowed: z.boolean(),
      tradeapi_disabled: z.boolean().default(false),
    })
    .nullable(),
);

/** Servers of former versions and of the other dialect name no mode. */
const pingRow = z.object({ mode: z.string().optional() });

export type Healthy = {
  readonly terminal: NonNullable<z.output<typeof terminalRow>>;
  readonly account: AccountRow;
};

type Round = Healthy & { readonly answeredAt: number };

/**
 * Whether the terminal can be believed. A healthy round is one answer of `/terminal` that says "connected" and one of
 * `/account` that names an account. Only beside such a round is an empty list or a "not found" a statement about the
 * account: the server gives both also when it could not ask.
 */
export class Health {
  readonly #reads: Reads;
  readonly #clock: Clock;
  #isKnownLive = false;
  #last: Round | undefined;
  #running: Promise<Round> | undefined;

  constructor(reads: Reads, clock: Clock) {
    this.#reads = reads;
    this.#clock = clock;
  }

  /** Whether every position has a ticket of its own; false before the first round. */
  get isHedging(): boolean {
    return this.#last?.account.margin_mode === hedging;
  }

  /** A round that begins now; rejects when it is not healthy. */
  check(signal: AbortSignal): Promise<Healthy> {
    const round = this.#ask(signal);
    this.#running = round;
    return round;
  }

  /**
   * A round that was answered after `since` (on `Clock.elapsed`): the last one, or one under way, is shared, so that
   * account and positions read side by side cost one round.
   */
  async checkedAfter(since: number, signal: AbortSignal): Promise<Healthy> {
    if (this.#last !== undefined && this.#last.answeredAt >= since) return this.#last;
    const shared = await this.#running?.catch(() => undefined); // Its own caller hears why it failed.
    if (shared !== undefined && shared.answeredAt >= since) return shared;
    return this.check(signal);
  }

  async #ask(signal: AbortSignal): Promise<Round> {
    const [terminal, account] = await Promise.all([
      this.#reads.get('/terminal', terminalRow, signal),
      this.#reads.get('/account', accountRow, signal),
      this.#refuseBacktest(signal),
    ]);
    if (terminal === null)
      throw new BrokerUnavailableError('the terminal does not answer its server');
    if (!terminal.connected) {
      throw new BrokerUnavailableError('the terminal has no connection to the broker');
    }
    const round = { terminal, account, answeredAt: this.#clock.elapsed() };
    this.#last = round;
    return round;
  }

  /** Live calls against an instance in backtest mode may start its terminal. Asked once. */
  async #refuseBacktest(signal: AbortSignal): Promise<void> {
    if (this.#isKnownLive) return;
    const { mode } = await this.#reads.get('/ping', pingRow, signal);
    if (mode === 'backtest') {
      throw new BrokerProtocolError(
        'the terminal is in backtest mode; point its url at a live one',
      );
    }
    this.#isKnownLive = true;
  }
}
