/** One account, looked at from outside: its journal, its broker's books, and what the engine shows of it. */
import { existsSync } from 'node:fs';
import type { AccountFact } from '../account/account-fact.ts';
import { snapshotOf } from '../account/account-snapshot.ts';
import { isSettled } from '../account/settled.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import { traceOf } from '../domain/bar.ts';
import { roundTo } from '../domain/units.ts';
import { equityOf } from '../exchange/valuation.ts';
import { readJournal } from '../journal/sqlite/sqlite-journal.ts';
import { AccountAudit, type Violation } from '../simulation/account-audit.ts';
import type { WireRequest } from '../terminal-simulator/reply.ts';
import type { Terminal } from '../terminal-simulator/terminal.ts';
import type { Judge } from './judge.ts';

/** An order that was on its way when entries stopped may arrive so much later. */
const underWayMs = 2_000;

export type AccountWatchOptions = {
  readonly account: string;
  readonly journalPath: string;
  readonly judge: Judge;
  readonly now: () => number;
  /** On a clock that only grows. */
  readonly elapsed: () => number;
  /** The account has begun a new life. */
  readonly onStarted: (epoch: number) => void;
};

export class AccountWatch {
  readonly #options: AccountWatchOptions;
  readonly #audit: AccountAudit;
  readonly #facts: AccountFact[] = [];
  /** Entries are stopped since then. */
  #stoppedAt: number | undefined;
  /** An order has arrived that left a moment ago: entries may have been stopped in between. */
  #isArriving = false;
  #isLost = false;
  #isLeaving = false;
  /** It was not waited for at some time: some bars are not decided, and that is right. */
  #wasLost = false;
  #orders = 0;
  #denials = 0;
  #quietPoints = 0;

  constructor(options: AccountWatchOptions) {
    this.#options = options;
    const { account, elapsed } = options;
    const report = (violation: Violation) => this.#found(violation);
    this.#audit = new AccountAudit({ account, elapsed, now: options.now, report });
  }

  /** Orders that have arrived at the broker. */
  get orders(): number {
    return this.#orders;
  }

  /** Signals that guards did not let through. */
  get denials(): number {
    return this.#denials;
  }

  /** How often all of a bar was done. */
  get quietPoints(): number {
    return this.#quietPoints;
  }

  get facts(): number {
    return this.#facts.length;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  get balance(): number {
    return this.#audit.state.money?.balance ?? 0;
  }

  get openPositions(): number {
    return Object.keys(this.#audit.state.positions).length;
  }

  /** How often a command stands in the journal. */
  commands(command: string): number {
    this.look();
    return this.#audit.commands(command);
  }

  /** Takes what was written since the last look. */
  look(): void {
    const { judge, elapsed, onStarted } = this.#options;
    for (const fact of this.#written()) {
      this.#facts.push(fact);
      this.#audit.appended([fact]);
      const isDenied = fact.type === 'bar-decided' && fact.verdict === 'denied';
      if (isDenied) this.#denials += 1;
      if (isDenied || fact.type === 'order-intended') judge.checked('no entry passes a guard');
      if (fact.type === 'incarnation-started') {
        judge.checked('epochs grow');
        onStarted(fact.epoch);
      }
    }
    const isStopped = this.#audit.state.trading.state !== 'active';
    this.#stoppedAt = isStopped ? (this.#stoppedAt ?? elapsed()) : undefined;
  }

  /** A request of the contract has come to the broker. */
  arrived({ method, path, body }: WireRequest): void {
    if (method !== 'POST' || path.join('/') !== 'orders') return;
    const { account, judge, elapsed } = this.#options;
    this.look();
    this.#orders += 1;
    const orderId = orderIdOf(body.text);
    judge.checked('no order leaves without an intent on disk');
    judge.checked('no order is doubled');
    this.#isArriving = true;
    this.#audit.orderLeaves(orderId, this.#facts);
    this.#isArriving = false;
    const { trading } = this.#audit.state;
    if (this.#stoppedAt !== undefined && elapsed() - this.#stoppedAt > underWayMs) {
      judge.violated(
        'no entry passes a guard',
        `${account}: order ${orderId} was sent while ${trading.state}`,
      );
    }
  }

  /** The broker's books have changed, or may have. */
  brokerStands(terminal: Terminal): void {
    const { positions } = terminal.account;
    this.#options.judge.checked('no position stands without a stop', positions.length);
    this.#audit.brokerStands(terminal.account);
  }

  /** Market time goes on: all of the last bar is said to be done, and both books must say the same. */
  barIsDone(terminal: Terminal): void {
    if (terminal.books.progress.step === 0) return;
    this.look();
    const { judge, account } = this.#options;
    const trace = traceOf(terminal.symbol, 'M15', terminal.simulationState().lastBarTime);
    const wasLost = this.#isLost;
    if (wasLost || this.#isLeaving) {
      this.#isLost = !this.#facts.some(
        (fact) => fact.type === 'bar-decided' && fact.trace === trace,
      );
      this.#wasLost ||= this.#isLost;
      // Whoever comes back in the middle of a bar decides it, and is waited for from the next one on.
      if (this.#isLost || wasLost) return;
    }
    this.#quietPoints += 1;
    judge.checked('each bar is decided exactly once');
    judge.checked('the books agree at each quiet point');
    this.#audit.barIsDone(trace, terminal.account);
    if (this.#audit.state.isFlattening || !isSettled(this.#audit.state)) return;
    const [ours, theirs] = [snapshotOf(this.#audit.state).equity, brokerEquity(terminal)];
    if (ours === theirs) return;
    judge.violated(
      'the books agree at each quiet point',
      `${account}: equity ${ours}, broker ${theirs} after ${trace}`,
    );
  }

  /** The engine shows it to people. */
  shown(snapshot: AccountSnapshot): void {
    this.look();
    this.#options.judge.checked('what is shown is what the journal says');
    this.#audit.shown(snapshot);
  }

  /** It was taken out of the configuration, or is in it again: when it goes, nobody waits for it any more. */
  leaves(isLeaving: boolean): void {
    this.#isLeaving = isLeaving;
  }

  /** Nobody runs it any more, until a person acts. */
  lost(): void {
    this.#isLost = true;
    this.#wasLost = true;
  }

  /** At a quiet point after which nothing follows. */
  ended(terminal: Terminal): void {
    if (this.#isLost) return;
    const broker = { balance: terminal.account.balance, equity: brokerEquity(terminal) };
    const { step } = terminal.books.progress;
    this.#audit.ended(this.#facts, broker, this.#wasLost ? undefined : step);
  }

  #found(violation: Violation): void {
    if (this.#isArriving && violation.rule === 'an entry passed a guard') return;
    this.#options.judge.found(violation);
  }

  #written(): readonly AccountFact[] {
    const { journalPath } = this.#options;
    return existsSync(journalPath) ? readJournal<AccountFact>(journalPath, this.#facts.length) : [];
  }
}

function brokerEquity({ account, terms }: Terminal): number {
  return roundTo(equityOf(account, terms), terms.account.currencyDigits);
}

/** The broker's own mark of the order; empty where the body is none. */
function orderIdOf(text: string): string {
  const body = JSON.parse(text) as { readonly comment?: unknown };
  return String(body.comment ?? '');
}
