/** Events a second of one thread: decide, write the facts, fold them; 100 and 1,000 accounts, each with its own journal. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { type AccountState, initialState } from '../../src/account/account-state.ts';
import { apply } from '../../src/account/apply.ts';
import { decide } from '../../src/account/decide.ts';
import type { AccountInput } from '../../src/account/input.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { accountId, type EpochMs, epochMs, money, price } from '../../src/domain/units.ts';
import { accountPolicy } from '../../src/engine/account-policy.ts';
import { simulatedSymbols } from '../../src/exchange/instruments.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { openJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { printTable, spread } from '../measure.ts';

type Runner = { state: AccountState; readonly journal: Journal<AccountFact> };

const config = loadConfig('config', {}, { replay: true });
const [account] = Object.values(config.accounts);
if (account === undefined) throw new Error('the shipped configuration has an account');
const policy = accountPolicy(account, 900_000);
const instrument = simulatedSymbols['BTCUSDc']?.instrument;
if (instrument === undefined) throw new Error('the simulators quote BTCUSDc');
const begin = 1_735_725_600_000;
const rows: string[][] = [];
for (const accounts of [100, 1_000]) {
  rows.push([
    `${accounts}`,
    '>= 25,000 / >= 40,000',
    measure(accounts, 'normal', 20_000),
    measure(accounts, 'full', 2_000),
  ]);
}
printTable(
  ['accounts of a shard', 'target', 'events/s NORMAL', 'events/s FULL, one commit each'],
  rows,
);

function measure(accounts: number, durability: 'full' | 'normal', events: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'novosky-shard-'));
  const runners = Array.from({ length: accounts }, (_, n) => open(join(folder, `${n}.db`), n));
  const rates: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    const started = performance.now();
    for (let event = 0; event < events; event += 1) {
      const runner = runners[event % accounts];
      if (runner) take(runner, read(1 + round * events + event), durability);
    }
    if (round > 0) rates.push(events / ((performance.now() - started) / 1_000));
  }
  for (const { journal } of runners) journal.close();
  rmSync(folder, { recursive: true });
  return spread(rates, 0);
}

function open(path: string, number: number): Runner {
  const id = accountId(`account-${number}`);
  const runner = { state: initialState(id), journal: openJournal<AccountFact>(path) };
  const absenceProof = { sinceCallMs: 250, emptyForMs: 100 };
  take(
    runner,
    { type: 'opened', epoch: 1, policy: { ...policy, account: id }, absenceProof, ...at(0) },
    'normal',
  );
  take(runner, read(0), 'normal');
  return runner;
}

/** The account has been read, and its quote has moved. */
function read(event: number): AccountInput {
  const moved = 95_000 + (event % 9_973) / 10;
  return {
    type: 'reconciled',
    view: {
      ...{ login: 1, currency: 'USC', currencyDigits: 2, leverage: 400 },
      ...{ isHedging: true, isTradeAllowed: true },
      ...{ balance: money(100_000), equity: money(100_000) },
      ...{ margin: money(0), freeMargin: money(100_000) },
    },
    ...{ positions: [], deals: [] },
    quotes: { BTCUSD: { bid: price(moved), ask: price(moved + 14), at: at(event).at } },
    instruments: { BTCUSD: instrument as NonNullable<typeof instrument> },
    ...at(event),
  };
}

function at(event: number): { readonly at: EpochMs; readonly ioAt: EpochMs } {
  return { at: epochMs(begin + event * 1_000), ioAt: epochMs(begin + event * 1_000) };
}

function take(runner: Runner, input: AccountInput, durability: 'full' | 'normal'): void {
  const { facts } = decide(runner.state, input);
  if (facts.length === 0 && input.type === 'reconciled') throw new Error('an event was none');
  runner.journal.append(facts, durability);
  runner.journal.tidy?.();
  runner.state = facts.reduce(apply, runner.state);
}
