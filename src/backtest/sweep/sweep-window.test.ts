import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generatedBars } from '../../../test/generated-bars.ts';
import { randomTable, randomWorld, shippedManifest } from '../../../test/sweep-stage.ts';
import type { Bar } from '../../domain/bar.ts';
import { predictionSeries } from '../prediction-series.ts';
import { sweepWindow } from './sweep-window.ts';
import { decidedFrom, decidedTo, holdoutFrom, sweepWorld } from './sweep-world.ts';

const indices = fc.record({ first: fc.nat(50_000), count: fc.integer({ min: 1, max: 40_000 }) });

describe('the window of a sweep', () => {
  test('ends before the last 30 % of the out-of-sample bars, whatever their number', () => {
    fc.assert(
      fc.property(indices, ({ first, count }) => {
        const window = sweepWindow({ first, last: first + count - 1 });
        if (window === undefined) {
          expect(count).toBeLessThan(3);
          return;
        }
        const unseen = first + count - window.holdout;
        expect(10 * unseen).toBeGreaterThanOrEqual(3 * count);
        expect(10 * unseen).toBeLessThan(3 * count + 10);
        expect(window).toMatchObject({ first, last: window.holdout - 2 });
      }),
    );
  });

  test.each([
    [1, undefined],
    [2, undefined],
    [3, { first: 7, last: 7, holdout: 9 }],
    [10, { first: 7, last: 12, holdout: 14 }],
    [100, { first: 7, last: 75, holdout: 77 }],
  ])('of %i bars from index 7 on is %j', (count, window) => {
    expect(sweepWindow({ first: 7, last: 6 + count })).toEqual(window);
  });
});

describe('the world of a sweep', () => {
  const { world } = randomWorld(40);
  const bars = generatedBars({ seed: 2, count: 400 });
  const { detail: _, ...rest } = world;
  const parts = { ...rest, bars, manifest: shippedManifest };

  test('holds no bar of the holdout and none before the window, and what the models gave for its bars', () => {
    fc.assert(
      fc.property(
        fc.record({
          ready: fc.nat(100),
          first: fc.nat(200),
          count: fc.integer({ min: 3, max: 150 }),
        }),
        ({ ready, first: after, count }) => {
          const first = ready + after;
          const last = Math.min(first + count, bars.length) - 1;
          const window = sweepWindow({ first, last });
          if (window === undefined) return;
          const table = { ...randomTable(bars.length - ready, 3), first: ready };
          const detail = { of: (bar: Bar) => ({ barMs: 900_000, bars: [bar] }) };
          const cut = sweepWorld({ ...parts, table, detail }, window);
          const unseen = bars[window.holdout]?.openTime ?? Number.POSITIVE_INFINITY;
          expect(cut.bars).toEqual(bars.slice(first, window.holdout));
          expect(cut.bars.every(({ openTime }) => openTime < unseen)).toBe(true);
          expect([...cut.detail.keys()]).toEqual(cut.bars.map(({ openTime }) => openTime));
          expect(cut.table.rows).toBe(cut.bars.length);
          expect(cut.table.raw.byteLength).toBe(cut.table.raw.buffer.byteLength);
          const of = { symbol: 'BTCUSD', timeframe: 'M15', manifest: shippedManifest } as const;
          const whole = predictionSeries(table, { ...of, bars });
          const part = predictionSeries(cut.table, { ...of, bars: cut.bars });
          for (const index of [0, cut.bars.length - 1]) {
            expect(part.at(index)).toEqual(whole.at(first + index));
          }
          expect(part.at(cut.bars.length)).toBeUndefined();
        },
      ),
      { numRuns: 40 },
    );
  });

  test('says from when to when it decides, and from when on nothing is known', () => {
    const [first, second, last] = [world.bars[0], world.bars.at(-2), world.bars.at(-1)];
    expect(world.bars).toHaveLength(28);
    expect(decidedFrom(world)).toBe(first?.openTime);
    expect(decidedTo(world)).toBe(second?.openTime);
    expect(holdoutFrom(world)).toBe((last?.openTime ?? 0) + 900_000);
  });
});
