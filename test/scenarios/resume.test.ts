import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { reportOf } from '../../src/account/report.ts';
import { httpSimulationControl } from '../../src/brokers/simulation/http-control.ts';
import type { RunReport } from '../../src/cli/report.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { timeframeMs } from '../../src/domain/bar.ts';
import { type AccountPlan, planRun, type RunPlan } from '../../src/engine/run-plan.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startTerminalSimulator } from '../../src/terminal-simulator/terminal-simulator.ts';
import { connectTerminal } from '../../src/threads/terminal-connection.ts';
import { BotApiServer } from '../bot-api-server.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { eventually, type Novosky, novosky } from './process.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-resume-'));
const running: Novosky[] = [];
let config = '';

beforeAll(() => {
  config = scenarioConfig(join(folder, 'config'), { trading: eager });
});

afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

function run(state: string, ...args: readonly string[]): Novosky {
  const process_ = novosky(['run', '--config', config, '--state', state, '--no-console', ...args]);
  running.push(process_);
  return process_;
}

/** As npm and a shell pass on one Ctrl-C: the second half meets an engine that is stopping. */
async function pressCtrlC(engine: Novosky): Promise<void> {
  const pressedAt = systemClock.elapsed();
  engine.child.kill('SIGINT');
  await eventually('the stop to be said', () => engine.output().includes('\nstop    entries stop'));
  engine.child.kill('SIGINT');
  await endsInOrder(engine, pressedAt);
}

async function endsInOrder(engine: Novosky, pressedAt: number): Promise<void> {
  expect(await engine.ended, engine.output()).toBe(0);
  expect(systemClock.elapsed() - pressedAt).toBeLessThan(10_000);
  expect(engine.output().trimEnd().split('\n').at(-1)).toBe(
    'stopped positions stay behind their stops; start again to go on',
  );
  expect(engine.output()).not.toContain('restart ');
}

/** The accounts' own broker, asked while no engine runs. */
async function brokersWord(plan: RunPlan, { id, terminal }: AccountPlan) {
  const options = plan.simulators.find(({ key }) => key === terminal.key);
  if (options?.source.kind !== 'generator') throw new Error(`${id} has no generated market`);
  const simulator = await startTerminalSimulator({
    ...options,
    source: options.source,
    clock: systemClock,
  });
  const { signal } = new AbortController();
  const broker = connectTerminal(terminal, { clock: systemClock, magic: 1, deviationPoints: 0 });
  const control = httpSimulationControl({
    url: simulator.controlUrl,
    token: options.controlToken,
    clock: systemClock,
  });
  try {
    const { step } = await control.state(signal);
    const view = await broker.account(signal);
    const positions = await broker.positions(signal);
    return { step, balance: view.balance, tickets: positions.map(({ ticket }) => ticket).sort() };
  } finally {
    await simulator.close();
  }
}

/** What the account read first in its newest life. */
function firstRead(facts: readonly AccountFact[]) {
  const started = facts.findLastIndex(({ type }) => type === 'incarnation-started');
  const read = facts.slice(started).find((fact) => fact.type === 'broker-read');
  return {
    balance: read?.view.balance,
    tickets: read?.positions.map(({ ticket }) => ticket).sort(),
  };
}

function decidedBars(facts: readonly AccountFact[]): readonly number[] {
  return facts.flatMap((fact) =>
    fact.type === 'bar-decided' ? [Number(fact.trace.split('/').at(-1))] : [],
  );
}

describe('an engine that is stopped by Ctrl-C', () => {
  test('ends in order, and goes on where it was when it is started again', async () => {
    const state = join(folder, 'state');
    const first = run(state, '--speed', '900');
    await eventually('both accounts to trade', () =>
      ['exness_main', 'icmarkets_main'].every((id) => first.output().includes(`close   ${id}`)),
    );
    await pressCtrlC(first);

    const plan = await planRun({
      config: loadConfig(config, {}),
      stateFolder: state,
      modelsFolder: '',
    });
    const before = await Promise.all(plan.accounts.map((each) => brokersWord(plan, each)));

    const second = run(state, '--speed', '900');
    await eventually('both accounts to trade on', () =>
      plan.accounts.every(({ journalPath }, index) => {
        const facts = readJournal<AccountFact>(journalPath);
        return decidedBars(facts).length > (before[index]?.step ?? 0) + 10;
      }),
    );
    expect(second.output()).toContain(`goes on with ${state}`);
    await pressCtrlC(second);

    for (const [index, { id, journalPath }] of plan.accounts.entries()) {
      const facts = readJournal<AccountFact>(journalPath);
      expect(firstRead(facts)).toEqual({
        balance: before[index]?.balance,
        tickets: before[index]?.tickets,
      });
      expect(second.output()).toMatch(
        new RegExp(`^state +${id} .* started active, \\d open, epoch 2$`, 'm'),
      );
      // Every bar was decided once, the two lives without a seam.
      const bars = decidedBars(facts);
      expect(bars.slice(1).map((bar, at) => bar - (bars[at] as number))).toEqual(
        Array(bars.length - 1).fill(timeframeMs.M15),
      );
      expect(bars.length).toBeGreaterThan(before[index]?.step ?? 0);
      const { ordersWithoutStop, ordersWithoutIntent, duplicateOrders } = reportOf(facts);
      expect({ ordersWithoutStop, ordersWithoutIntent, duplicateOrders }).toEqual({
        ordersWithoutStop: 0,
        ordersWithoutIntent: 0,
        duplicateOrders: 0,
      });
      const after = await brokersWord(plan, plan.accounts[index] as AccountPlan);
      expect(after.step).toBeGreaterThan(before[index]?.step ?? 0);
    }
  }, 120_000);
});

describe('an engine that is stopped', () => {
  test('before it is up ends in order all the same', async () => {
    const engine = run(join(folder, 'early'));
    await eventually('the start', () => engine.output().includes('start   NOVOSKY'));
    const pressedAt = systemClock.elapsed();
    // Both halves in a row: it is down so soon that a later one could meet a Node that has given up its handlers.
    engine.child.kill('SIGINT');
    engine.child.kill('SIGINT');
    await endsInOrder(engine, pressedAt);
  }, 60_000);

  test('at once by an impatient person, while Telegram hangs, recovers at the next start', async () => {
    const [token, state] = ['1234:secret', join(folder, 'impatient')];
    const bot = await BotApiServer.start([token]);
    for (const method of ['getMe', 'getUpdates', 'sendMessage']) {
      bot.fail(method, ...Array.from({ length: 100 }, () => ({ type: 'hang' }) as const));
    }
    const telegram = { chat_id: '77', token_env: 'NOVOSKY_TEST_BOT' };
    const alerting = scenarioConfig(join(folder, 'alerting'), {
      trading: eager,
      accounts: ({ exness_main: account }) => ({ solo: { ...account, telegram } }),
    });
    const env = { NOVOSKY_TEST_BOT: token, NOVOSKY_TELEGRAM_API: bot.root };
    const begin = () => {
      const place = ['--config', alerting, '--state', state, '--no-console'];
      const engine = novosky(['run', ...place, '--speed', '900'], env);
      running.push(engine);
      return engine;
    };

    const first = begin();
    await eventually('trades', () => first.output().includes('close   solo'));
    // Within the first second these are one Ctrl-C; Telegram's two seconds of grace let it become a second one.
    await eventually('the end', () => {
      first.child.kill('SIGINT');
      return first.child.signalCode !== null || first.child.exitCode !== null;
    });
    expect(await first.ended).toBe('SIGKILL');
    expect(first.output()).toContain('stopped at once; the next start recovers from the journals');

    const second = begin();
    await eventually('more trades', () => second.output().includes('close   solo'));
    await pressCtrlC(second);
    const journal = join(state, 'state_exness_main.db');
    const facts = readJournal<AccountFact>(journal);
    const { ordersWithoutStop, ordersWithoutIntent, duplicateOrders } = reportOf(facts);
    expect({ ordersWithoutStop, ordersWithoutIntent, duplicateOrders }).toEqual({
      ordersWithoutStop: 0,
      ordersWithoutIntent: 0,
      duplicateOrders: 0,
    });
    await bot.stop();
  }, 90_000);
});

describe('a replay that is interrupted', () => {
  const path = join(folder, 'bars.csv');
  const bars = 150;
  let from = '';
  let uninterrupted: RunReport;

  async function replayTo(name: string): Promise<RunReport> {
    const report = join(folder, `${name}.json`);
    const engine = replay(name, '--speed', 'max', '--report', report);
    expect(await engine.ended, engine.output()).toBe(0);
    return JSON.parse(readFileSync(report, 'utf8')) as RunReport;
  }

  function replay(name: string, ...args: readonly string[]): Novosky {
    const bounds = ['--from', from, '--bars', String(bars)];
    return run(join(folder, name), '--replay', path, ...bounds, ...args);
  }

  beforeAll(async () => {
    from = new Date(writeGeneratedFile(path, { seed: 17, bars })).toISOString();
    uninterrupted = await replayTo('uninterrupted');
  }, 120_000);

  test.each<[name: string, interrupt: (engine: Novosky) => Promise<void>]>([
    ['Ctrl-C', pressCtrlC],
    [
      'kill -9',
      async (engine) => {
        engine.child.kill('SIGKILL');
        expect(await engine.ended).toBe('SIGKILL');
      },
    ],
  ])(
    'by %s and resumed gives the report of one that was not',
    async (name, interrupt) => {
      const engine = replay(name, '--speed', '1500');
      await eventually('trades', () => (engine.output().match(/^close /gm) ?? []).length > 3);
      await interrupt(engine);
      expect(engine.output()).not.toContain('done ');
      const resumed = await replayTo(name);
      expect(comparable(resumed)).toEqual(comparable(uninterrupted));
    },
    90_000,
  );

  test('has traded enough to be compared', () => {
    for (const { trades, terminalEquity, equity } of Object.values(uninterrupted.accounts)) {
      expect(trades.length).toBeGreaterThan(5);
      expect(terminalEquity).toBe(equity);
    }
  });
});

/** What must not differ. Attempts and searches may: a trade that was cut off is asked for again. */
function comparable({ wallMs, latencyMs, restarts, accounts, ...report }: RunReport) {
  return {
    ...report,
    accounts: Object.fromEntries(
      Object.entries(accounts).map(([id, { journal, attempts, unknown, ...account }]) => [
        id,
        account,
      ]),
    ),
  };
}
