import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  entryAt,
  firstEntry,
  lastEntry,
  type OrderedMap,
  valuesOf,
  withEntry,
  withoutKey,
} from './ordered-map.ts';

type Numbers = OrderedMap<number, string>;

const change = fc.record({
  key: fc.integer({ min: 0, max: 40 }),
  what: fc.constantFrom('put', 'put', 'remove'),
  marks: fc.integer({ min: 0, max: 7 }),
});
const changes = fc.array(change, { maxLength: 120 });

/** The same changes, made to both. */
function made(list: typeof changes extends fc.Arbitrary<infer List> ? List : never) {
  let map: Numbers;
  const model = new Map<number, { value: string; marks: number }>();
  for (const [index, { key, what, marks }] of list.entries()) {
    const value = `v${index}`;
    if (what === 'put') model.set(key, { value, marks });
    else model.delete(key);
    map = what === 'put' ? withEntry(map, { key, value, marks }) : withoutKey(map, key);
  }
  const sorted = [...model].sort(([a], [b]) => a - b);
  return { map, sorted, model };
}

function depth(map: Numbers): number {
  return map ? 1 + Math.max(depth(map.left), depth(map.right)) : 0;
}

describe('an ordered map', () => {
  test('holds what was put and not removed, in the order of the keys', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const { map, sorted, model } = made(list);
        expect(valuesOf(map)).toEqual(sorted.map(([, { value }]) => value));
        for (let key = 0; key <= 40; key += 1) {
          expect(entryAt(map, key)?.value).toBe(model.get(key)?.value);
        }
        expect(map?.size ?? 0).toBe(model.size);
      }),
    );
  });

  test('finds the first, the last and all of those that bear a mark', () => {
    fc.assert(
      fc.property(changes, fc.constantFrom(1, 2, 4, 6), (list, wanted) => {
        const { map, sorted } = made(list);
        const bearing = sorted.filter(([, { marks }]) => (marks & wanted) !== 0);
        expect(firstEntry(map, wanted)?.key).toBe(bearing[0]?.[0]);
        expect(lastEntry(map, wanted)?.key).toBe(bearing.at(-1)?.[0]);
        expect(valuesOf(map, { marks: wanted })).toEqual(bearing.map(([, { value }]) => value));
        const later = bearing.filter(([key]) => key > 20);
        const found = valuesOf(map, { marks: wanted, after: 20 });
        expect(found).toEqual(later.map(([, { value }]) => value));
      }),
    );
  });

  test('is not changed by what is made of it', () => {
    fc.assert(
      fc.property(changes, changes, (before, after) => {
        const { map, sorted } = made(before);
        for (const { key, what, marks } of after) {
          if (what === 'put') withEntry(map, { key, value: 'other', marks });
          else withoutKey(map, key);
        }
        expect(valuesOf(map)).toEqual(sorted.map(([, { value }]) => value));
      }),
    );
  });

  test.each([
    ['in order', (n: number) => n],
    ['in reverse', (n: number) => -n],
    ['from both ends', (n: number) => (n % 2 === 0 ? n : -n)],
  ])('stays flat when thousands are put %s, and when most are removed', (_, keyOf) => {
    const keys = Array.from({ length: 10_000 }, (__, n) => keyOf(n));
    let map: Numbers;
    for (const key of keys) map = withEntry(map, { key, value: 'v', marks: 0 });
    expect(depth(map)).toBeLessThanOrEqual(2.5 * Math.log2(10_000));
    for (const key of keys.slice(0, 9_900)) map = withoutKey(map, key);
    expect(map?.size).toBe(100);
    expect(depth(map)).toBeLessThanOrEqual(2.5 * Math.log2(100));
  });
});
