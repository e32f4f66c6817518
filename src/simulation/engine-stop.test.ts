import { expect, test } from 'vitest';
import { seededRandom } from '../runtime/seeded-random.ts';
import { SeededScheduler } from '../runtime/simulation/seeded-scheduler.ts';
import { SimulatedThread } from '../runtime/simulation/simulated-thread.ts';
import { SimulatedWorker } from '../runtime/simulation/simulated-worker.ts';
import type { Rule } from './account-audit.ts';
import { watchStopOrder } from './engine-stop.ts';
import type { LivingThread } from './thread-troubles.ts';

/** Threads that end in this order, and what is said of it. */
async function rulesBrokenBy(
  order: readonly string[],
  { harmed = [], codes = {} }: { harmed?: readonly string[]; codes?: Record<string, number> } = {},
): Promise<readonly Rule[]> {
  const leaves = new Map<string, (code: number) => void>();
  const scheduler = new SeededScheduler({ random: seededRandom(1), startMs: 0 });
  const parent = new SimulatedThread('main', scheduler);
  const threads = new Map(
    order.map((name): [string, LivingThread] => {
      const worker = new SimulatedWorker({
        ...{ name, scheduler, delay: () => 0, parent },
        body: ({ leave }) => leaves.set(name, leave),
      });
      return [name, { worker, pulse: undefined, residents: [] }];
    }),
  );
  const rules: Rule[] = [];
  const isHarmed = ({ worker }: LivingThread) => harmed.includes(worker.thread.name);
  const judge = watchStopOrder(threads, isHarmed, ({ rule }) => rules.push(rule));
  while (await scheduler.step());
  for (const name of order) leaves.get(name)?.(codes[name] ?? 0);
  judge();
  return rules;
}

const usual = ['account:alpha', 'shard:1', 'inference', 'market', 'terminals'];

test('threads that stop in the reverse order of their start are in order', async () => {
  expect(await rulesBrokenBy(usual)).toEqual([]);
});

test.each([
  ['the market ends before an account', ['market', 'account:alpha']],
  ['the market ends before the models that need it', ['account:alpha', 'market', 'inference']],
  ['the terminals end first', ['terminals', 'market']],
])('it is noticed when %s', async (_, order) => {
  expect(await rulesBrokenBy(order)).toEqual(['a parent ended before its child'] satisfies Rule[]);
});

test('one that something went wrong with ends when it can, and one that fails when it fails', async () => {
  const order = ['market', 'account:alpha'];
  expect(await rulesBrokenBy(order, { harmed: ['account:alpha'] })).toEqual([]);
  expect(await rulesBrokenBy(order, { codes: { market: 1 } })).toEqual([]);
});
