/** What was meant for an actor that is dead waits in the mailbox for its successor, or comes over a line that outlived its thread. */
import { describe, expect, test } from 'vitest';
import { AccountStage } from '../../test/account-stage.ts';
import { monday } from '../../test/account-world.ts';
import { traceOf } from '../domain/bar.ts';
import { epochMs, money } from '../domain/units.ts';
import type { AccountMessage, BrokerAnswer } from './account-message.ts';

type Own = Extract<AccountMessage, { readonly incarnation: number }>;
type Content<T> = T extends unknown ? Omit<T, 'incarnation'> : never;

/** Live, restarted once, with a bar that waits for its prediction. */
async function restarted(): Promise<AccountStage> {
  const stage = await new AccountStage({ pollEveryMs: 5_000 }).start();
  await stage.restart();
  stage.close(2);
  await stage.settle();
  return stage;
}

const answered = (input: BrokerAnswer['input']): Content<Own> => ({
  type: 'broker-answered',
  answer: { ioAt: epochMs(monday), input },
});

const messages: readonly [string, (stage: AccountStage) => Content<Own>][] = [
  ['that a read failed', () => answered({ type: 'read-failed', reason: 'no answer' })],
  [
    'what a read brought',
    ({ broker }) => {
      const read = broker.read();
      const view = { ...read.view, equity: money(1) };
      return answered({ type: 'reconciled', ...read, view });
    },
  ],
  [
    'that a bar is overdue',
    () => ({ type: 'bar-overdue', trace: traceOf('BTCUSD', 'M15', epochMs(monday)) }),
  ],
];

describe('what an actor is told that was meant for its former incarnation', () => {
  test.each(messages)('is void: %s', async (_, messageFor) => {
    const told = async (age: number) => {
      const stage = await restarted();
      const before = stage.facts.length;
      stage.tell({ ...messageFor(stage), incarnation: stage.incarnation - age } as Own);
      await stage.settle();
      const facts = stage.facts.slice(before);
      await stage.stop();
      return facts;
    };
    expect(await told(1)).toEqual([]);
    expect(await told(0)).not.toEqual([]);
  });

  test('is void: that it is time to look at the broker', async () => {
    const stage = await restarted();
    const before = stage.reads;
    stage.tell({ type: 'poll', incarnation: stage.incarnation - 1 });
    await stage.settle();
    expect(stage.reads).toBe(before);
    stage.tell({ type: 'poll', incarnation: stage.incarnation });
    await stage.settle();
    expect(stage.reads).toBe(before + 1);
  });
});
