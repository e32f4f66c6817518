/**
 * What the journal and what reads it cost: commits a second, reconciling with 10,000 deals, a year of decisions asked
 * for, folded and made again. One account, in this process; the code from source.
 *
 *   npx tsx bench/journal.bench.ts
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountFact } from '../src/account/account-fact.ts';
import { type AccountState, initialState } from '../src/account/account-state.ts';
import { apply } from '../src/account/apply.ts';
import { decide } from '../src/account/decide.ts';
import type { Deal } from '../src/domain/deal.ts';
import { accountId, epochMs, money, price, steps } from '../src/domain/units.ts';
import { type JournalReader, openJournalReader } from '../src/journal/sqlite/journal-reader.ts';
import { openJournal } from '../src/journal/sqlite/sqlite-journal.ts';
import { decisionLog } from '../src/trade-log/decision-log.ts';
import { replayDecisions } from '../src/trade-log/decision-replay.ts';
import { equityLog } from '../src/trade-log/equity-log.ts';
import { tradeLog } from '../src/trade-log/trade-log.ts';
import { YearOfBars } from './account-year.ts';
import { printMachine, printTable, quantile, spread } from './measure.ts';

const account = accountId('bench');
const folder = mkdtempSync(join(tmpdir(), 'novosky-journal-bench-'));

printMachine();
const year = new YearOfBars(account);
year.play(35_040);
commits(year.facts.findLast(({ type }) => type === 'bar-decided') as AccountFact);
reconciling(year.state);
queries(year.facts);
rmSync(folder, { recursive: true });

/** One fact per commit, as a decision that holds makes it. */
function commits(fact: AccountFact): void {
  const rows = (['normal', 'full'] as const).map((durability) => {
    const journal = openJournal<AccountFact>(join(folder, `${durability}.db`));
    const times = Array.from({ length: 5 }, () => {
      const count = durability === 'normal' ? 10_000 : 1_000;
      const started = performance.now();
      for (let index = 0; index < count; index += 1) {
        journal.append([fact], durability);
        journal.tidy?.();
      }
      return count / ((performance.now() - started) / 1_000);
    });
    journal.close();
    return [durability.toUpperCase(), spread(times, 0)];
  });
  console.log(`\nCommits of one decision of ${JSON.stringify(fact).length} bytes:\n`);
  printTable(['durability', 'commits/s'], rows);
}

/** 10,000 deals are new at once, as after a long outage; and the same list comes again. */
function reconciling(state: AccountState): void {
  const spreadOut = dealsFrom(state.at + 60_000, 10_000, 60_000);
  const dense = dealsFrom(state.at + 60_000, 10_000, 300);
  const booked = answered(state, spreadOut).reduce(apply, state);
  const cases = [
    ['10,000 new, one a minute', state, spreadOut],
    ['10,000 new, all within an hour', state, dense],
    ['the same 10,000 again', booked, spreadOut],
  ] as const;
  const rows = cases.map(([name, before, deals]) => {
    const runs = Array.from({ length: 5 }, () => {
      const started = performance.now();
      const facts = answered(before, deals);
      return { ms: performance.now() - started, booked: facts.filter(isBooking).length };
    });
    const ms = runs.map((run) => run.ms);
    return [name, String(runs[0]?.booked), spread(ms, 1)];
  });
  console.log('\nReconciling (pure decision about one answer of the broker):\n');
  printTable(['deals in the answer', 'booked', 'ms'], rows);
}

function answered(state: AccountState, deals: readonly Deal[]): readonly AccountFact[] {
  const at = epochMs(Math.max(state.at, ...deals.map((deal) => deal.at)) + 1);
  const { view, positions, quotes } = state.books as NonNullable<AccountState['books']>;
  const read = { view, positions, quotes, deals, instruments: state.instruments };
  return decide(state, { type: 'reconciled', at, ioAt: at, ...read }).facts;
}

function isBooking({ type }: AccountFact): boolean {
  return type === 'deal-booked';
}

/** Deals of others: they move the balance and belong to no position of ours. */
function dealsFrom(from: number, count: number, everyMs: number): readonly Deal[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'trade',
    ticket: 50_000_000 + index,
    positionTicket: 90_000_000 + Math.floor(index / 2),
    at: epochMs(from + index * everyMs),
    entry: index % 2 === 0 ? 'in' : 'out',
    symbol: 'BTCUSD',
    side: index % 2 === 0 ? 'buy' : 'sell',
    volume: steps(10),
    price: price(95_000),
    profit: money(index % 2 === 0 ? 0 : 12.5),
    swap: money(0),
    commission: money(-0.35),
    reason: 'client',
    comment: '',
    isOwned: false,
  }));
}

/** Everything that a person asks of a year of M15 bars. */
function queries(facts: readonly AccountFact[]): void {
  const path = join(folder, 'year.db');
  const journal = openJournal<AccountFact>(path);
  for (let index = 0; index < facts.length; index += 100) {
    journal.append(facts.slice(index, index + 100), 'normal');
  }
  journal.close();
  const decisions = facts.filter(({ type }) => type === 'bar-decided').length;
  const megabytes = (statSync(path).size / 2 ** 20).toFixed(0);
  console.log(
    `\nA year: ${facts.length} facts, ${decisions} decisions, ${megabytes} MB, ${year.trades} trades:\n`,
  );
  const from = epochMs(year.state.at - 86_400_000);
  const rows = [
    ['newest 50 decisions', (reader: Reader) => first(decisionLog(reader, {}, 'newest-first'), 50)],
    [
      'decisions of the last day',
      (reader: Reader) => first(decisionLog(reader, { from }, 'newest-first')),
    ],
    ['all decisions', (reader: Reader) => first(decisionLog(reader, {}, 'oldest-first'))],
    ['all trades', (reader: Reader) => tradeLog(reader, {}).length],
    ['all readings of equity', (reader: Reader) => first(equityLog(reader, {}, 'oldest-first'))],
    ['recovery without a snapshot: every fact folded', foldAll],
    ['every decision made again, from the prediction on', replayAll],
  ] as const;
  printTable(
    ['query', 'rows', 'ms'],
    rows.map(([name, query]) => measured(path, name, query)),
  );
}

type Reader = JournalReader<AccountFact>;

function measured(path: string, name: string, query: (reader: Reader) => number): string[] {
  const runs = Array.from({ length: 3 }, () => {
    const started = performance.now();
    const reader = openJournalReader<AccountFact>(path);
    if (reader === undefined) throw new Error(`no journal at ${path}`);
    const rows = query(reader);
    reader.close();
    return { rows, ms: performance.now() - started };
  });
  const ms = runs.map((run) => run.ms);
  return [name, String(runs[0]?.rows), quantile(ms, 0.5).toFixed(0)];
}

function first(rows: Iterable<unknown>, count = Number.POSITIVE_INFINITY): number {
  let seen = 0;
  for (const _ of rows) {
    seen += 1;
    if (seen === count) break;
  }
  return seen;
}

function foldAll(reader: Reader): number {
  let state = initialState(account);
  let count = 0;
  for (const { fact } of reader.facts()) {
    state = apply(state, fact);
    count += 1;
  }
  return state.at > 0 ? count : 0;
}

function replayAll(reader: Reader): number {
  let count = 0;
  for (const { differences } of replayDecisions(account, reader.facts(), () => true)) {
    if (differences.length > 0) throw new Error(`a decision differs: ${differences[0]?.path}`);
    count += 1;
  }
  return count;
}
