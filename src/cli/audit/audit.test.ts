import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  aConfigFolder,
  anEnvironment,
  onRealTerminal,
  twoAccounts,
} from '../../../test/config-folder.ts';
import { loadConfig } from '../../config/load-config.ts';
import { UsageError } from '../../config/usage-error.ts';
import { systemClock } from '../../runtime/clock.ts';
import {
  startTerminalSimulator,
  type TerminalSimulator,
  type TerminalSimulatorOptions,
} from '../../terminal-simulator/terminal-simulator.ts';
import { auditCommand } from './audit.ts';
import { auditPath, readAudit } from './audit-record.ts';
import { consentPath, LiveGate, TerminalSilentError } from './live-gate.ts';

let lines: string[];
let failures: string[];
let state: string;

beforeEach(() => {
  lines = [];
  failures = [];
  state = aFolder();
  for (const [name, value] of Object.entries(anEnvironment)) vi.stubEnv(name, value);
  return () => vi.unstubAllEnvs();
});

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'novosky-audit-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function audit(config: string, ...args: readonly string[]): Promise<void> {
  const output = {
    write: (line: string) => lines.push(line),
    fail: (line: string) => failures.push(line),
  };
  const place = ['--config', config, '--state', state];
  await auditCommand(output).parseAsync(['node', 'audit', ...args, ...place]);
}

/** A terminal that answers like a real one. */
async function aTerminal(
  changes: Partial<TerminalSimulatorOptions['account']> = {},
  port = 0,
): Promise<TerminalSimulator> {
  const simulator = await startTerminalSimulator({
    ...{ key: 'terminal-one', port, token: anEnvironment.TERMINAL_TOKEN, controlToken: 'control' },
    booksPath: join(aFolder(), 'books.db'),
    source: { kind: 'generator', seed: 1 },
    symbol: 'BTCUSD',
    brokerSymbol: 'BTCUSD',
    account: {
      ...{ login: 7, balance: 10_000, currency: 'USD', leverage: 200, isHedging: true },
      ...changes,
    },
    costs: { slippagePoints: 0, commissionPerLot: 0, swapLong: -20, swapShort: -5 },
    clock: systemClock,
  });
  onTestFinished(() => simulator.close());
  return simulator;
}

/** A configuration of one live account, on a terminal there. */
function liveOn(url: string, changes: object = {}): string {
  const terminal = { url, symbols: { BTCUSD: 'BTCUSD' } };
  return aConfigFolder(onRealTerminal({ mode: 'live', ...changes }, terminal));
}

const journal = () => join(state, 'state_main.db');

describe('novosky audit', () => {
  test('shows every check of a built-in simulator, and keeps what it found', async () => {
    await audit(aConfigFolder(twoAccounts({}, {})), '--account', 'other');
    expect(failures).toEqual([]);
    expect(lines[0]).toBe('audit of other: login 5000002 at exness, terminal terminal-two');
    expect(lines).toContainEqual(
      expect.stringMatching(/^pass +BTCUSD +value per lot +1 USD per lot and price unit/),
    );
    expect(lines.filter((line) => /^(pass|WARN|FAIL) /.test(line))).toHaveLength(19);
    const record = readAudit(join(state, 'state_other.db'));
    expect(record).toMatchObject({
      account: 'other',
      verdict: 'pass',
      subject: { login: 5_000_002, currency: 'USD', symbols: [{ symbol: 'BTCUSD' }] },
      tickValues: { BTCUSD: 0.01 },
    });
    expect(lines.at(-1)).toBe(`passed (${record?.hash})`);
  });

  test('finds the same twice, and says it as one document', async () => {
    const config = aConfigFolder();
    await audit(config);
    const first = readAudit(journal());
    lines = [];
    await audit(config, '--json');
    const second = JSON.parse(lines.join('\n')) as typeof first;
    expect(second?.hash).toBe(first?.hash);
    expect(second?.rows).toEqual(first?.rows);
  });

  test('fails, and says so, where an account of cents is taken for one of dollars', async () => {
    const { url } = await aTerminal();
    await audit(liveOn(url, { account_type: 'cent', currency_multiplier: 0.01 }));
    expect(failures).toEqual([expect.stringContaining('the audit of main failed: currency')]);
    expect(lines).toContainEqual(expect.stringContaining('correct account_type'));
    expect(readAudit(journal())?.verdict).toBe('fail');
  });

  test('stores nothing where the terminal does not answer, and leaves the audit before', async () => {
    const { url, close } = await aTerminal();
    await audit(liveOn(url));
    const before = readFileSync(auditPath(journal()), 'utf8');
    await close();
    await audit(liveOn(url));
    expect(failures).toEqual([expect.stringContaining('terminal-one cannot be audited')]);
    expect(readFileSync(auditPath(journal()), 'utf8')).toBe(before);
  }, 20_000);

  test('asks for the account where there are several', async () => {
    const config = aConfigFolder(twoAccounts({}, {}));
    await expect(audit(config)).rejects.toThrow(UsageError);
    await expect(audit(config, '--account', 'third')).rejects.toThrow('there are main, other');
  });
});

describe('a live account', () => {
  function gateOf(config: string, isUnderstood = false) {
    const { accounts, magic } = loadConfig(config, anEnvironment);
    const account = accounts['main'];
    if (account === undefined) throw new Error('there is no main');
    const gate = new LiveGate({ stateFolder: state, isUnderstood, now: () => 0 });
    const ask = (url: string) => {
      const { symbols, token } = { symbols: { BTCUSD: 'BTCUSD' }, token: 'terminal-secret' };
      const connection = { key: 'terminal-one', url, token, symbols, nature: 'real' } as const;
      return gate.whyNotNow(account, { connection, magic, clock: systemClock });
    };
    return { account, gate, ask };
  }

  test('is refused until its broker was audited', async () => {
    const { account, gate } = gateOf(liveOn('http://127.0.0.1:1'), true);
    expect(gate.whyNot(account)).toBe(
      'main is live and its broker was never audited: run novosky audit --account main',
    );
    expect(gate.whyNot({ ...account, mode: 'dry' })).toBeUndefined();
  });

  test('is refused after an audit that failed', async () => {
    const { url } = await aTerminal();
    const config = liveOn(url, { account_type: 'cent', currency_multiplier: 0.01 });
    await audit(config);
    const { account, gate } = gateOf(config, true);
    expect(gate.whyNot(account)).toMatch(/its audit of \S+ failed: run novosky audit/);
  });

  test('is refused until a person has said once that it is meant, for this login', async () => {
    const { url, close } = await aTerminal();
    const config = liveOn(url);
    await audit(config);
    const unmeant = gateOf(config);
    expect(unmeant.gate.whyNot(unmeant.account)).toContain('(login 7 at exness)');
    expect(unmeant.gate.whyNot(unmeant.account)).toContain('novosky run --i-understand once');
    const meant = gateOf(config, true);
    expect(await meant.ask(url)).toBeUndefined();
    meant.gate.record(meant.account);
    expect(await unmeant.ask(url)).toBeUndefined();

    await close();
    const other = await aTerminal({ login: 8 });
    await audit(liveOn(other.url));
    expect(unmeant.gate.whyNot(unmeant.account)).toContain('(login 8 at exness)');
  });

  test('is refused when another login answers than was audited', async () => {
    const { url } = await aTerminal();
    await audit(liveOn(url));
    const other = await aTerminal({ login: 8 });
    const { ask } = gateOf(liveOn(url), true);
    expect(await ask(other.url)).toBe(
      'main is live and its broker is not as it was audited (login 7 -> 8): run novosky audit --account main',
    );
  }, 20_000);

  test('may be started again later when its terminal does not answer: that is no mistake', async () => {
    const { url, close } = await aTerminal();
    await audit(liveOn(url));
    await close();
    const { ask } = gateOf(liveOn(url), true);
    await expect(ask(url)).rejects.toThrow(TerminalSilentError);
  }, 20_000);

  test('does not pass by an audit of another login that was made to fit, nor by half a consent', async () => {
    const { url } = await aTerminal();
    await audit(liveOn(url));
    const text = readFileSync(auditPath(journal()), 'utf8');
    const { account, gate } = gateOf(liveOn(url));
    writeFileSync(auditPath(journal()), text.replaceAll('"login": 7', '"login": 9'));
    expect(gate.whyNot(account)).toContain('was changed by hand');
    writeFileSync(auditPath(journal()), text);
    writeFileSync(consentPath(journal()), '{ "brokerId": "exness" }');
    expect(gate.whyNot(account)).toContain('novosky run --i-understand once');
  });
});
