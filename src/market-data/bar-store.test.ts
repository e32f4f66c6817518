import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { generatedBars } from '../../test/generated-bars.ts';
import type { Bar } from '../domain/bar.ts';
import { price } from '../domain/units.ts';
import { openDatabase } from '../sqlite/sqlite.ts';
import { BarStoreError, openBarReader, openBarStore } from './bar-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-store-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bars = generatedBars({ seed: 1, count: 100, tick: 0.01 });
const barAt = (index: number) => bars[index] as Bar;
let stores = 0;

function emptyStore() {
  return openBarStore(join(folder, `${++stores}.db`));
}

describe('a bar store', () => {
  test('gives back what it took, the same in every number', () => {
    const store = emptyStore();
    const series = bars.map((bar, i) => (i % 2 === 0 ? bar : { ...bar, spreadPoints: i }));
    expect(store.append('BTCUSD', 'M15', series)).toEqual({
      added: 100,
      contradictions: [],
      late: [],
    });
    expect(store.bars('BTCUSD', 'M15')).toEqual(series);
    expect(store.first('BTCUSD', 'M15')).toEqual(series[0]);
    expect(store.last('BTCUSD', 'M15')).toEqual(series[99]);
    store.close();
  });

  test('still has it after it was closed and opened again', () => {
    const path = join(folder, 'kept.db');
    const before = openBarStore(path);
    before.append('BTCUSD', 'M15', bars);
    before.close();
    const after = openBarStore(path);
    expect(after.bars('BTCUSD', 'M15')).toEqual(bars);
    after.close();
  });

  test('keeps symbols and timeframes apart', () => {
    const store = emptyStore();
    store.append('BTCUSD', 'M15', bars.slice(0, 10));
    store.append('BTCUSD', 'M5', bars.slice(0, 20));
    store.append('EURUSD', 'M15', bars.slice(0, 30));
    expect(store.bars('BTCUSD', 'M15')).toHaveLength(10);
    expect(store.bars('BTCUSD', 'M5')).toHaveLength(20);
    expect(store.last('EURUSD', 'M15')).toEqual(barAt(29));
    expect(store.last('XAUUSD', 'M15')).toBeUndefined();
    expect(store.first('XAUUSD', 'M15')).toBeUndefined();
    store.close();
  });

  test('reads a range, both ends included', () => {
    const store = emptyStore();
    store.append('BTCUSD', 'M15', bars);
    const range = { from: barAt(10).openTime, to: barAt(19).openTime };
    expect(store.bars('BTCUSD', 'M15', range)).toEqual(bars.slice(10, 20));
    expect(store.bars('BTCUSD', 'M15', { from: barAt(95).openTime })).toEqual(bars.slice(95));
    expect(store.bars('BTCUSD', 'M15', { to: barAt(4).openTime })).toEqual(bars.slice(0, 5));
    store.close();
  });

  test('takes the same bars again and changes nothing', () => {
    const store = emptyStore();
    store.append('BTCUSD', 'M15', bars.slice(0, 60));
    const nothing = { added: 0, contradictions: [], late: [] };
    expect(store.append('BTCUSD', 'M15', bars.slice(0, 60))).toEqual(nothing);
    expect(store.append('BTCUSD', 'M15', bars.slice(40)).added).toBe(40);
    expect(store.append('BTCUSD', 'M15', [])).toEqual(nothing);
    expect(store.bars('BTCUSD', 'M15')).toEqual(bars);
    store.close();
  });

  test.each<[string, Partial<Bar>]>([
    ['close', { close: price((barAt(50).high + barAt(50).low) / 2) }],
    ['volume', { volume: barAt(50).volume + 1 }],
    ['spread', { spreadPoints: 7 }],
  ])('never changes a stored bar: another %s is reported', (_, change) => {
    const store = emptyStore();
    store.append('BTCUSD', 'M15', bars.slice(0, 60));
    const told = bars.map((bar, i) => (i === 50 ? { ...bar, ...change } : bar));
    expect(store.append('BTCUSD', 'M15', told)).toEqual({
      added: 40,
      contradictions: [barAt(50).openTime],
      late: [],
    });
    expect(store.bars('BTCUSD', 'M15')).toEqual(bars);
    store.close();
  });

  test('does not grow in its middle or before its beginning: late bars are reported', () => {
    const store = emptyStore();
    store.append('BTCUSD', 'M15', [...bars.slice(5, 20), ...bars.slice(22, 30)]);
    const missing = [0, 1, 2, 3, 4, 20, 21].map((index) => barAt(index).openTime);
    expect(store.append('BTCUSD', 'M15', bars.slice(0, 31))).toEqual({
      added: 1,
      contradictions: [],
      late: missing,
    });
    expect(store.bars('BTCUSD', 'M15')).toHaveLength(24);
    store.close();
  });

  test.each<[string, readonly Bar[]]>([
    ['disorder', [barAt(1), barAt(0)]],
    ['a duplicate', [barAt(0), barAt(0)]],
    ['an impossible price', [barAt(0), { ...barAt(1), low: 0 as never }]],
    ['a price that is not a number', [barAt(0), { ...barAt(1), high: Number.NaN as never }]],
  ])('refuses %s and stores nothing of it', (_, series) => {
    const store = emptyStore();
    expect(() => store.append('BTCUSD', 'M15', series)).toThrow(BarStoreError);
    expect(store.bars('BTCUSD', 'M15')).toEqual([]);
    store.close();
  });

  test('can be read while another one writes', () => {
    const path = join(folder, 'both.db');
    const writer = openBarStore(path);
    const reader = openBarStore(path);
    writer.append('BTCUSD', 'M15', bars);
    expect(reader.last('BTCUSD', 'M15')).toEqual(barAt(99));
    reader.close();
    writer.close();
  });
});

describe('a reader of a bar store', () => {
  test('sees what its owner adds meanwhile, and is none where there is no store', () => {
    const path = join(folder, 'read.db');
    expect(openBarReader(path)).toBeUndefined();
    const owner = openBarStore(path);
    owner.append('BTCUSD', 'M15', bars.slice(0, 10));
    const reader = openBarReader(path);
    expect(reader?.bars('BTCUSD', 'M15')).toEqual(bars.slice(0, 10));
    owner.append('BTCUSD', 'M15', bars);
    expect(reader?.last('BTCUSD', 'M15')).toEqual(bars.at(-1));
    reader?.close();
    owner.close();
  });

  test('refuses the store of another version', () => {
    const path = join(folder, 'newer.db');
    openBarStore(path).close();
    const newer = openDatabase(path, { synchronous: 'NORMAL' });
    newer.pragma('user_version = 9');
    newer.close();
    expect(() => openBarReader(path)).toThrow('has schema 9');
  });
});
