import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { AccountWorld, aPrediction } from '../../../test/account-world.ts';
import { BotApiServer } from '../../../test/bot-api-server.ts';
import { aConfigFolder, anAccount, aSimulator } from '../../../test/config-folder.ts';
import {
  anOrder,
  closeTerminals,
  startTerminal,
  type TerminalUnderTest,
} from '../../../test/fixtures/simulated-terminal.ts';
import type { AccountFact } from '../../account/account-fact.ts';
import { epochMs } from '../../domain/units.ts';
import { fleetOrderFiles } from '../../engine/fleet-orders.ts';
import { quarantineFiles } from '../../engine/quarantine.ts';
import { freePorts } from '../../engine/run-plan.ts';
import { openJournal } from '../../journal/sqlite/sqlite-journal.ts';
import { singleHostOwnership } from '../../ownership/single-host.ts';
import { systemClock } from '../../runtime/clock.ts';
import { openDatabase } from '../../sqlite/sqlite.ts';
import { doctorCommand } from './doctor.ts';
import type { DoctorFinding } from './doctor-finding.ts';
import { nodeFinding } from './doctor-host.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const secret = 'trade-token';

let folder: string;
let state: string;
let terminal: TerminalUnderTest;
/** Market time of the terminal, and with it the doctor's clock. */
let marketNow: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'novosky-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  state = join(folder, 'state');
  mkdirSync(state);
  cpSync(join(root, 'deploy', 'novosky.service'), join(folder, 'novosky.service'));
  terminal = await startTerminal();
  const { time } = await terminal.get<{ time: number }>('/symbols/BTCUSD/tick');
  marketNow = time * 1_000;
});
afterEach(closeTerminals);

type Change = {
  readonly account?: object;
  readonly terminal?: object;
  readonly trading?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly clockAheadMs?: number;
  readonly models?: string;
  readonly roundStep?: number;
};

/** One dry account on a real terminal, everything as it should be, but for what a test changes. */
async function examined(change: Change = {}) {
  const [port] = await freePorts(1);
  const config = aConfigFolder({
    accounts: { accounts: { main: { ...anAccount, mode: 'dry', ...change.account } } },
    terminals: {
      'terminal-one': {
        ...{ kind: 'mt5', url: terminal.simulator.url, token_env: 'TERMINAL_TOKEN' },
        symbols: { BTCUSD: 'BTCUSD' },
        ...change.terminal,
      },
    },
    config: { console: { host: '127.0.0.1', port }, ...change.trading },
    ml: { features: { round_step: { BTCUSD: change.roundStep ?? 1_000 } } },
  });
  return runDoctor(config, change);
}

async function runDoctor(config: string, change: Change = {}) {
  const lines: string[] = [];
  const failures: string[] = [];
  const command = doctorCommand(
    { write: (line) => lines.push(line), fail: (line) => failures.push(line) },
    {
      env: { TERMINAL_TOKEN: secret, ...change.env },
      clock: { ...systemClock, now: () => marketNow + (change.clockAheadMs ?? 0) },
      units: { systemd: join(folder, 'novosky.service'), pm2: join(folder, 'dump.pm2') },
    },
  );
  const models = change.models ?? join(root, 'models');
  const where = ['--config', config, '--state', state, '--models', models];
  await command.parseAsync(['node', 'doctor', ...where, '--json']);
  const text = lines.join('\n');
  const { verdict, findings } = JSON.parse(text) as {
    verdict: string;
    findings: readonly DoctorFinding[];
  };
  return { verdict, findings, failures, text };
}

function only(findings: readonly DoctorFinding[], verdict: DoctorFinding['verdict']) {
  return findings
    .filter((each) => each.verdict === verdict)
    .map(({ area, check }) => `${area}: ${check}`);
}

function finding(findings: readonly DoctorFinding[], check: string): DoctorFinding | undefined {
  return findings.find((each) => each.check === check);
}

function write(facts: readonly AccountFact[]): string {
  const path = join(state, anAccount.state_file);
  const journal = openJournal<AccountFact>(path);
  journal.append(facts, 'normal');
  journal.close();
  return path;
}

describe('the doctor', () => {
  test('finds nothing where everything is as it should be, but that the broker was not audited', async () => {
    const world = new AccountWorld().open();
    world.bar(aPrediction('buy'));
    write(world.journal);
    const { verdict, findings, failures, text } = await examined();
    expect(only(findings, 'fail')).toEqual([]);
    // How fast a disk is, is its own affair.
    const warned = only(findings, 'warn').filter((each) => each !== 'host: FULL commit');
    expect(warned).toEqual(['main: audit']);
    expect(verdict).toBe('warn');
    expect(failures).toEqual([]);
    expect(finding(findings, 'token')?.found).toBe('$TERMINAL_TOKEN is set');
    expect(text).not.toContain(secret);
    expect(finding(findings, 'terminal')?.found).toBe('login 7, 10000 USD, leverage 100');
    expect(finding(findings, 'stops')?.found).toBe('1 open positions, each with its stop');
  });

  test('knows every finding that did not pass a next step for', async () => {
    const { findings } = await examined({ terminal: { symbols: { BTCUSD: 'BITCOIN' } } });
    for (const { verdict, next } of findings) expect(next === undefined).toBe(verdict === 'pass');
  });

  test('shows people a table, and below it what to do', async () => {
    const lines: string[] = [];
    const failures: string[] = [];
    const output = {
      write: (line: string) => lines.push(line),
      fail: (line: string) => failures.push(line),
    };
    const units = { systemd: join(folder, 'none'), pm2: join(folder, 'none') };
    const command = doctorCommand(output, { env: {}, clock: systemClock, units });
    const config = aConfigFolder({ ml: { features: { round_step: { BTCUSD: 1_000 } } } });
    const where = ['--config', config, '--state', state, '--models', join(root, 'models')];
    await command.parseAsync(['node', 'doctor', ...where]);
    expect(lines[0]).toMatch(/^ +of +check +found$/);
    expect(lines).toContainEqual(expect.stringMatching(/^WARN {2}host +restarts/));
    expect(lines.indexOf('what to do:')).toBeGreaterThan(5);
    expect(failures).toEqual([]);
  });
});

describe('the doctor finds on the host', () => {
  test.each([
    ['20.18.3', 'fail'],
    ['20.19.0', 'pass'],
    ['24.4.1', 'pass'],
    ['25.0.0', 'fail'],
    ['18.20.0', 'fail'],
  ])('Node %s: %s', (version, verdict) => {
    expect(nodeFinding(version).verdict).toBe(verdict);
  });

  test('a unit that starts an engine again that a person has to look at first', async () => {
    const unit = join(folder, 'novosky.service');
    writeFileSync(unit, readFileSync(unit, 'utf8').replace(/^RestartPreventExitStatus.*$/m, ''));
    const { findings } = await examined();
    expect(finding(findings, 'restarts')).toMatchObject({
      verdict: 'fail',
      next: 'set RestartPreventExitStatus=2 99',
    });
  });

  test('a unit that kills an engine that drains', async () => {
    const { findings } = await examined({ trading: { shutdown: 'drain' } });
    expect(finding(findings, 'restarts')?.next).toContain('TimeoutStopSec=infinity');
  });

  test('a port of the console that is taken, unless by an engine that runs', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    onTestFinished(() => void server.close());
    const taken = { trading: { console: { host: '127.0.0.1', port } } };
    const alone = await examined(taken);
    expect(finding(alone.findings, 'console')).toMatchObject({ verdict: 'fail' });
    const engine = singleHostOwnership(state).acquire('engine');
    onTestFinished(() => engine.release());
    const beside = await examined(taken);
    expect(finding(beside.findings, 'console')).toMatchObject({ verdict: 'pass' });
    expect(finding(beside.findings, 'engine')?.found).toContain('runs: ');
  });
});

describe('the doctor finds in the configuration', () => {
  test('every mistake, with its place, and goes on with the rest', async () => {
    const config = aConfigFolder({ config: { risk_percent: 900, min_lott: 1 } });
    const { findings, failures } = await runDoctor(config);
    const mistakes = findings.filter(
      ({ area, verdict }) => area === 'configuration' && verdict === 'fail',
    );
    expect(mistakes.map(({ found }) => found.split(':')[0])).toEqual(['risk_percent', 'min_lott']);
    expect(finding(findings, 'Node')).toBeDefined();
    expect(failures).toHaveLength(1);
  });

  test('a secret that the environment does not hold, by its name', async () => {
    const { findings } = await examined({ env: { TERMINAL_TOKEN: '' } });
    const fails = findings.filter(({ verdict }) => verdict === 'fail');
    expect(fails).toHaveLength(1);
    expect(fails[0]?.found).toContain('TERMINAL_TOKEN');
    expect(finding(findings, 'journal')).toBeDefined();
  });

  test('a console that others can reach', async () => {
    const { findings } = await examined({ trading: { console: { host: '0.0.0.0', port: 8_765 } } });
    expect(finding(findings, 'console')).toMatchObject({ verdict: 'warn' });
  });

  test.each([
    ['a bot that answers', 'bot-token', 'pass'],
    ['a token of no bot', 'wrong', 'fail'],
  ])('%s: %s', async (_, token, verdict) => {
    const bots = await BotApiServer.start(['bot-token']);
    onTestFinished(() => bots.stop());
    const { findings, text } = await examined({
      account: { telegram: { chat_id: 5, token_env: 'BOT' } },
      env: { BOT: token, NOVOSKY_TELEGRAM_API: bots.root },
    });
    expect(finding(findings, 'telegram')).toMatchObject({ verdict });
    expect(text).not.toContain('bot-token');
  });
});

describe('the doctor finds in the models', () => {
  test('that there are none', async () => {
    const { findings } = await examined({ models: folder });
    expect(finding(findings, 'files')).toBeDefined();
    const models = findings.find(({ area }) => area === 'models BTCUSD');
    expect(models).toMatchObject({ verdict: 'fail' });
    expect(models?.next).toContain('novosky train');
  });

  test('a file that was changed, one that is gone', async () => {
    const models = join(folder, 'models');
    cpSync(join(root, 'models'), models, { recursive: true });
    rmSync(join(models, 'BTCUSD', 'rf.onnx'));
    const two = await examined({ models });
    expect(two.findings.find(({ area }) => area === 'models BTCUSD')).toMatchObject({
      verdict: 'warn',
    });
    writeFileSync(join(models, 'BTCUSD', 'xgb.onnx'), 'no model');
    const changed = await examined({ models });
    expect(changed.findings.find(({ area }) => area === 'models BTCUSD')).toMatchObject({
      verdict: 'fail',
    });
  });

  test('stops that they were not trained for, round numbers of another grid, old age', async () => {
    const { findings } = await examined({
      trading: { dynamic_sltp: { sl_atr_multiplier: 2, tp_atr_multiplier: 1 } },
      clockAheadMs: 400 * 86_400_000,
      roundStep: 500,
    });
    expect(finding(findings, 'stops for BTCUSD')).toMatchObject({ verdict: 'warn' });
    expect(finding(findings, 'age')).toMatchObject({ verdict: 'warn' });
    expect(finding(findings, 'round numbers')).toMatchObject({ verdict: 'fail' });
  });
});

describe('the doctor finds about exits of a position model', () => {
  const set = async (management: object) => {
    const { findings } = await examined({ trading: { ml_active_management: management } });
    return finding(findings, 'position model for BTCUSD');
  };

  test('nothing where open positions are not managed', async () => {
    expect(await set({ enabled: false })).toBeUndefined();
  });

  test('that they are off without one', async () => {
    expect(await set({ enabled: true })).toMatchObject({
      verdict: 'warn',
      found: expect.stringContaining('its exits are off'),
    });
  });

  test('that nothing may be entered where they are the only ones', async () => {
    const management = { enabled: true, position_as_primary_exit: { enabled: true } };
    expect(await set(management)).toMatchObject({
      verdict: 'fail',
      next: expect.stringContaining('position_as_primary_exit.enabled'),
    });
  });
});

describe('the doctor finds at a terminal', () => {
  test.each<[string, Change, string, string]>([
    [
      'another token',
      { env: { TERMINAL_TOKEN: 'wrong' } },
      'terminal',
      "check the terminal's token",
    ],
    ['nobody', { terminal: { url: 'http://127.0.0.1:9' } }, 'terminal', 'no answer'],
    [
      'a symbol by another name',
      { terminal: { symbols: { BTCUSD: 'BITCOIN' } } },
      'symbol BTCUSD',
      'BITCOIN',
    ],
    [
      'another kind of account',
      { account: { account_type: 'cent', currency_multiplier: 0.01 } },
      'account type',
      'counts in USD',
    ],
    ['a clock that is off', { clockAheadMs: -300_000 }, 'clock', '300.0 s off'],
  ])('%s', async (_, change, check, found) => {
    const { findings, failures, text } = await examined(change);
    expect(only(findings, 'fail')).toEqual([`terminal-one: ${check}`]);
    expect(finding(findings, check)?.found).toContain(found);
    expect(failures[0]).toMatch(/^1 of \d+ checks failed/);
    expect(text).not.toContain(secret);
  });

  test('its time zone', async () => {
    const { findings } = await examined({ clockAheadMs: -2 * 3_600_000 - 1_000 });
    expect(finding(findings, 'clock')).toMatchObject({
      verdict: 'pass',
      found: 'server time is UTC +2 h, newest tick 1.0 s off',
    });
  });

  test('a position of ours without a stop, and positions of others', async () => {
    const { sl: _, tp: __, ...bare } = anOrder;
    await terminal.send('POST', '/orders', { ...bare, magic: 7 });
    const foreign = await examined();
    expect(finding(foreign.findings, 'positions')).toMatchObject({ verdict: 'warn' });
    await terminal.send('POST', '/orders', bare);
    const own = await examined({ trading: { magic: bare.magic } });
    expect(finding(own.findings, 'positions')).toMatchObject({ verdict: 'fail' });
    expect(finding(own.findings, 'positions')?.found).toContain('no stop at the broker');
  });

  test('nothing to ask where it is built in', async () => {
    const config = aConfigFolder({
      terminals: { 'terminal-one': aSimulator },
      ml: { features: { round_step: { BTCUSD: 1_000 } } },
    });
    const { findings } = await runDoctor(config);
    expect(finding(findings, 'terminal')?.found).toContain('built in');
  });
});

describe('the doctor finds about an account', () => {
  test('a journal that is damaged, of another version, or does not hold together', async () => {
    const world = new AccountWorld().open();
    world.bar(aPrediction('buy'));
    const path = write(world.journal.filter(({ type }) => type !== 'order-intended'));
    const torn = await examined();
    expect(finding(torn.findings, 'journal')?.found).toContain('does not follow from those before');
    const database = openDatabase(path, { synchronous: 'NORMAL' });
    database.pragma('user_version = 5');
    database.close();
    const foreign = await examined();
    expect(finding(foreign.findings, 'journal')?.found).toContain('has schema 5');
    writeFileSync(path, 'a letter '.repeat(1_000));
    const damaged = await examined();
    expect(finding(damaged.findings, 'journal')).toMatchObject({ verdict: 'fail' });
    expect(finding(damaged.findings, 'journal')?.found).toContain('is damaged');
  });

  test('what was said to the whole fleet, and holds until a person takes it back', async () => {
    const order = { state: 'halted', isKill: true, by: 'console', at: epochMs(0) } as const;
    fleetOrderFiles.write(state, order);
    const { findings } = await examined();
    expect(findings.find(({ area }) => area === 'fleet')).toEqual({
      ...{ area: 'fleet', check: 'state', verdict: 'warn' },
      found: 'killed by console, 1970-01-01T00:00:00.000Z',
      next: 'when you know why: novosky ctl revive --fleet',
    });
  });

  test('that it is halted, quarantined, or held by another program', async () => {
    const world = new AccountWorld().open();
    world.command('halt');
    const path = write(world.journal);
    quarantineFiles.write(path, { at: epochMs(0), reason: 'crashed 6 times' });
    const lease = singleHostOwnership(state).acquire('main');
    onTestFinished(() => lease.release());
    const { findings } = await examined();
    const halted = findings.find(({ area, check }) => area === 'main' && check === 'state');
    expect(halted?.next).toContain('novosky ctl revive main');
    expect(finding(findings, 'quarantine')?.next).toContain('novosky accounts revive main');
    expect(finding(findings, 'lock')).toMatchObject({ verdict: 'fail' });
    if (process.platform === 'linux') {
      expect(finding(findings, 'lock')?.found).toContain(`process ${process.pid}`);
    }
  });

  test('an open position whose stop is gone', async () => {
    const world = new AccountWorld().open();
    world.bar(aPrediction('buy'));
    const [opened] = world.facts('position-opened');
    const { ticket } = opened?.position ?? { ticket: 0 };
    const bare = { type: 'stops-moved', at: world.state.at, ticket } as AccountFact;
    write([...world.journal, bare]);
    const { findings } = await examined();
    expect(finding(findings, 'stops')).toMatchObject({
      verdict: 'fail',
      found: `without one: ${ticket}`,
    });
  });

  test('that it would trade real money without an audit', async () => {
    const { findings } = await examined({ account: { mode: 'live' } });
    expect(finding(findings, 'audit')).toMatchObject({
      verdict: 'fail',
      next: 'run: novosky audit --account main',
    });
  });
});
