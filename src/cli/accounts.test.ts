import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { aConfigFolder, twoAccounts } from '../../test/config-folder.ts';
import type { AccountFact } from '../account/account-fact.ts';
import { UsageError } from '../config/usage-error.ts';
import { epochMs } from '../domain/units.ts';
import { quarantineFiles, quarantinePath } from '../engine/quarantine.ts';
import { openJournal } from '../journal/sqlite/sqlite-journal.ts';
import { singleHostOwnership } from '../ownership/single-host.ts';
import { accountsCommand } from './accounts.ts';

let lines: string[];
let failures: string[];
let state: string;

beforeEach(() => {
  lines = [];
  failures = [];
  state = mkdtempSync(join(tmpdir(), 'novosky-accounts-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
});

async function accounts(...args: readonly string[]): Promise<void> {
  const config = aConfigFolder(twoAccounts({}, { isolation: 'shared:one', mode: 'dry' }));
  const output = {
    write: (line: string) => lines.push(line),
    fail: (line: string) => failures.push(line),
  };
  const command = accountsCommand(output);
  await command.parseAsync(['node', 'accounts', ...args, '--config', config, '--state', state]);
}

function journal(file: string, ...facts: readonly Partial<AccountFact>[]): string {
  const path = join(state, file);
  const opened = openJournal<AccountFact>(path);
  opened.append(
    facts.map((fact) => ({ at: epochMs(1), ...fact }) as AccountFact),
    'normal',
  );
  opened.close();
  return path;
}

const halted = { type: 'trading-state-changed', from: 'active', to: 'halted', reason: 'by ann' };
const at = epochMs(Date.UTC(2025, 0, 6));

describe('novosky accounts', () => {
  test('shows where each account stands, whether an engine runs or not', async () => {
    journal('state_main.db', halted as Partial<AccountFact>);
    const other = join(state, 'state_other.db');
    quarantineFiles.write(other, { at, reason: 'crashed 6 times' });
    await accounts();
    expect(lines).toEqual([
      'account  terminal      mode   isolation   state            quarantined',
      'main     terminal-one  paper  auto        halted (by ann)  -',
      'other    terminal-two  dry    shared:one  never started    since 2025-01-06T00:00:00.000Z: crashed 6 times',
    ]);
    lines = [];
    await accounts('--json');
    expect(JSON.parse(lines.join('\n'))).toMatchObject([
      { account: 'main', state: 'halted', stateReason: 'by ann', quarantine: null },
      { account: 'other', state: null, quarantine: { reason: 'crashed 6 times' } },
    ]);
  });

  test('takes a quarantine back on disk when no engine runs', async () => {
    const path = journal('state_main.db', { type: 'incarnation-started' } as Partial<AccountFact>);
    quarantineFiles.write(path, { at, reason: 'crashed 6 times' });
    await accounts('revive', 'main');
    expect(lines).toEqual([
      'main is taken back (crashed 6 times): no engine runs, the next start finds it',
    ]);
    expect(existsSync(quarantinePath(path))).toBe(false);
    await accounts('revive', 'main');
    expect(lines.at(-1)).toBe('main is not quarantined: nothing to do');
  });

  test('points to the engine where an account is halted', async () => {
    journal('state_main.db', halted as Partial<AccountFact>);
    await accounts('revive', 'main');
    expect(failures).toEqual(['main is halted: start the engine, then: novosky ctl revive main']);
  });

  test('touches no quarantine of an engine that runs and cannot be asked', async () => {
    const path = join(state, 'state_main.db');
    quarantineFiles.write(path, { at, reason: 'crashed 6 times' });
    const engine = singleHostOwnership(state).acquire('engine');
    onTestFinished(() => engine.release());
    await accounts('revive', 'main', '--url', 'ws://127.0.0.1:9', '--token', 'x');
    expect(failures[0]).toContain('an engine runs on');
    expect(existsSync(quarantinePath(path))).toBe(true);
  });

  test('names the accounts that there are', async () => {
    await expect(accounts('revive', 'mian')).rejects.toThrow(UsageError);
    await expect(accounts('revive', 'mian')).rejects.toThrow('there are main, other');
  });

  test('refuses a state folder that is none', async () => {
    mkdirSync(state, { recursive: true });
    rmSync(state, { recursive: true });
    await expect(accounts('revive', 'main')).rejects.toThrow('name the one of the engine');
    mkdirSync(state);
  });
});
