import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  aConfigFolder,
  anAccount,
  aSimulator,
  aTerminal,
  configErrorOf,
  anEnvironment as env,
  oneAccount,
  onRealTerminal,
  twoAccounts,
} from '../../test/config-folder.ts';
import { loadConfig } from './load-config.ts';
import { formatMistakes } from './mistake.ts';

describe('the configuration', () => {
  test('refuses entries that stand outside their section', () => {
    const files = { accounts: { main: anAccount }, terminals: { terminals: { t: aSimulator } } };
    const { mistakes } = configErrorOf(() => loadConfig(aConfigFolder(files), env));
    expect(mistakes).toMatchObject([
      { path: 'accounts', problem: 'is missing' },
      { path: 'main', problem: 'is not a key of this file' },
      { path: 'terminals', problem: 'is not a terminal' },
    ]);
  });

  test('tells the mistakes of all files at once, in their order, with lines and hints', () => {
    const error = configErrorOf(() =>
      loadConfig(
        aConfigFolder({
          accounts: {
            accounts: {
              main: { ...anAccount, max_lot: 'all', terminal_key: 'terminal-on', mode: 'live' },
              other: { ...anAccount, risk: 1 },
            },
          },
          terminals: { 'terminal-one': { ...aTerminal, token_env: 'NO_TOKEN' } },
          config: { min_lots: 1, signal_sources: { BTCUSD: ['nowhere'] } },
          ml: '{',
        }),
        {},
      ),
    );
    expect(formatMistakes(error)).toBe(
      `The configuration has 9 mistakes:
  accounts.json:5 accounts.main.terminal_key: "terminal-on" is not a terminal of terminals.json
      -> did you mean "terminal-one"?
  accounts.json:9 accounts.main.max_lot: must be a number, was "all"
  accounts.json:13 accounts.other.mode: is "paper", but the terminal "terminal-one" is a real one
      -> "dry" decides and journals there and sends nothing; "paper" needs a terminal of kind "simulator"; "live" trades with real money
  accounts.json:20 accounts.other.state_file: "state_main.db" is the state file of "main" already
      -> every account keeps a journal of its own: "state_other.db"
  accounts.json:21 accounts.other.risk: is not a key of this file
      -> allowed here: broker_id, terminal_key, account_type, currency_multiplier, risk_pct, max_lot, state_file, enabled, mode, symbols, isolation, overrides, telegram
  terminals.json:5 terminal-one.token_env: the environment variable NO_TOKEN is not set
      -> set it to the token of the terminal "terminal-one" before the start
  config.json:2 min_lots: is not a key of this file
      -> did you mean "min_lot"?
  config.json:5 signal_sources.BTCUSD.0: "nowhere" is not a terminal of terminals.json
      -> there are: terminal-one
  ml_config.json:1: is not valid JSON: the file ends in the middle of an object at line 1, column 2`,
    );
  });

  test.each(['accounts.json', 'terminals.json', 'config.json', 'ml_config.json'])(
    'refuses a folder without %s',
    (file) => {
      const folder = aConfigFolder();
      rmSync(join(folder, file));
      const { mistakes } = configErrorOf(() => loadConfig(folder, env));
      expect(mistakes).toMatchObject([{ file, path: '', problem: `is missing in ${folder}` }]);
    },
  );

  test('refuses a file that is not UTF-8', () => {
    const folder = aConfigFolder();
    writeFileSync(join(folder, 'config.json'), Buffer.from([0x7b, 0xff, 0x7d]));
    const { mistakes } = configErrorOf(() => loadConfig(folder, env));
    expect(mistakes).toMatchObject([
      { file: 'config.json', problem: 'is not a text file in UTF-8' },
    ]);
  });

  test('repeats no secret that was written into a file by mistake', () => {
    const telegram = { chat_id: 'secret-5', token_env: 'secret-1', token: 'secret-2' };
    const error = configErrorOf(() =>
      loadConfig(
        aConfigFolder(
          onRealTerminal(
            { mode: 'live', telegram },
            { url: 'http://me:secret-3@host', token: 'secret-4' },
          ),
        ),
        env,
      ),
    );
    expect(error.mistakes).toHaveLength(5);
    expect(formatMistakes(error)).not.toContain('secret-');
  });
});

describe('a valid configuration', () => {
  test('gives each account what is in force for it', () => {
    const {
      accounts: { main, other },
    } = loadConfig(
      aConfigFolder({
        ...twoAccounts(
          { risk_pct: undefined, max_lot: undefined },
          {
            enabled: false,
            max_lot: 50,
            overrides: { min_confidence: 0.55, 'circuit_breaker.max_consecutive_losses': 4 },
          },
        ),
        config: { risk_percent: 3, max_lot: 20, min_prob_gap: 0.1 },
      }),
      env,
    );
    expect(main).toMatchObject({
      isEnabled: true,
      mode: 'paper',
      symbols: ['BTCUSD'],
      riskPct: 3,
      maxLot: 20,
      minProbGap: 0.1,
      circuitBreaker: { isEnabled: true, maxConsecutiveLosses: 7 },
    });
    expect(main).not.toHaveProperty('minConfidence');
    expect(other).toMatchObject({
      isEnabled: false,
      riskPct: 1,
      maxLot: 20,
      minConfidence: 0.55,
      circuitBreaker: { isEnabled: true, maxConsecutiveLosses: 4 },
    });
  });

  test('takes secrets from the environment', () => {
    const telegram = { chat_id: -100_5, token_env: 'BOT_TOKEN' };
    const config = loadConfig(
      aConfigFolder({
        ...onRealTerminal({ mode: 'live', telegram }),
        config: { console: { token_env: 'TERMINAL_TOKEN' } },
      }),
      env,
    );
    expect(config.terminals['terminal-one']).toEqual({
      key: 'terminal-one',
      kind: 'mt5',
      url: aTerminal.url,
      token: 'terminal-secret',
      symbols: { BTCUSD: 'BTCUSDm' },
    });
    const { main } = config.accounts;
    expect(main?.telegram).toEqual({ chatId: '-1005', token: 'bot-secret' });
    expect(config.console).toEqual({ host: '127.0.0.1', port: 8765, token: 'terminal-secret' });
    expect(JSON.stringify(config.files)).not.toMatch(/terminal-secret|bot-secret/);
  });

  test('reaches a simulator that runs by itself', () => {
    const terminal = {
      kind: 'simulator',
      url: 'http://127.0.0.1:9000/one',
      token_env: 'TERMINAL_TOKEN',
      control_token_env: 'SIM_CONTROL',
      symbols: { BTCUSD: 'BTCUSD' },
    };
    const { terminals } = loadConfig(
      aConfigFolder({ terminals: { 'terminal-one': terminal } }),
      env,
    );
    expect(terminals['terminal-one']).toMatchObject({
      kind: 'external-simulator',
      url: 'http://127.0.0.1:9000/one',
      token: 'terminal-secret',
      controlToken: 'control',
    });
  });

  test('needs no token of a terminal that nobody uses', () => {
    const spare = { ...aTerminal, token_env: 'NO_TOKEN' };
    const folder = aConfigFolder({ terminals: { 'terminal-one': aSimulator, spare } });
    expect(loadConfig(folder, env).terminals).toMatchObject({ spare: { token: '' } });
  });

  test.each(['auto', 'thread', 'process', 'shared:fast'])(
    'runs an account where it says: %s',
    (isolation) => {
      const { accounts } = loadConfig(aConfigFolder(oneAccount({ isolation })), env);
      expect(accounts).toMatchObject({ main: { isolation } });
    },
  );

  test('stops and runs its models as it says', () => {
    expect(loadConfig(aConfigFolder({}), env)).toMatchObject({
      shutdown: 'close',
      inferenceIsolation: 'thread',
    });
    const config = { shutdown: 'drain', inference_isolation: 'process' };
    expect(loadConfig(aConfigFolder({ config }), env)).toMatchObject({
      shutdown: 'drain',
      inferenceIsolation: 'process',
    });
  });

  test('feeds a symbol from the terminals that trade it, unless it says otherwise', () => {
    const files = twoAccounts({}, {});
    const sources = (config: object) =>
      loadConfig(aConfigFolder({ ...files, config }), env).signalSources;
    expect(sources({})).toEqual({ BTCUSD: ['terminal-one', 'terminal-two'] });
    const signal_sources = { BTCUSD: ['terminal-two'] };
    expect(sources({ signal_sources })).toEqual({ BTCUSD: ['terminal-two'] });
  });

  test('reads data relative to its own folder', () => {
    const simulator = { ...aSimulator.simulator, source: 'bars.csv' };
    const folder = aConfigFolder({ terminals: { 'terminal-one': { ...aSimulator, simulator } } });
    writeFileSync(join(folder, 'bars.csv'), '');
    expect(loadConfig(folder, env).terminals['terminal-one']).toMatchObject({
      simulator: { source: join(folder, 'bars.csv') },
    });
  });
});

describe('in a replay', () => {
  test('every terminal is a simulator, every account is on paper, and no secret is read', () => {
    const telegram = { chat_id: 5, token_env: 'NO_BOT' };
    const files = {
      ...onRealTerminal({
        mode: 'live',
        account_type: 'cent',
        currency_multiplier: 0.01,
        telegram,
      }),
      config: { console: { token_env: 'NO_CONSOLE' } },
    };
    const config = loadConfig(aConfigFolder(files), {}, { replay: true });
    expect(config.terminals['terminal-one']).toMatchObject({
      kind: 'simulator',
      symbols: { BTCUSD: 'BTCUSDc' },
      simulator: { source: 'generator', currency: 'USC' },
    });
    expect(config.terminals['terminal-one']).not.toHaveProperty('url');
    const { main } = config.accounts;
    expect(main).toMatchObject({ mode: 'paper' });
    expect(main).not.toHaveProperty('telegram');
    expect(config.console).not.toHaveProperty('token');
  });

  test('a simulator keeps its settings', () => {
    const folder = aConfigFolder();
    const config = loadConfig(folder, env, { replay: true });
    expect(config.terminals).toEqual(loadConfig(folder, env).terminals);
  });

  test('mistakes are still mistakes', () => {
    const folder = aConfigFolder(oneAccount({ terminal_key: 'nowhere' }));
    const { mistakes } = configErrorOf(() => loadConfig(folder, env, { replay: true }));
    expect(mistakes).toMatchObject([{ path: 'accounts.main.terminal_key' }]);
  });
});

describe('the configuration that is shipped', () => {
  const folder = join(import.meta.dirname, '..', '..', 'config');

  test('starts two paper accounts on two built-in markets of one seed, without a secret', () => {
    const { accounts, terminals } = loadConfig(folder, {});
    expect(Object.values(accounts)).toMatchObject([
      { id: 'exness_main', accountType: 'cent', mode: 'paper', isEnabled: true },
      { id: 'icmarkets_main', accountType: 'standard', mode: 'paper', isEnabled: true },
    ]);
    const seeds = Object.values(terminals).map((terminal) =>
      terminal.kind === 'simulator' ? terminal.simulator.seed : undefined,
    );
    expect(new Set(seeds).size).toBe(1);
    expect(seeds[0]).toBeTypeOf('number');
  });

  test('says every key of config.json, so that nobody has to look for its name', () => {
    const shipped = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    const { files } = loadConfig(folder, {});
    expect(files['config.json']).toEqual(shipped);
  });
});
