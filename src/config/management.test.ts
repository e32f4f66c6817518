import { describe, expect, test } from 'vitest';
import {
  aConfigFolder,
  anAccount,
  anEnvironment,
  expectRefusal,
  type Refusal,
} from '../../test/config-folder.ts';
import { loadConfig } from './load-config.ts';

const on = { enabled: true };
const withSection = (features: Readonly<Record<string, unknown>>) => ({
  config: { ml_active_management: { enabled: true, ...features } },
});
const section = 'config.json ml_active_management';

const refusals: readonly Refusal[] = [
  [
    'a partial close beside a trailing stop',
    withSection({ partial_close: on, ml_trailing_stop: on }),
    `${section}.ml_trailing_stop.enabled`,
    'cannot be on together with ml_active_management.partial_close',
    'switch one of the two off',
  ],
  [
    'a trailing stop beside scaled stops',
    withSection({ ml_trailing_stop: on, ml_sltp: on }),
    `${section}.ml_sltp.enabled`,
    'one of the two at a time',
  ],
  [
    'a primary-exit mode beside scaled stops',
    withSection({ ml_sltp: on, position_as_primary_exit: on }),
    `${section}.position_as_primary_exit.enabled`,
    'scaling them would have no effect',
  ],
  [
    'a primary-exit mode beside a partial close',
    withSection({ partial_close: on, position_as_primary_exit: on }),
    `${section}.position_as_primary_exit.enabled`,
    'the position model makes all exits',
  ],
  [
    'a primary-exit mode beside a trailing stop',
    withSection({ ml_trailing_stop: on, position_as_primary_exit: on }),
    `${section}.position_as_primary_exit.enabled`,
    'the position model makes all exits',
  ],
  [
    'a feature that nothing is made of',
    { config: { ml_active_management: { ml_trailing_stop: on } } },
    `${section}.ml_trailing_stop.enabled`,
    'has no effect while ml_active_management.enabled is false',
  ],
  [
    'an account that makes a conflict of its own',
    {
      ...withSection({ partial_close: on }),
      accounts: {
        accounts: {
          main: {
            ...anAccount,
            overrides: { 'ml_active_management.ml_trailing_stop.enabled': true },
          },
        },
      },
    },
    'accounts.json accounts.main.overrides.ml_active_management.ml_trailing_stop.enabled',
    'cannot be on together with ml_active_management.partial_close',
  ],
];

describe('the active management', () => {
  test.each(refusals)('refuses %s', (_name, files, place, problem, hint) => {
    expectRefusal({ files, place, problem, hint });
  });

  test('is off unless the configuration asks for it', () => {
    const config = loadConfig(aConfigFolder(), anEnvironment);
    expect(config.accounts['main']).not.toHaveProperty('management');
  });

  test('may be switched off for one account', () => {
    const overrides = { 'ml_active_management.enabled': false };
    const config = loadConfig(
      aConfigFolder({
        ...withSection({ partial_close: on }),
        accounts: { accounts: { main: { ...anAccount, overrides } } },
      }),
      anEnvironment,
    );
    expect(config.accounts['main']).not.toHaveProperty('management');
  });

  test('reaches the account with everything that it is decided by', () => {
    const overrides = { 'ml_active_management.partial_close.trigger_atr': 0.7 };
    const config = loadConfig(
      aConfigFolder({
        config: {
          ml_active_management: { enabled: true, partial_close: on },
          position_optimization: { min_bars_held: 2 },
        },
        ml: { position_model: { prediction: { exit_threshold: 0.6 } } },
        accounts: { accounts: { main: { ...anAccount, overrides } } },
      }),
      anEnvironment,
    );
    expect(config.accounts['main']?.management).toEqual({
      partialClose: { triggerAtr: 0.7, closeFraction: 0.5 },
      positionExit: { exitThreshold: 0.6, minProbDiff: 0.25, addThreshold: 0.65, minBarsHeld: 2 },
    });
  });
});
