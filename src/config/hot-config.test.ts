import { describe, expect, test } from 'vitest';
import {
  aConfigFolder,
  aSimulator,
  type ConfigFolderFiles,
  configErrorOf,
  anEnvironment as env,
  oneAccount,
  twoAccounts,
} from '../../test/config-folder.ts';
import type { Config } from './config.ts';
import { diffConfig } from './diff-config.ts';
import { judged, withHotChanges } from './hot-config.ts';
import { loadConfig } from './load-config.ts';

const configOf = (files: ConfigFolderFiles) => loadConfig(aConfigFolder(files), env);

function mixed(running: ConfigFolderFiles, next: ConfigFolderFiles) {
  const around = { folder: 'config', env, isReplay: false };
  const whyNotHot = () => undefined;
  return withHotChanges(configOf(running), configOf(next), { around, whyNotHot }).config;
}

describe('a running configuration', () => {
  test('takes hot keys over and keeps the others', () => {
    const next = {
      ...oneAccount({
        risk_pct: 2,
        symbols: ['BTCUSD'],
        overrides: { min_confidence: 0.6, min_votes: 3 },
      }),
      config: { max_daily_loss_pct: 5, deviation_points: 7, circuit_breaker: { enabled: false } },
    };
    const config = mixed(oneAccount({ overrides: { min_votes: 1 } }), next);
    expect(config.accounts).toMatchObject({
      main: {
        riskPct: 2,
        minConfidence: 0.6,
        minVotes: 1,
        maxDailyLossPct: 5,
        deviationPoints: 20,
        circuitBreaker: { isEnabled: false },
      },
    });
    expect(config.files['accounts.json'].accounts).not.toHaveProperty('main.symbols');
  });

  test('takes the Kelly sizing over, the same for all and of one account alone', () => {
    const kelly = 'ml_active_management.kelly_lot_sizing';
    const next = {
      ...twoAccounts({}, { overrides: { [`${kelly}.max_kelly_fraction`]: 0.25 } }),
      config: { ml_active_management: { kelly_lot_sizing: { enabled: true } } },
    };
    expect(mixed(twoAccounts({}, {}), next).accounts).toMatchObject({
      main: { kelly: { isEnabled: true, formula: 'classical', maxFraction: 0.5 } },
      other: { kelly: { isEnabled: true, maxFraction: 0.25 } },
    });
  });

  test('forgets a hot key that was taken out', () => {
    const running = {
      ...oneAccount({ overrides: { min_confidence: 0.6 } }),
      config: { max_lot: 2 },
    };
    const { accounts } = mixed(running, oneAccount({ max_lot: undefined }));
    expect(accounts).toMatchObject({ main: { maxLot: 100 } });
    expect(accounts).not.toHaveProperty('main.minConfidence');
  });

  test('gains and loses accounts, with the terminals that nobody used', () => {
    const changed = { ...aSimulator, simulator: { ...aSimulator.simulator, seed: 9 } };
    const terminals = { 'terminal-one': changed, 'terminal-new': aSimulator };
    const newer = { ...oneAccountEntry, terminal_key: 'terminal-new' };
    const config = mixed({}, { accounts: { accounts: { newer } }, terminals });
    expect(Object.keys(config.accounts)).toEqual(['newer']);
    // The terminal of the account that ran keeps its settings.
    expect(config.terminals).toMatchObject({
      'terminal-one': { simulator: { seed: 1 } },
      'terminal-new': { simulator: { seed: 1 } },
    });
  });

  test('loses an account that is disabled, and takes all of one that is enabled again', () => {
    const off = twoAccounts({}, { enabled: false });
    expect(mixed(twoAccounts({}, {}), off).accounts).toMatchObject({
      main: { isEnabled: true },
      other: { isEnabled: false },
    });
    const on = twoAccounts({}, { overrides: { min_votes: 3 }, symbols: ['BTCUSD'] });
    expect(mixed(off, on).accounts).toMatchObject({ other: { isEnabled: true, minVotes: 3 } });
  });

  test('waits with an account that cannot join, and says why', () => {
    const around = { folder: 'config', env, isReplay: false };
    const [running, next] = [oneAccount({}), twoAccounts({}, {})].map(configOf) as [Config, Config];
    const hot = withHotChanges(running, next, { around, whyNotHot: (id) => `${id} is too new` });
    expect(Object.keys(hot.config.accounts)).toEqual(['main']);
    const changes = diffConfig(running, next).map((change) => judged(change, hot));
    expect(changes).toMatchObject([
      { path: 'accounts.other', isHot: false, why: 'other is too new' },
      { path: 'terminal-two', isHot: true },
    ]);
  });

  test('says of each change whether it is in force, overrides with their dots included', () => {
    const around = { folder: 'config', env, isReplay: false };
    const overrides = { 'circuit_breaker.enabled': false, min_votes: 3 };
    const [running, next] = [oneAccount({}), oneAccount({ overrides, symbols: ['BTCUSD'] })].map(
      configOf,
    ) as [Config, Config];
    const hot = withHotChanges(running, next, { around, whyNotHot: () => undefined });
    const changes = diffConfig(running, next).map((change) => judged(change, hot));
    expect(changes.map(({ path, isHot }) => [path, isHot])).toEqual([
      ['accounts.main.overrides.circuit_breaker.enabled', true],
      ['accounts.main.overrides.min_votes', false],
      ['accounts.main.symbols', false],
    ]);
  });

  test('refuses a hot value that only fits with a cold one', () => {
    const next = { ...oneAccount({ risk_pct: 15 }), config: { max_risk_per_trade_pct: 20 } };
    const { mistakes } = configErrorOf(() => mixed({}, next));
    expect(mistakes).toMatchObject([
      { path: 'accounts.main.risk_pct', hint: expect.stringContaining('only a restart') },
    ]);
  });
});

const oneAccountEntry = {
  broker_id: 'exness',
  terminal_key: 'terminal-one',
  account_type: 'standard',
  currency_multiplier: 1,
  state_file: 'state_newer.db',
};
