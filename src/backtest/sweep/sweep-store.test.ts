import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { randomWorld, sweptPolicy } from '../../../test/sweep-stage.ts';
import { openDatabase } from '../../sqlite/sqlite.ts';
import { SetPlayer } from './set-player.ts';
import { sweepInputs } from './sweep-inputs.ts';
import { changedInputs, SweepStore } from './sweep-store.ts';
import { decidedFrom } from './sweep-world.ts';

const root = mkdtempSync(join(tmpdir(), 'novosky-sweep-store-'));
afterAll(() => rmSync(root, { recursive: true }));

const { world } = randomWorld(60);
const policy = sweptPolicy();
const inputs = sweepInputs(world, policy);
const set = { key: policy.hash, target: 'kelly', override: { min_votes: 2 } } as const;

describe('the results of a sweep', () => {
  test('are there again, to the last bit, when the same inputs are swept', async () => {
    const result = await new SetPlayer(world).play(policy);
    const store = new SweepStore(root, 'BTCUSD', inputs);
    expect(store.result(set.key)).toBeUndefined();
    store.keep(set, result);
    store.keep(set, result);
    store.close();
    const again = new SweepStore(root, 'BTCUSD', sweepInputs(world, policy));
    expect(again.path).toBe(store.path);
    expect(again.result(set.key)).toEqual(JSON.parse(JSON.stringify(result)));
    expect(again.all()).toHaveLength(1);
    again.close();
  });

  const [bar] = world.bars.slice(-1);
  const changes = {
    data: {
      ...world,
      bars: [...world.bars.slice(0, -1), { ...bar, volume: 7_777 }] as typeof world.bars,
    },
    models: { ...world, table: { ...world.table, raw: world.table.raw.map((each) => each / 2) } },
    'data, window': { ...world, bars: world.bars.slice(1) },
    configuration: { ...world, deposit: 77 as typeof world.deposit },
  };

  const finer = { barMs: 300_000, bars: world.bars.slice(0, 1) };
  const others = [
    ...Object.entries(changes),
    ['data', { ...world, detail: new Map([[decidedFrom(world), finer]]) }] as const,
  ];

  test.each(others)('begin anew with other %s, and it is named', (names, other) => {
    const folder = mkdtempSync(join(root, 'changed-'));
    expect(changedInputs(folder, 'BTCUSD', inputs)).toBeUndefined();
    const store = new SweepStore(folder, 'BTCUSD', inputs);
    expect(changedInputs(folder, 'BTCUSD', inputs)).toBeUndefined();
    const changed = sweepInputs(other, policy);
    expect(changedInputs(folder, 'BTCUSD', changed)?.join(', ')).toBe(names);
    expect(changedInputs(folder, 'XAUUSD', changed)).toBeUndefined();
    const fresh = new SweepStore(folder, 'BTCUSD', changed);
    expect(fresh.path).not.toBe(store.path);
    store.close();
    fresh.close();
  });

  test.each([
    ['before it had a table', []],
    ['before it had an input', ['CREATE TABLE inputs (name TEXT, hash TEXT) STRICT']],
  ])('are not compared with a file whose sweep was stopped %s', (_when, statements) => {
    const folder = mkdtempSync(join(root, 'begun-'));
    const begun = openDatabase(join(folder, 'BTCUSD-0123456789ab.sqlite'), {
      synchronous: 'NORMAL',
    });
    for (const statement of statements) begun.exec(statement);
    begun.close();
    expect(changedInputs(folder, 'BTCUSD', inputs)).toBeUndefined();
    new SweepStore(folder, 'BTCUSD', inputs).close();
    const changed = sweepInputs(changes.configuration, policy);
    expect(changedInputs(folder, 'BTCUSD', changed)).toEqual(['configuration']);
  });

  test('begin anew with another policy as configured', () => {
    const other = sweepInputs(world, sweptPolicy({ min_votes: 3 }));
    const differing = Object.keys(inputs).filter((name) => inputs[name] !== other[name]);
    expect(differing).toEqual(['configuration']);
  });
});
