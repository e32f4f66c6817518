import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aPrediction, barMs, monday } from '../../../test/account-world.ts';
import { randomBars } from '../../../test/random-bars.ts';
import { backtestAccount } from '../../cli/backtest-account.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { Bar } from '../../domain/bar.ts';
import { price } from '../../domain/units.ts';
import { atrColumn, featureNames, featureSchemaHash } from '../../features/schema.ts';
import { loadModel } from '../../inference/load-model.ts';
import type { LoadedModel } from '../../inference/onnx-ensemble.ts';
import { type Adviser, accountReader } from './account-reader.ts';
import { type BarReader, evenCuts, lookAheads } from './look-ahead.ts';
import { decisionReader, featureReader } from './readers.ts';
import { historyEffects } from './short-history.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const bars = randomBars({ count: 11_000, seed: 9 });
const firstVector = 10_079;
const cuts = evenCuts(firstVector, bars.length, 6);

describe('what is shipped', () => {
  const { roundStep, policy } = backtestAccount({ symbol: 'BTCUSD' }, () =>
    loadConfig(join(root, 'config'), {}, { replay: true }),
  );
  let model: LoadedModel;
  beforeAll(async () => {
    const folder = join(root, 'models', 'BTCUSD');
    model = await loadModel({ folder, symbol: 'BTCUSD', schemaHash: featureSchemaHash, atrColumn });
  });
  afterAll(() => model.release());

  test('has no feature that looks ahead', async () => {
    expect(await lookAheads(bars, featureReader(roundStep), { cuts, rowsMax: 1_000 })).toEqual([]);
  });

  test('decides nothing by what comes later', async () => {
    const reader = decisionReader(model, { roundStep, policy });
    const readAll = await reader.read(bars);
    const said = await readAll(firstVector, bars.length - 1);
    expect(new Set(said.map((row) => row?.[3])).size).toBeGreaterThan(1);
    expect(await lookAheads(bars, reader, { cuts, rowsMax: 100 })).toEqual([]);
  });
});

describe('the check for look-ahead', () => {
  /** The features, and beside them one that knows the close of so many bars later. */
  function planted(barsAhead: number): BarReader {
    const honest = featureReader(1_000);
    return {
      names: [...honest.names, 'planted'],
      read: async (series) => {
        const readHonest = await honest.read(series);
        return async (from, to) =>
          (await readHonest(from, to)).map((row, index) => {
            const later = series[Math.min(from + index + barsAhead, series.length - 1)];
            return row && [...Array.from(row), later?.close ?? 0];
          });
      },
    };
  }

  test.each([1, 2, 50])(
    'finds a planted column that looks %d bars ahead, and no other',
    async (barsAhead) => {
      const found = await lookAheads(bars, planted(barsAhead), { cuts, rowsMax: 200 });
      expect(found.map(({ name }) => name)).toEqual(['planted']);
      const [{ bars: count, atMs, whole, cut } = { bars: 0, atMs: 0, whole: 0, cut: 0 }] = found;
      expect(count).toBe(cuts.length * barsAhead);
      expect(atMs).toBe(bars[(cuts[0] as number) - barsAhead + 1]?.openTime);
      expect(whole).not.toBe(cut);
    },
  );

  test('finds a bar that is spoken of only when later ones are there', async () => {
    const late: BarReader = {
      names: ['late'],
      read: async (series) => async (from, to) =>
        Array.from({ length: to - from + 1 }, (_, row) =>
          from + row + 1 < series.length ? [1] : undefined,
        ),
    };
    const found = await lookAheads(bars, late, { cuts: [500], rowsMax: 10 });
    expect(found).toMatchObject([{ name: 'late', bars: 1, whole: 1, cut: undefined }]);
  });

  test('cuts evenly, and never after the last bar', () => {
    expect(evenCuts(10, 102, 3)).toEqual([40, 70, 100]);
    expect(evenCuts(10, 13, 5)).toEqual([10, 11]);
    expect(evenCuts(10, 11, 5)).toEqual([]);
  });
});

describe('what an account does', () => {
  const override = { min_confidence: 0.5, min_prob_gap: 0.05, max_daily_loss_pct: 90 };
  const account = backtestAccount({ symbol: 'BTCUSD', account: 'defaults', override }, () => {
    throw new Error('defaults need no file');
  });
  const few = { cuts: cuts.slice(0, 3), rowsMax: 60 };

  /** Buys and sells by whether the close of so many bars later is higher. */
  function advice(barsAhead: number): Adviser {
    return (series) => ({
      predict: async (index) => {
        const [bar, other] = [series[index], series[index + barsAhead] ?? series[index]] as [
          Bar,
          Bar,
        ];
        const at = bar.openTime - monday;
        const says = other.close > bar.close ? 'buy' : 'sell';
        return aPrediction(says, { bar: 1 + at / barMs, atr: 60 });
      },
    });
  }

  test('follows from the bars so far: decisions, orders, fills and closes', async () => {
    const reader = accountReader('BTCUSD', account, advice(-1));
    expect(await lookAheads(bars, reader, few)).toEqual([]);
    const rows = await (await reader.read(bars))(firstVector, firstVector + 60);
    for (const kind of ['decision', 'order', 'fill', 'close']) {
      const column = reader.names.indexOf(`account: ${kind}`);
      const said = rows.filter((row) => row?.[column] !== '');
      expect(said.length, kind).toBeGreaterThan(kind === 'decision' ? 59 : 3);
    }
  });

  test.each([1, 3])('betrays advice that looks %d bars ahead', async (barsAhead) => {
    const reader = accountReader('BTCUSD', account, advice(barsAhead));
    const found = (await lookAheads(bars, reader, few)).map(({ name }) => name);
    expect(found).toContain('account: decision');
  });

  test('betrays a broker that fills by what comes later', async () => {
    const honest = accountReader('BTCUSD', account, advice(-1));
    const planted: BarReader = {
      ...honest,
      read: (series) => honest.read(series.map((bar, index) => knowing(bar, series[index + 1]))),
    };
    const found = (await lookAheads(bars, planted, few)).map(({ name }) => name);
    expect(found).toContain('account: fill');
    expect(found).toContain('account: order');
  });

  /** Opens where the next bar closes. */
  function knowing(bar: Bar, next: Bar | undefined): Bar {
    const open = next?.close ?? bar.open;
    const [high, low] = [price(Math.max(bar.high, open)), price(Math.min(bar.low, open))];
    return { ...bar, open, high, low };
  }
});

describe('the effect of a shorter history', () => {
  test('is nothing for the whole of it, and something for weekly recursions of less', () => {
    const longer = randomBars({ count: 21_000, seed: 4 });
    const end = longer.length - 1;
    const effects = historyEffects(longer, 1_000, {
      ends: [end],
      lengths: [9_000, 11_000, longer.length],
    });
    const of = (name: string) => effects.find((effect) => effect.name === name)?.differences ?? [];
    expect(effects.map(({ name }) => name)).toEqual(featureNames);
    // Fewer than fifteen weeks give no vector at all.
    expect(effects.every(({ differences }) => differences[0] === undefined)).toBe(true);
    expect(effects.every(({ differences }) => differences[2] === 0)).toBe(true);
    expect(of('w1_rsi_norm')[1]).toBeGreaterThan(1e-3);
    expect(of('rsi_14')[1]).toBeLessThan(1e-9);
  });
});
