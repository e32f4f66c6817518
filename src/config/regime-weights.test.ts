import { describe, expect, test } from 'vitest';
import {
  aConfigFolder,
  configErrorOf,
  anEnvironment as env,
  oneAccount,
} from '../../test/config-folder.ts';
import { memberNames } from '../inference/manifest.ts';
import { regimes } from '../strategy/regime.ts';
import { diffConfig } from './diff-config.ts';
import { loadConfig } from './load-config.ts';
import { formatMistakes } from './mistake.ts';
import { tradingSchema } from './trading-schema.ts';

type Files = Parameters<typeof aConfigFolder>[0];
const configOf = (files: Files) => loadConfig(aConfigFolder(files), env);
const messageOf = (files: Files) => formatMistakes(configErrorOf(() => configOf(files)));
const weightsOf = (files: Files) => configOf(files).accounts['main']?.regimeWeights;

describe('the weights per regime', () => {
  test('have a key for every model in every regime', () => {
    const { regime_weights: defaults } = tradingSchema.parse({});
    expect(Object.keys(defaults)).toEqual(regimes.map((regime) => regime.replace('-', '_')));
    for (const weights of Object.values(defaults)) {
      expect(Object.keys(weights)).toEqual(memberNames);
      expect(Object.values(weights)).toEqual([1, 1, 1]);
    }
  });

  test.each<[string, object]>([
    ['nothing is said', {}],
    ['all of a regime weigh the same', { regime_weights: { choppy: { rf: 2, xgb: 2, lgb: 2 } } }],
  ])('are none where %s', (_what, config) => {
    expect(configOf({ config }).accounts['main']).not.toHaveProperty('regimeWeights');
  });

  test('are those of the regimes in which models count differently', () => {
    const config = { regime_weights: { strong_trend: { lgb: 2 }, ranging: { rf: 1 } } };
    expect(weightsOf({ config })).toEqual({ strong_trend: { rf: 1, xgb: 1, lgb: 2 } });
  });

  test('of one account go before those of all', () => {
    const overrides = {
      'regime_weights.strong_trend.lgb': 1,
      'regime_weights.volatile.rf': 0,
    };
    const config = { regime_weights: { strong_trend: { lgb: 2 } } };
    expect(weightsOf({ ...oneAccount({ overrides }), config })).toEqual({
      volatile: { rf: 0, xgb: 1, lgb: 1 },
    });
  });

  test('are hot', () => {
    const path = 'regime_weights.strong_trend.lgb';
    const after = { config: { regime_weights: { strong_trend: { lgb: 2 } } } };
    expect(diffConfig(configOf({}), configOf(after))).toMatchObject([
      { path, from: 1, to: 2, isHot: true },
    ]);
    const own = oneAccount({ overrides: { [path]: 2 } });
    expect(diffConfig(configOf(oneAccount({})), configOf(own))).toMatchObject([
      { path: `accounts.main.overrides.${path}`, to: 2, isHot: true },
    ]);
  });

  const silent = { rf: 0, xgb: 0, lgb: 0 };

  test.each<[string, Files, readonly string[]]>([
    [
      'no model with a weight',
      { config: { regime_weights: { ranging: silent } } },
      ['regime_weights.ranging: ', 'gives every model the weight 0'],
    ],
    [
      'no model with a weight, by an account alone',
      {
        ...oneAccount({ overrides: { 'regime_weights.ranging.lgb': 0 } }),
        config: { regime_weights: { ranging: { rf: 0, xgb: 0 } } },
      },
      ['accounts.main.overrides.regime_weights.ranging', 'the weight 0'],
    ],
    [
      'a weight below 0',
      { config: { regime_weights: { ranging: { rf: -1 } } } },
      ['regime_weights.ranging.rf', 'must be at least 0, was -1'],
    ],
    [
      'a weight that is no number',
      { config: { regime_weights: { ranging: { rf: 'much' } } } },
      ['regime_weights.ranging.rf', 'must be a number, was "much"'],
    ],
    [
      'a regime that there is none of',
      { config: { regime_weights: { strong_trends: { rf: 2 } } } },
      ['regime_weights.strong_trends', 'did you mean "strong_trend"?'],
    ],
    [
      'a model that there is none of',
      { config: { regime_weights: { choppy: { lgbm: 2 } } } },
      ['regime_weights.choppy.lgbm', 'did you mean "lgb"?'],
    ],
    [
      'a whole regime among the overrides',
      oneAccount({ overrides: { 'regime_weights.choppy': { rf: 2 } } }),
      ['overrides.regime_weights.choppy', 'is a section', 'regime_weights.choppy.rf'],
    ],
  ])('refuse %s', (_what, files, texts) => {
    const message = messageOf(files);
    for (const text of texts) expect(message).toContain(text);
  });

  test('tell of a mistake once, where it was made', () => {
    const files = {
      ...oneAccount({ overrides: { 'regime_weights.choppy.rf': 2 } }),
      config: { regime_weights: { ranging: silent } },
    };
    expect(messageOf(files).match(/the weight 0/g)).toHaveLength(1);
  });
});
