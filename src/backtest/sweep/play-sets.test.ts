import { describe, expect, test } from 'vitest';
import { randomWorld, sweptPolicy } from '../../../test/sweep-stage.ts';
import { playSets } from './play-sets.ts';
import type { SetResult } from './set-player.ts';

const { world } = randomWorld(300);
const sets = [0.8, 1.2].flatMap((sl) =>
  [0.34, 0.48].map((confidence) => ({
    name: `${sl} ${confidence}`,
    policy: sweptPolicy({ 'dynamic_sltp.sl_atr_multiplier': sl, min_confidence: confidence }),
  })),
);
const never = new AbortController().signal;

async function played(
  order: typeof sets,
  workers: number,
  judge?: Parameters<typeof playSets>[2]['judge'],
): Promise<Record<string, SetResult>> {
  const results: Record<string, SetResult> = {};
  await playSets(world, order, {
    ...{ workers, judge, signal: never },
    onResult: ({ name }, result) => {
      results[name] = result;
    },
  });
  return results;
}

describe('the sets of a sweep', () => {
  test('come to the same with one thread, with two, in another order and in this thread', async () => {
    const one = await played(sets, 1);
    const two = await played(sets.toReversed(), 2);
    const here = await played(sets, 2, async () => {
      throw new Error('no policy of these manages positions');
    });
    expect(Object.keys(one).toSorted()).toEqual(sets.map(({ name }) => name).toSorted());
    expect(two).toEqual(one);
    expect(here).toEqual(one);
    const trades = Object.values(one).map(({ pessimistic }) => pessimistic.trades);
    expect(Math.min(...trades)).toBeGreaterThan(1);
    expect(new Set(Object.values(one).map(({ pessimistic }) => pessimistic.netProfit)).size).toBe(
      4,
    );
  });

  test('end when they are told to; what was done stays done', async () => {
    const interrupt = new AbortController();
    const done: string[] = [];
    await playSets(world, sets, {
      ...{ workers: 2, signal: interrupt.signal },
      onResult: ({ name }) => {
        done.push(name);
        interrupt.abort();
      },
    });
    expect(done.length).toBeGreaterThan(0);
    expect(done.length).toBeLessThan(sets.length);
  });

  test('fail as a whole when one of them does', async () => {
    const broken = {
      name: 'broken',
      policy: { ...sweptPolicy(), risk: 'much' as unknown as never },
    };
    const run = playSets(world, [broken, ...sets], {
      workers: 1,
      signal: never,
      onResult: () => {},
    });
    await expect(run).rejects.toThrow();
  });
});
