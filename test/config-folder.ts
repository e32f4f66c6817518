import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { loadConfig } from '../src/config/load-config.ts';
import { ConfigError } from '../src/config/mistake.ts';

/** What the files of a folder hold: a value is written as JSON, a text as it is, `undefined` not at all. */
export type ConfigFolderFiles = {
  readonly accounts?: unknown;
  readonly terminals?: unknown;
  readonly config?: unknown;
  readonly ml?: unknown;
};

export const anAccount = {
  broker_id: 'exness',
  terminal_key: 'terminal-one',
  account_type: 'standard',
  currency_multiplier: 1,
  risk_pct: 1,
  max_lot: 5,
  state_file: 'state_main.db',
} as const;

export const aSimulator = {
  kind: 'simulator',
  symbols: { BTCUSD: 'BTCUSD' },
  simulator: { source: 'generator', seed: 1, balance: 10_000, currency: 'USD' },
} as const;

export const aTerminal = {
  kind: 'mt5',
  url: 'https://terminal.example/broker/login',
  token_env: 'TERMINAL_TOKEN',
  symbols: { BTCUSD: 'BTCUSDm' },
} as const;

/** A valid configuration of one account in a folder of its own, but for what is given. Gone when the test is over. */
export function aConfigFolder(files: ConfigFolderFiles = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'novosky-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const whole = {
    accounts: { accounts: { main: anAccount } },
    terminals: { 'terminal-one': aSimulator },
    config: {},
    ml: {},
    ...files,
  };
  writeConfigFile(folder, 'accounts.json', whole.accounts);
  writeConfigFile(folder, 'terminals.json', whole.terminals);
  writeConfigFile(folder, 'config.json', whole.config);
  writeConfigFile(folder, 'ml_config.json', whole.ml);
  return folder;
}

export function writeConfigFile(folder: string, file: string, content: unknown): void {
  if (content === undefined) return;
  const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
  writeFileSync(join(folder, file), text);
}

export const oneAccount = (change: object): ConfigFolderFiles => ({
  accounts: { accounts: { main: { ...anAccount, ...change } } },
});

/** Two accounts, each on a simulator of its own. */
export const twoAccounts = (main: object, other: object): ConfigFolderFiles => {
  const another = { ...anAccount, terminal_key: 'terminal-two', state_file: 'state_other.db' };
  return {
    accounts: { accounts: { main: { ...anAccount, ...main }, other: { ...another, ...other } } },
    terminals: { 'terminal-one': aSimulator, 'terminal-two': aSimulator },
  };
};

export const onRealTerminal = (account: object, terminal: object = {}): ConfigFolderFiles => ({
  ...oneAccount(account),
  terminals: { 'terminal-one': { ...aTerminal, ...terminal } },
});

/** The secrets that the files of `onRealTerminal` name. */
export const anEnvironment = {
  TERMINAL_TOKEN: 'terminal-secret',
  BOT_TOKEN: 'bot-secret',
  SIM_CONTROL: 'control',
};

export type Refusal = [
  name: string,
  files: ConfigFolderFiles,
  /** File and dotted path. */
  place: string,
  problem: string,
  hint?: string,
];

/** Expects one mistake, at this place, that says this. */
export function expectRefusal(expected: {
  readonly files: ConfigFolderFiles;
  readonly place: string;
  readonly problem: string;
  readonly hint: string | undefined;
}): void {
  const { mistakes } = configErrorOf(() =>
    loadConfig(aConfigFolder(expected.files), anEnvironment),
  );
  const [first] = mistakes;
  expect(`${first?.file} ${first?.path}`.trim()).toBe(expected.place);
  expect(first?.problem).toContain(expected.problem);
  expect(first?.hint ?? '').toContain(expected.hint ?? '');
  expect(mistakes).toHaveLength(1);
}

export function configErrorOf(load: () => unknown): ConfigError {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
