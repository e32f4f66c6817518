import { describe, expect, test } from 'vitest';
import {
  aConfigFolder,
  type ConfigFolderFiles,
  anEnvironment as env,
  expectRefusal,
  oneAccount,
  type Refusal,
  twoAccounts,
} from '../../test/config-folder.ts';
import { loadConfig } from './load-config.ts';
import { profileRanges, riskProfiles } from './risk-profiles.ts';

const free = { risk_pct: undefined };
const accountsOf = (files: ConfigFolderFiles) => loadConfig(aConfigFolder(files), env).accounts;

describe('a risk profile', () => {
  test.each([
    [1, 0.75, 0.675, 0.8, 8, 20],
    [2, 1.1, 0.655, 0.9, 12, 25],
    [3, 2, 0.65, 1, 15, 30],
    [4, 2.75, 0.61, 1.05, 20, 35],
    [5, 4, 0.59, 1.15, 25, 40],
  ])('%i presets what is not given', (number, risk, confidence, distance, weekly, halt) => {
    const { main } = accountsOf({ ...oneAccount(free), config: { risk_profile: number } });
    expect(main).toMatchObject({
      riskPct: risk,
      minConfidence: confidence,
      dynamicSltp: { slAtrMultiplier: distance, tpAtrMultiplier: distance },
      guards: { maxWeeklyDrawdownPct: weekly, hardHaltPct: halt },
    });
  });

  test('leaves given values within its range as they are, thresholds of the models included', () => {
    const config = {
      ...{ risk_profile: 3, risk_percent: 1.5, min_confidence: null, hard_halt_pct: 12 },
      dynamic_sltp: { tp_atr_multiplier: 1.2 },
    };
    const { main } = accountsOf({ ...oneAccount(free), config });
    expect(main).toMatchObject({
      riskPct: 1.5,
      dynamicSltp: { slAtrMultiplier: 1, tpAtrMultiplier: 1.2 },
      guards: { hardHaltPct: 12, maxWeeklyDrawdownPct: 15 },
    });
    expect(main).not.toHaveProperty('minConfidence');
  });

  test('of one account goes before what config.json says, and its own values before both', () => {
    const own = { risk_profile: 1, 'dynamic_sltp.tp_atr_multiplier': 0.9 };
    const { main, other } = accountsOf({
      ...twoAccounts({ risk_pct: 2 }, { risk_pct: 0.6, overrides: own }),
      config: { risk_profile: 3 },
    });
    expect(main).toMatchObject({ riskPct: 2, minConfidence: 0.65 });
    expect(other).toMatchObject({
      ...{ riskPct: 0.6, minConfidence: 0.675 },
      dynamicSltp: { slAtrMultiplier: 0.8, tpAtrMultiplier: 0.9 },
      guards: { maxWeeklyDrawdownPct: 8, hardHaltPct: 20 },
    });
  });

  test('is none by default: nothing is preset and nothing bounded', () => {
    const { main } = accountsOf(
      oneAccount({ risk_pct: 20, overrides: { max_risk_per_trade_pct: 50 } }),
    );
    expect(main).toMatchObject({ riskPct: 20, guards: { hardHaltPct: 0 } });
  });

  const refusals: readonly Refusal[] = [
    [
      'more risk than it allows',
      { ...oneAccount(free), config: { risk_profile: 1, risk_percent: 3 } },
      'config.json risk_percent',
      'is 3, which risk_profile 1 (steady income) does not allow',
      '0.5 to 1; left out, it is 0.75',
    ],
    [
      'less risk, too',
      { ...oneAccount(free), config: { risk_profile: 5, risk_percent: 1 } },
      'config.json risk_percent',
      'is 1',
      '3 to 5',
    ],
    [
      'a confidence that profile 5 never tests',
      { ...oneAccount(free), config: { risk_profile: 5, min_confidence: 0.65 } },
      'config.json min_confidence',
      'is 0.65',
      '0.55 to 0.63',
    ],
    [
      'a stop that is too far',
      { ...oneAccount(free), config: { risk_profile: 2, dynamic_sltp: { sl_atr_multiplier: 2 } } },
      'config.json dynamic_sltp.sl_atr_multiplier',
      'is 2',
      '0.8 to 1',
    ],
    [
      'a weekly limit that is off',
      { ...oneAccount(free), config: { risk_profile: 3, max_weekly_drawdown_pct: 0 } },
      'config.json max_weekly_drawdown_pct',
      'is 0',
      '0.1 to 15',
    ],
    [
      'the risk of an account',
      { ...oneAccount({ risk_pct: 3 }), config: { risk_profile: 3 } },
      'accounts.json accounts.main.risk_pct',
      'is 3, which risk_profile 3 (balanced) does not allow',
      '1.5 to 2.5',
    ],
    [
      'an override against the account’s own profile',
      oneAccount({ ...free, overrides: { risk_profile: 4, hard_halt_pct: 36 } }),
      'accounts.json accounts.main.overrides.hard_halt_pct',
      'risk_profile 4 (growth)',
      '0.1 to 35',
    ],
    [
      'a profile that does not exist',
      { config: { risk_profile: 6 } },
      'config.json risk_profile',
      'at most 5',
    ],
  ];

  test.each(refusals)('refuses %s', (_, files, place, problem, hint) => {
    expectRefusal({ files, place, problem, hint });
  });

  test('allows what it presets', () => {
    for (const profile of riskProfiles.values()) {
      for (const [, { least, preset, most }] of profileRanges(profile)) {
        expect(preset).toBeGreaterThanOrEqual(least);
        expect(preset).toBeLessThanOrEqual(most);
      }
    }
  });

  test('with a higher number allows more risk, less confidence and greater losses', () => {
    const ordered = [...riskProfiles.values()].map(({ ranges }) => ranges);
    for (const [index, next] of ordered.slice(1).entries()) {
      const former = ordered[index];
      expect(next.risk_percent.most).toBeGreaterThan(former?.risk_percent.most ?? 0);
      expect(next.min_confidence.least).toBeLessThan(former?.min_confidence.least ?? 1);
      expect(next.hard_halt_pct.most).toBeGreaterThan(former?.hard_halt_pct.most ?? 0);
    }
  });
});
