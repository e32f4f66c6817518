import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sweptPolicy } from '../../../test/sweep-stage.ts';
import { type Axis, axesOf, overridesOf, setsMost, sweepTargets, withinProfile } from './grids.ts';
import { withoutSilence } from './regime-axes.ts';

describe('the grid of a target', () => {
  test.each([
    ['signal', 189],
    ['pos', 30],
    ['kelly', 3],
    ['ml_sltp', 20],
    ['regime', 36],
    ['adx', 6],
    ['surface', 7],
  ] as const)('%s has %i sets', (target, count) => {
    expect(overridesOf(target, axesOf[target])).toHaveLength(count);
    expect(setsMost(target, axesOf[target])).toBeGreaterThanOrEqual(count);
  });

  test.each(sweepTargets)('%s changes only keys that a backtest may override', (target) => {
    const known = axesOf[target].map(({ key, values }) => {
      const unswept = key === 'session_filter.enabled' ? true : key === 'risk_pct' ? 1 : 2;
      const value = values.at(-1) ?? unswept;
      return [key, String(value).startsWith('q') ? 0.5 : value];
    });
    expect(() => sweptPolicy(Object.fromEntries(known))).not.toThrow();
  });

  test('kelly leaves the cap alone where Kelly is off', () => {
    const sizing = 'ml_active_management.kelly_lot_sizing';
    expect(overridesOf('kelly', axesOf.kelly)).toEqual([
      { [`${sizing}.enabled`]: false },
      { [`${sizing}.enabled`]: true, [`${sizing}.max_kelly_fraction`]: 0.5 },
      { [`${sizing}.enabled`]: true, [`${sizing}.max_kelly_fraction`]: 1 },
    ]);
  });
});

const axis = fc.record({
  key: fc.constantFrom('a', 'b', 'c.x', 'c.enabled', 'c.d.y'),
  values: fc.uniqueArray(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.boolean()), { maxLength: 4 }),
});
const axes: fc.Arbitrary<readonly Axis[]> = fc.uniqueArray(axis, {
  maxLength: 4,
  selector: ({ key }) => key,
});

describe('sets', () => {
  test('are every combination once, without what a set has turned off', () => {
    fc.assert(
      fc.property(axes, (all) => {
        const sets = overridesOf('signal', all);
        expect(new Set(sets.map((set) => JSON.stringify(set))).size).toBe(sets.length);
        expect(sets.length).toBeLessThanOrEqual(setsMost('signal', all));
        const isOn = sets.filter((set) => set['c.enabled'] !== false);
        const on = all.map((each) => ({
          ...each,
          values:
            each.key === 'c.enabled' ? each.values.filter((value) => value !== false) : each.values,
        }));
        const hasOn = all.every(
          ({ key, values }, index) =>
            key !== 'c.enabled' || values.length === 0 || (on[index]?.values.length ?? 0) > 0,
        );
        expect(isOn.length).toBe(hasOn ? setsMost('signal', on) : 0);
        for (const set of sets) {
          if (set['c.enabled'] === false) expect(Object.keys(set)).not.toContain('c.x');
        }
      }),
    );
  });
});

describe('the weights per regime', () => {
  const key = 'regime_weights.strong_trend.lgb';

  test('are changed one at a time, each model in each regime', () => {
    const sets = overridesOf('regime', axesOf.regime);
    for (const set of sets) expect(Object.keys(set)).toHaveLength(1);
    expect(sets).toContainEqual({ 'regime_weights.choppy.rf': 2 });
    expect(new Set(sets.map((set) => sweptPolicy(set).hash)).size).toBe(25);
  });

  test.each<[string, Readonly<Record<string, number>> | undefined, readonly number[]]>([
    ['nothing is configured', undefined, [0, 1, 2]],
    ['another model has a weight', { rf: 0, xgb: 0.5, lgb: 2 }, [0, 1, 2]],
    ['no other has one', { rf: 0, xgb: 0, lgb: 2 }, [1, 2]],
  ])('of a model are all tried that leave somebody a word where %s', (_where, own, values) => {
    const axis = { key, values: [0, 1, 2] };
    expect(withoutSilence(axis, own && { 'strong-trend': own })).toEqual({ key, values });
    const other = { key: 'regime_weights.choppy.lgb', values: [0, 1] };
    expect(withoutSilence(other, own && { 'strong-trend': own })).toEqual(other);
  });
});

describe('a risk profile', () => {
  const range = { least: 0.8, preset: 1, most: 1.2 };

  test.each<[string, readonly number[], readonly number[]]>([
    ['leaves out what it does not allow', [0.5, 0.8, 1.2, 1.5], [0.8, 1.2]],
    ['is the axis where nothing is left', [3, 4], [0.8, 1, 1.2]],
    ['is the axis where none was swept', [], [0.8, 1, 1.2]],
  ])('%s', (_what, values, kept) => {
    const other = { key: 'b', values: [9] };
    expect(withinProfile([{ key: 'a', values }, other], { a: range })).toEqual([
      { key: 'a', values: kept },
      other,
    ]);
  });

  test('whose preset is an end has two values', () => {
    const ranges = { a: { ...range, preset: 1.2 } };
    expect(withinProfile([{ key: 'a', values: [] }], ranges)[0]?.values).toEqual([0.8, 1.2]);
  });
});
