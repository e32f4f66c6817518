import { describe, expect, test } from 'vitest';
import {
  aConfigFolder,
  anAccount,
  type ConfigFolderFiles,
  anEnvironment as env,
  oneAccount,
  twoAccounts,
} from '../../test/config-folder.ts';
import { diffConfig } from './diff-config.ts';
import { loadConfig } from './load-config.ts';

const configOf = (files: ConfigFolderFiles) => loadConfig(aConfigFolder(files), env);
const changes = (before: ConfigFolderFiles, after: ConfigFolderFiles) =>
  diffConfig(configOf(before), configOf(after));

describe('the difference of two configurations', () => {
  test('is nothing between two spellings of the same', () => {
    expect(changes({}, { config: { min_votes: 2, circuit_breaker: { enabled: true } } })).toEqual(
      [],
    );
  });

  test('names file, path, account and both values', () => {
    expect(changes(oneAccount({ risk_pct: 1 }), oneAccount({ risk_pct: 2 }))).toEqual([
      {
        file: 'accounts.json',
        path: 'accounts.main.risk_pct',
        account: 'main',
        from: 1,
        to: 2,
        isHot: true,
      },
    ]);
  });

  test.each([
    ['risk_percent', { risk_percent: 3 }],
    ['max_lot', { max_lot: 50 }],
    ['max_daily_loss_pct', { max_daily_loss_pct: 5 }],
    ['min_confidence', { min_confidence: 0.6 }],
    ['circuit_breaker.enabled', { circuit_breaker: { enabled: false } }],
    ['circuit_breaker.max_consecutive_losses', { circuit_breaker: { max_consecutive_losses: 3 } }],
    ['adx_regime_filter.min_adx', { adx_regime_filter: { min_adx: 0.3 } }],
  ])('is hot for %s', (path, config) => {
    expect(changes({}, { config })).toMatchObject([{ file: 'config.json', path, isHot: true }]);
  });

  test.each([
    ['min_votes', { min_votes: 3 }],
    ['min_prob_gap', { min_prob_gap: 0.1 }],
    ['dynamic_sltp.sl_atr_multiplier', { dynamic_sltp: { sl_atr_multiplier: 2 } }],
    ['magic', { magic: 5 }],
    ['console.port', { console: { port: 1 } }],
  ])('is not hot for %s', (path, config) => {
    expect(changes({}, { config })).toMatchObject([{ file: 'config.json', path, isHot: false }]);
  });

  test.each([
    ['enabled', true],
    ['max_kelly_fraction', 0.25],
    ['kelly_formula', 'seed'],
    ['kelly_multiplier', 0.5],
    ['no_edge', 'min_lot'],
  ])('is hot while flat for %s of the Kelly sizing, of one account too', (name, value) => {
    const path = `ml_active_management.kelly_lot_sizing.${name}`;
    const config = { ml_active_management: { kelly_lot_sizing: { [name]: value } } };
    const hot = { to: value, isHot: true, why: 'while flat' };
    expect(changes({}, { config })).toMatchObject([{ path, ...hot }]);
    expect(changes(oneAccount({}), oneAccount({ overrides: { [path]: value } }))).toMatchObject([
      { path: `accounts.main.overrides.${path}`, account: 'main', ...hot },
    ]);
  });

  test('tells hot and cold keys of an account apart', () => {
    const overrides = { 'circuit_breaker.enabled': false, min_votes: 3 };
    const after = oneAccount({ max_lot: undefined, state_file: 'state_new.db', overrides });
    expect(changes(oneAccount({}), after)).toMatchObject([
      { path: 'accounts.main.max_lot', from: 5, to: undefined, isHot: true },
      { path: 'accounts.main.state_file', isHot: false },
      { path: 'accounts.main.overrides.circuit_breaker.enabled', to: false, isHot: true },
      { path: 'accounts.main.overrides.min_votes', to: 3, isHot: false },
    ]);
  });

  test('tells an account that came as one change', () => {
    const { terminals } = twoAccounts({}, {});
    const before = { accounts: { accounts: { main: anAccount } }, terminals };
    expect(changes(before, twoAccounts({}, {}))).toMatchObject([
      { path: 'accounts.other', account: 'other', from: undefined, isHot: false },
    ]);
  });
});
