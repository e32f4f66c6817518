import { expect, test } from 'vitest';
import { seededRandom } from '../runtime/seeded-random.ts';
import { SeededScheduler } from '../runtime/simulation/seeded-scheduler.ts';
import { SimulatedThread } from '../runtime/simulation/simulated-thread.ts';
import { SimulatedWorker } from '../runtime/simulation/simulated-worker.ts';
import type { Rule } from './account-audit.ts';
import { watchStopOrder } from './engine-stop.ts';
import type { LivingThread } from './thread-troubles.ts';

/** Threads that end in this order, and what is said of it. */
function rulesBrokenBy(order: readonly string[], harmed: readonly string[] = []): readonly Rule[] {
  const scheduler = new SeededScheduler({ random: seededRandom(1), startMs: 0 });
  const parent = new SimulatedThread('main', scheduler);
  const threads = new Map(
    order.map((name): [string, LivingThread] => {
      const worker = new SimulatedWorker({
        ...{ name, scheduler, delay: () => 0, parent, body: () => {} },
      });
      return [name, { worker, pulse: undefined, residents: [] }];
    }),
  );
  const rules: Rule[] = [];
  const isHarmed = ({ worker }: LivingThread) => harmed.includes(worker.thread.name);
  const judge = watchStopOrder(threads, isHarmed, ({ rule }) => rules.push(rule));
  for (const name of order) threads.get(name)?.worker.thread.end();
  judge();
  return rules;
}

const usual = ['account:alpha', 'shard:1', 'inference', 'market', 'terminals'];

test('threads that stop in the reverse order of their start are in order', () => {
  expect(rulesBrokenBy(usual)).toEqual([]);
});

test.each([
  ['the market ends before an account', ['market', 'account:alpha']],
  ['the market ends before the models that need it', ['account:alpha', 'market', 'inference']],
  ['the terminals end first', ['terminals', 'market']],
])('it is noticed when %s', (_, order) => {
  expect(rulesBrokenBy(order)).toEqual(['a parent ended before its child'] satisfies Rule[]);
});

test('one that something went wrong with ends when it can', () => {
  expect(rulesBrokenBy(['market', 'account:alpha'], ['account:alpha'])).toEqual([]);
});
