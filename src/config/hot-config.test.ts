import { describe, expect, test } from 'vitest';
import {
  aConfigFolder,
  type ConfigFolderFiles,
  configErrorOf,
  anEnvironment as env,
  oneAccount,
} from '../../test/config-folder.ts';
import { withHotChanges } from './hot-config.ts';
import { loadConfig } from './load-config.ts';

const configOf = (files: ConfigFolderFiles) => loadConfig(aConfigFolder(files), env);

function mixed(running: ConfigFolderFiles, next: ConfigFolderFiles) {
  const around = { folder: 'config', env, isReplay: false };
  return withHotChanges(configOf(running), configOf(next), around);
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

  test('forgets a hot key that was taken out', () => {
    const running = {
      ...oneAccount({ overrides: { min_confidence: 0.6 } }),
      config: { max_lot: 2 },
    };
    const { accounts } = mixed(running, oneAccount({ max_lot: undefined }));
    expect(accounts).toMatchObject({ main: { maxLot: 100 } });
    expect(accounts).not.toHaveProperty('main.minConfidence');
  });

  test('gains and loses no account', () => {
    const running = oneAccount({});
    const next = { accounts: { accounts: { newer: oneAccountEntry } } };
    expect(Object.keys(mixed(running, next).accounts)).toEqual(['main']);
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
