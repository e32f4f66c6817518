import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  aConfigFolder,
  anAccount,
  anEnvironment,
  writeConfigFile,
} from '../../../test/config-folder.ts';
import {
  aSymbol,
  healthyTerminal,
  type Script,
  ScriptedTerminal,
} from '../../../test/scripted-terminal.ts';
import { loadConfig } from '../../config/load-config.ts';
import { planTerminal } from '../../engine/run-plan.ts';
import { systemClock } from '../../runtime/clock.ts';
import { auditAccount } from '../audit/audit-account.ts';
import { writeAudit } from '../audit/audit-record.ts';
import { LiveGate } from '../audit/live-gate.ts';
import { journalPath } from '../query/journal-query.ts';
import type { DoctorFinding } from './doctor-finding.ts';
import { liveFindings } from './doctor-live.ts';
import { terminalFindings } from './doctor-terminals.ts';

/** When the scripted terminal's newest tick was. */
const now = 1_735_725_600_250;
const clock = { ...systemClock, now: () => now };

/** One account on a terminal that says what a script says. */
async function aStage(account: object, { script = {}, guards = {} }: Change = {}) {
  const stateFolder = mkdtempSync(join(tmpdir(), 'novosky-doctor-live-'));
  onTestFinished(() => rmSync(stateFolder, { recursive: true, force: true }));
  const say = async (change: Script) => {
    const terminal = await ScriptedTerminal.start({
      ...healthyTerminal,
      ...login(7),
      ...contract(1),
      ...change,
    });
    onTestFinished(() => terminal.close());
    return terminal.url;
  };
  const configOn = (url: string) => {
    const terminal = { kind: 'mt5', url, token_env: 'TERMINAL_TOKEN' };
    const folder = aConfigFolder({
      accounts: { accounts: { main: { ...anAccount, ...account } } },
      terminals: { 'terminal-one': { ...terminal, symbols: { BTCUSD: 'BTCUSDc' } } },
      config: guards,
    });
    writeConfigFile(folder, 'news.csv', newsFile);
    return loadConfig(folder, anEnvironment);
  };
  const config = configOn(await say(script));
  const means = { config, stateFolder, clock, isReachable: true };
  const main = Object.values(config.accounts)[0];
  const terminal = config.terminals['terminal-one'];
  if (main === undefined || terminal === undefined) throw new Error('there is no main');
  const { connection } = planTerminal(terminal, 0, { config, stateFolder, modelsFolder: '' });
  return {
    audit: async () => {
      const record = await auditAccount(main, { connection, magic: config.magic, clock });
      expect(record.rows.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
      writeAudit(journalPath(main, stateFolder), record);
    },
    agree: () => new LiveGate({ stateFolder, isUnderstood: true, now: () => now }).record(main),
    findings: async (change?: Script) => {
      const other = change === undefined ? {} : { config: configOn(await say(change)) };
      return liveFindings({ ...means, ...other });
    },
    atTerminal: () => terminalFindings(means),
  };
}
type Change = { readonly script?: Script; readonly guards?: object };

const newsFile =
  'time,currency,impact,title\n2024-12-01T00:00:00Z,USD,high,a\n2025-02-01T00:00:00Z,USD,high,b';
const live = { mode: 'live' } as const;
const everyGuard = {
  hard_halt_pct: 20,
  max_weekly_drawdown_pct: 10,
  max_spread_points: 2_000,
  max_bar_age_minutes: 20,
  max_model_age_days: 90,
  order_rate: { max_orders: 10 },
  news_block_minutes: 15,
  news_filter: { events_file: 'news.csv' },
};
const login = (number: number): Script => {
  const { json } = healthyTerminal['GET /account'] as { readonly json: object };
  return { 'GET /account': { json: { ...json, login: number, trade_mode: 2 } } };
};

const contract = (size: number): Script => ({
  'GET /symbols/BTCUSDc': {
    json: aSymbol({ trade_contract_size: size, trade_tick_value: 0.01 * size }),
  },
});

function of(findings: readonly DoctorFinding[], check: string): DoctorFinding | undefined {
  return findings.find((each) => each.check === check);
}

describe('the doctor on an account with real money', () => {
  test('says that everything is there which run asks for', async () => {
    const stage = await aStage(live, { guards: everyGuard });
    await stage.audit();
    stage.agree();
    const found = await stage.findings();
    expect(found.map(({ check }) => check)).toEqual([
      'audit',
      'audit matches',
      'consent',
      'guards set',
    ]);
    expect(found.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect(of(found, 'consent')?.found).toContain('login 7 at exness');
  });

  test.each<[string, Script, string]>([
    ['another login', login(8), 'login 7 -> 8'],
    ['another contract', contract(10), 'BTCUSD contractSize 1 -> 10, BTCUSD tickValue 0.01 -> 0.1'],
    ['a terminal that is silent', { 'GET /account': 'drop' }, 'does not answer'],
  ])('finds that its audit does not match: %s', async (_, change, found) => {
    const stage = await aStage(live);
    await stage.audit();
    expect(of(await stage.findings(change), 'audit matches')).toMatchObject({
      verdict: 'fail',
      found: expect.stringContaining(found),
    });
  });

  test('finds that nobody has said yet that it is meant', async () => {
    const stage = await aStage(live);
    await stage.audit();
    expect(of(await stage.findings(), 'consent')).toMatchObject({
      verdict: 'warn',
      next: expect.stringContaining('--i-understand'),
    });
  });

  test.each<[string, object, string]>([
    [
      'all of them',
      { max_daily_loss_pct: 0, circuit_breaker: { enabled: false } },
      'off: max_daily_loss_pct, circuit_breaker.enabled, hard_halt_pct, max_weekly_drawdown_pct, max_spread_points or max_spread_atr, max_bar_age_minutes, max_model_age_days, order_rate.max_orders, news_block_minutes',
    ],
    ['one', { ...everyGuard, hard_halt_pct: 0 }, 'off: hard_halt_pct'],
    [
      'none where the spread is limited by the ATR alone',
      { ...everyGuard, max_spread_points: 0, max_spread_atr: 0.5 },
      'every limit of a live account is set',
    ],
  ])('names the keys of guards that are off: %s', async (_, guards, found) => {
    const stage = await aStage(live, { guards });
    expect(of(await stage.findings(), 'guards set')?.found).toBe(found);
  });
});

describe('the doctor on a dry account', () => {
  test('warns of another broker than audited, and asks for neither consent nor guards', async () => {
    const stage = await aStage({ mode: 'dry' });
    await stage.audit();
    const found = await stage.findings(login(8));
    expect(found.map(({ check }) => check)).toEqual(['audit', 'audit matches']);
    expect(of(found, 'audit matches')).toMatchObject({ verdict: 'warn' });
  });
});

describe('the doctor on the server of a terminal', () => {
  test.each<[string, 'live' | 'dry', object, DoctorFinding['verdict']]>([
    ['before 4.3.0', 'live', { status: 'ok' }, 'fail'],
    ['before 4.3.0', 'dry', { status: 'ok' }, 'warn'],
    ['4.3.0 or later', 'live', { status: 'ok', mode: 'live' }, 'pass'],
    ['other dialect', 'live', { status: 'ok', time: 1_735_725_600 }, 'warn'],
  ])('%s, %s: %o', async (kind, mode, json, verdict) => {
    const stage = await aStage({ mode }, { script: { 'GET /ping': { json } } });
    const server = of(await stage.atTerminal(), 'server');
    expect(server).toMatchObject({ verdict, found: expect.stringContaining(kind) });
  });
});
