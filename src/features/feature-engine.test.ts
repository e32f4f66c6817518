import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generatedBars } from '../../test/generated-bars.ts';
import type { Bar } from '../domain/bar.ts';
import { epochMs, price } from '../domain/units.ts';
import { createFeatureEngine, FeatureSnapshotError } from './feature-engine.ts';
import { FeatureInputError } from './feature-input-error.ts';
import { featureMatrix } from './feature-matrix.ts';
import { type FeatureName, featureNames } from './schema.ts';

const options = { roundStep: 1_000, newsTimes: [epochMs(Date.UTC(2024, 3, 10, 12, 30))] };
/** Sixteen weeks and more in few bars: enough for every column to be defined. */
const sparse = generatedBars({ seed: 11, count: 1_000, holeChance: 0.2, holeBarsMax: 160 });

function bitsOf(vector: Float64Array | undefined): string {
  return vector === undefined ? '-' : Buffer.from(vector.buffer).toString('hex');
}

function vectorsOf(bars: readonly Bar[], engine = createFeatureEngine(options)): string[] {
  return bars.map((bar) => bitsOf(engine.update(bar)));
}

describe('a feature engine', () => {
  const whole = vectorsOf(sparse);

  test('gives nothing before every column is defined, and a finite vector on every bar after', () => {
    const engine = createFeatureEngine(options);
    const vectors = sparse.map((bar) => engine.update(bar));
    const first = vectors.findIndex((vector) => vector !== undefined);
    expect(first).toBeGreaterThanOrEqual(513);
    expect(first).toBeLessThan(900);
    for (const vector of vectors.slice(first)) {
      expect(vector).toHaveLength(62);
      expect(vector?.every(Number.isFinite)).toBe(true);
    }
  });

  test('starts, around the clock from a Monday, with the bar that completes the 15th week', () => {
    const bars = generatedBars({ seed: 5, count: 10_081 });
    expect(featureMatrix(bars, options)).toMatchObject({ first: 10_079, rows: 2, columns: 62 });
    expect(featureMatrix(bars.slice(0, 10_079), options).rows).toBe(0);
  });

  test('gives the batch bit for bit', () => {
    const { first, rows, values } = featureMatrix(sparse, options);
    const batch = Array.from({ length: rows }, (_, row) =>
      bitsOf(values.slice(row * 62, (row + 1) * 62)),
    );
    expect(batch).toEqual(whole.slice(first));
  });

  test('knows nothing of later bars: a series cut anywhere ends with the same bits', () => {
    for (let cut = 620; cut < sparse.length; cut += 23) {
      const { rows, values } = featureMatrix(sparse.slice(0, cut + 1), options);
      const last = rows === 0 ? undefined : values.slice(-62);
      expect(bitsOf(last)).toBe(whole[cut]);
    }
  });

  test('is not moved by whatever may follow', () => {
    const walk = fc.record({ seed: fc.nat(), cut: fc.integer({ min: 700, max: 999 }) });
    fc.assert(
      fc.property(walk, ({ seed, cut }) => {
        const future = generatedBars({ seed, count: 50, start: (sparse[cut] as Bar).openTime });
        const vectors = vectorsOf([...sparse.slice(0, cut), ...future]);
        expect(vectors.slice(0, cut)).toEqual(whole.slice(0, cut));
      }),
      { numRuns: 15 },
    );
  });

  test('gives a new array each time', () => {
    const engine = createFeatureEngine(options);
    const [previous, last] = sparse.map((bar) => engine.update(bar)).slice(-2);
    expect(bitsOf(previous)).toBe(whole.at(-2));
    expect(previous).not.toBe(last);
  });
});

describe('a snapshot of a feature engine', () => {
  const whole = createFeatureEngine(options);
  const vectors = vectorsOf(sparse, whole);

  test.each([
    ['before the first bar', 0],
    ['on the first bars', 1],
    ['while averages are seeded', 13],
    ['when the bands have just begun', 20],
    ['inside warm-up', 300],
    ['around the first vector', 640],
    ['late', 980],
  ])('taken %s changes no later bit', (_, cut) => {
    const before = createFeatureEngine(options);
    vectorsOf(sparse.slice(0, cut), before);
    const snapshot = JSON.parse(JSON.stringify(before.snapshot()));
    const after = createFeatureEngine({ ...options, snapshot });
    expect(after.lastOpenTime).toBe(sparse[cut - 1]?.openTime);
    expect(vectorsOf(sparse.slice(cut), after)).toEqual(vectors.slice(cut));
    expect(after.snapshot()).toEqual(whole.snapshot());
  });

  test('taken after any bar changes no later bit', () => {
    const engine = createFeatureEngine(options);
    let restored = createFeatureEngine(options);
    for (const bar of sparse) {
      expect(bitsOf(restored.update(bar))).toBe(bitsOf(engine.update(bar)));
      restored = createFeatureEngine({ ...options, snapshot: restored.snapshot() });
    }
  });

  test('leaves the engine that it was taken from as it was', () => {
    const engine = createFeatureEngine(options);
    const watched = sparse.map((bar) => {
      engine.snapshot();
      return bitsOf(engine.update(bar));
    });
    expect(watched).toEqual(vectors);
  });

  test('does not grow with the series', () => {
    const engine = createFeatureEngine(options);
    vectorsOf(sparse.slice(0, 600), engine);
    const early = engine.snapshot().state.length;
    vectorsOf(sparse.slice(600), engine);
    expect(engine.snapshot().state.length).toBe(early);
    expect(early).toBeLessThan(32_768);
  });

  test.each([
    ['of another version', { version: 99 }],
    ['of another schema', { schemaHash: 'abc' }],
    ['cut short', { state: whole.snapshot().state.slice(0, -400) }],
    ['made longer', { state: `${whole.snapshot().state}AAAAAAAAAAA=` }],
    ['without state', { state: '' }],
  ])('%s is refused', (_, change) => {
    const snapshot = { ...whole.snapshot(), ...change };
    expect(() => createFeatureEngine({ ...options, snapshot })).toThrow(FeatureSnapshotError);
  });
});

describe('a bar that no feature can come from', () => {
  const good = sparse[500] as Bar;

  test.each<[string, object]>([
    ['the same bar again', sparse[499] as Bar],
    ['an earlier bar', sparse[100] as Bar],
    ['off the quarter of an hour', { openTime: good.openTime + 60_000 }],
    ['without a time', { openTime: Number.NaN }],
    ['a price that is not a number', { close: Number.NaN }],
    ['an infinite price', { high: Number.POSITIVE_INFINITY }],
    ['a price of zero', { low: 0 }],
    ['a negative price', { low: -5 }],
    ['a high below the close', { high: good.close - 1, low: 1 }],
    ['a low above the open', { low: good.open + 1, high: good.open + 2 }],
    ['a negative volume', { volume: -1 }],
    ['a volume that is not a number', { volume: Number.NaN }],
  ])('%s is refused, and the engine goes on as if nothing had come', (_, change) => {
    const engine = createFeatureEngine(options);
    vectorsOf(sparse.slice(0, 500), engine);
    const state = engine.snapshot();
    expect(() => engine.update({ ...good, ...change } as Bar)).toThrow(FeatureInputError);
    expect(engine.snapshot()).toEqual(state);
  });

  test('is named with its time and the reason', () => {
    const engine = createFeatureEngine(options);
    engine.update(good);
    expect(() => engine.update(good)).toThrow(/bar 2024-.*must open after the last one, 2024-/);
  });
});

describe('a market that stands still from the start', () => {
  test.each([1.17, 100.1, 20_000, 1e8 + 0.1])('has neutral features at a price of %d', (value) => {
    const still = generatedBars({ seed: 1, count: 10_200 }).map(({ openTime }) => {
      const same = price(value);
      return { openTime, open: same, high: same, low: same, close: same, volume: 0 };
    });
    const { rows, values } = featureMatrix(still, { roundStep: 1 });
    const neutral: Partial<Record<FeatureName, number>> = {
      ...{ range_position: 0.5, rsi_14: 0.5, daily_range_position: 0.5 },
      ...{ h4_rsi_norm: 0.5, h1_rsi_norm: 0.5, m30_rsi_norm: 0.5, d1_rsi_norm: 0.5 },
      ...{ w1_rsi_norm: 0.5, volume_ratio: 1, atr_percentile: 0.505, volatility_regime: 0.501 },
    };
    const clock = /^session_|^day_of_week|^is_/;
    expect(rows).toBe(121);
    for (const [column, name] of featureNames.entries()) {
      if (clock.test(name)) continue;
      expect([name, values[(rows - 1) * 62 + column]]).toEqual([
        name,
        expect.closeTo(neutral[name] ?? 0, 11),
      ]);
    }
  });
});

describe('a market that dies', () => {
  test('keeps every feature finite and within its range', () => {
    const alive = generatedBars({ seed: 3, count: 10_100 });
    const { openTime, close } = alive.at(-1) as Bar;
    const dead = Array.from({ length: 1_500 }, (_, bar) => ({
      openTime: epochMs(openTime + (bar + 1) * 900_000),
      ...{ open: close, high: close, low: close, close, volume: 0 },
    }));
    const { values } = featureMatrix([...alive, ...dead], options);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(Math.max(...values.slice(-62))).toBeLessThanOrEqual(50);
  });
});
