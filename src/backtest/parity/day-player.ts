import type { AccountFact } from '../../account/account-fact.ts';
import { type AccountState, initialState } from '../../account/account-state.ts';
import type { AccountPolicy } from '../../account/policy.ts';
import type { Bar, Trace } from '../../domain/bar.ts';
import type { Prediction } from '../../domain/prediction.ts';
import type { AccountId, Money } from '../../domain/units.ts';
import { epochMs } from '../../domain/units.ts';
import type { ExchangeTerms } from '../../exchange/terms.ts';
import type { FleetCaps } from '../../risk/exposure.ts';
import { AccountRun, type PositionJudge } from '../account-run.ts';
import { ExchangeBroker } from '../exchange-broker.ts';
import { restoredBooks } from './restored-books.ts';

export type DayTerms = {
  readonly account: AccountId;
  readonly symbol: string;
  readonly barMs: number;
  readonly terms: ExchangeTerms;
  readonly magic: number;
  readonly fleetCaps?: FleetCaps | undefined;
  readonly judge?: PositionJudge | undefined;
};

/** How an account begins of which nothing was known yet. */
export type FirstSight = { readonly policy: AccountPolicy; readonly deposit: Money };

type PersonInput = Parameters<AccountRun['obey']>[0];

export type PlayedBar = {
  readonly bar: Bar;
  readonly next: Bar | undefined;
  readonly trace: Trace;
  readonly prediction: Prediction | undefined;
  /** What people said before and after the bar was decided. */
  readonly earlier: readonly PersonInput[];
  readonly later: readonly PersonInput[];
};

/** The backtester's account and its broker, bar by bar, set back to what a journal says wherever that is wanted. */
export class DayPlayer {
  readonly #terms: DayTerms;
  #facts: AccountFact[] = [];
  #running: { readonly run: AccountRun; readonly broker: ExchangeBroker } | undefined;

  constructor(terms: DayTerms) {
    this.#terms = terms;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** What the account knows now. */
  get state(): AccountState {
    return this.#running?.run.state ?? initialState(this.#terms.account);
  }

  /** Goes on from what the account knew before `bar`; `first` is for one that knew nothing. */
  restart(before: AccountState, bar: Bar, first: FirstSight): void {
    const { symbol, magic, terms, fleetCaps } = this.#terms;
    const books = before.books && restoredBooks(before, before.books, { symbol, magic });
    const { deposit } = first;
    const broker = new ExchangeBroker({ terms, symbol, deposit, books, firstBar: bar, magic });
    this.#facts = [];
    const run = new AccountRun({
      ...{ policy: before.policy ?? first.policy, broker, fleetCaps },
      state: books && before,
      onFact: (fact) => this.#facts.push(fact),
    });
    this.#running = { run, broker };
  }

  /** Nothing is known of the account any more. */
  stop(): void {
    this.#running = undefined;
  }

  /** Plays a bar, decides about it, and tells what followed. */
  async play({
    bar,
    next,
    trace,
    prediction,
    earlier,
    later,
  }: PlayedBar): Promise<readonly AccountFact[]> {
    const { symbol, barMs, judge } = this.#terms;
    if (this.#running === undefined) return [];
    const { run, broker } = this.#running;
    broker.play(bar, next);
    for (const input of earlier) run.obey(input);
    run.decide({ trace, symbol, closedAt: epochMs(bar.openTime + barMs), prediction });
    if (judge && prediction?.hasPositionModel) await run.judge(judge);
    for (const input of later) run.obey(input);
    const facts = this.#facts;
    this.#facts = [];
    return facts;
  }
}
