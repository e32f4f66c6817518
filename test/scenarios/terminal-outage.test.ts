import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { reportOf } from '../../src/account/report.ts';
import { mt5Terminal } from '../../src/brokers/mt5/terminal.ts';
import { httpSimulationControl } from '../../src/brokers/simulation/http-control.ts';
import { timeframeMs } from '../../src/domain/bar.ts';
import { epochMs } from '../../src/domain/units.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { openBarStore } from '../../src/market-data/bar-store.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { freePort } from './free-port.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { eventually, type Novosky, novosky } from './process.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

const tokens = { TERMINAL_TOKEN: 'terminal-token', CONTROL_TOKEN: 'control-token' };
const folder = mkdtempSync(join(tmpdir(), 'novosky-outage-'));
const path = join(folder, 'bars.csv');
const state = join(folder, 'state');
const running: Novosky[] = [];
const { signal } = new AbortController();
let from = '';

beforeAll(() => {
  from = new Date(writeGeneratedFile(path, { seed: 53, bars: 80 })).toISOString();
});

afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

function start(args: readonly string[]): Novosky {
  const process_ = novosky(args, tokens);
  running.push(process_);
  return process_;
}

/** A broker's terminal that can be switched off and on. Its books are on disk. */
class OutsideTerminal {
  readonly url: string;
  readonly #key: string;
  readonly #port: number;
  #process: Novosky | undefined;

  constructor(key: string, port: number) {
    this.#key = key;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  async on(): Promise<void> {
    const place = ['--port', String(this.#port), '--state', join(folder, this.#key)];
    const names = ['--token-env', 'TERMINAL_TOKEN', '--control-token-env', 'CONTROL_TOKEN'];
    const terminal = start(['terminal', '--replay', path, '--from', from, ...place, ...names]);
    this.#process = terminal;
    await eventually('the terminal to listen', () => terminal.output().includes(this.url));
  }

  async off(): Promise<void> {
    this.#process?.child.kill('SIGKILL');
    await this.#process?.ended;
  }

  async advance(step: number): Promise<void> {
    const { CONTROL_TOKEN: token } = tokens;
    await httpSimulationControl({ url: this.url, token, clock: systemClock }).advance(step, signal);
  }

  /** What the broker booked: the only truth about doubled orders. */
  async entries(): Promise<readonly string[]> {
    const broker = mt5Terminal({
      url: this.url,
      token: tokens.TERMINAL_TOKEN,
      symbols: { BTCUSD: 'BTCUSD' },
      ...{ magic: 20250101, deviationPoints: 20, clock: systemClock },
      ...{ readTimeoutMs: 5_000, tradeTimeoutMs: 5_000 },
      absenceProof: { sinceCallMs: 0, emptyForMs: 0 },
      serverOffset: { ms: 0 },
    });
    const deals = await broker.deals(epochMs(0), signal);
    return deals.flatMap((deal) =>
      deal.kind === 'trade' && deal.entry === 'in' ? [deal.comment] : [],
    );
  }
}

function facts(account: string): readonly AccountFact[] {
  const journal = join(state, `${account}.db`);
  return existsSync(journal) ? readJournal<AccountFact>(journal) : [];
}

function newestStoredBar(): number | undefined {
  const store = openBarStore(join(state, 'bars.db'));
  try {
    return store.last('BTCUSD', 'M15')?.openTime;
  } finally {
    store.close();
  }
}

function times(account: string, isMeant: (fact: AccountFact) => boolean): number {
  return facts(account).filter(isMeant).length;
}

const isFailover = (fact: AccountFact) =>
  fact.type === 'guard-tripped' && fact.denial.limit === 'terminal-failover';
const isOver = (fact: AccountFact) =>
  fact.type === 'guard-cleared' && fact.limit === 'terminal-failover';
const isDecided = ({ type }: AccountFact) => type === 'bar-decided';
const isOpened = ({ type }: AccountFact) => type === 'position-opened';
const isDenied = (fact: AccountFact) =>
  fact.type === 'bar-decided' &&
  fact.verdict === 'denied' &&
  fact.denial.limit === 'terminal-failover';

describe('a terminal that is down', () => {
  let first: OutsideTerminal;
  let second: OutsideTerminal;
  let engine: Novosky;
  let step = 0;

  beforeAll(async () => {
    first = new OutsideTerminal('first', await freePort());
    second = new OutsideTerminal('second', await freePort());
    const terminal = (url: string) => ({
      ...{ kind: 'simulator', url, symbols: { BTCUSD: 'BTCUSD' } },
      ...{ token_env: 'TERMINAL_TOKEN', control_token_env: 'CONTROL_TOKEN' },
    });
    const config = scenarioConfig(join(folder, 'config'), {
      trading: { ...eager, poll_seconds: 1, signal_sources: { BTCUSD: ['first', 'second'] } },
      terminals: () => ({ first: terminal(first.url), second: terminal(second.url) }),
      accounts: ({ icmarkets_main: account }) => ({
        one: { ...account, terminal_key: 'first', state_file: 'one.db' },
        two: { ...account, terminal_key: 'second', state_file: 'two.db' },
      }),
    });
    engine = start(['run', '--config', config, '--state', state, '--no-console']);
    for (const account of ['one', 'two'])
      await said(new RegExp(`^state +${account} .*started`, 'm'));
  }, 120_000);

  async function said(line: RegExp): Promise<void> {
    await eventually(`the line ${line}`, () => line.test(engine.output()));
  }

  /** Plays bars, each decided by both accounts, until `condition` holds. */
  async function playUntil(
    what: string,
    terminals: readonly OutsideTerminal[],
    condition: () => boolean,
  ): Promise<void> {
    for (let bars = 0; !condition(); bars += 1) {
      if (bars > 20) throw new Error(`20 bars brought no ${what}`);
      step += 1;
      for (const each of terminals) await each.advance(step);
      await eventually(`bar ${step} to be decided`, () =>
        ['one', 'two'].every((account) => times(account, isDecided) >= step),
      );
    }
  }

  test('at the start keeps nobody from starting, is said, and blocks entries', async () => {
    await eventually('the guards', () => times('one', isFailover) + times('two', isFailover) === 2);
    await said(/^guard +one .*tripped terminal-failover: 3, allowed 2$/m);
    await said(/^alert +no bars of BTCUSD from first, 3 failures in a row/m);
    expect(engine.child.exitCode).toBeNull();
  }, 60_000);

  test('and comes up lets trading begin', async () => {
    await Promise.all([first.on(), second.on()]);
    await eventually(
      'both guards to clear',
      () => times('one', isOver) + times('two', isOver) === 2,
    );
    await said(/^guard +one .*cleared terminal-failover$/m);
    // What closed before the feed has looked is history, and nobody decides on it.
    await eventually(
      'the feed to have looked',
      () => newestStoredBar() === Date.parse(from) - timeframeMs.M15,
    );
    await playUntil('positions', [first, second], () =>
      ['one', 'two'].every((account) => times(account, isOpened) > 0),
    );
  }, 90_000);

  test('in the middle is told after three failures and denied entries, and the other trades on', async () => {
    await first.off();
    await eventually('the guard', () => times('one', isFailover) === 2);
    const opened = times('two', isOpened);
    await playUntil(
      'denial and trade',
      [second],
      () => times('one', isDenied) > 0 && times('two', isOpened) > opened,
    );
    expect(times('two', isFailover)).toBe(1);
    await said(/^denied +one .*terminal-failover/m);
  }, 90_000);

  test('and is back again goes on, without a second order', async () => {
    const opened = times('one', isOpened);
    await first.on();
    await first.advance(step);
    await eventually('the guard to clear', () => times('one', isOver) === 2);
    await playUntil('trade', [first, second], () => times('one', isOpened) > opened);

    engine.child.kill('SIGINT');
    expect(await engine.ended, engine.output()).toBe(0);
    for (const [account, terminal] of [
      ['one', first],
      ['two', second],
    ] as const) {
      const { ordersWithoutStop, ordersWithoutIntent, duplicateOrders } = reportOf(facts(account));
      expect({ ordersWithoutStop, ordersWithoutIntent, duplicateOrders }).toEqual({
        ordersWithoutStop: 0,
        ordersWithoutIntent: 0,
        duplicateOrders: 0,
      });
      const tradeOf = new Map(
        facts(account).flatMap((fact) =>
          fact.type === 'order-intended' ? [[fact.intent.order.id, fact.intent.order.tradeId]] : [],
        ),
      );
      const trades = (await terminal.entries()).map((orderId) => tradeOf.get(orderId));
      expect(trades).not.toContain(undefined);
      expect(new Set(trades).size).toBe(trades.length);
    }
  }, 90_000);
});
