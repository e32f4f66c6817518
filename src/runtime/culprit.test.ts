import { afterEach, describe, expect, test } from 'vitest';
import { SharedStage } from '../../test/fixtures/shared-stage.ts';
import type { Failing } from '../../test/fixtures/shared-thread.ts';

let stage: SharedStage;

afterEach(() => stage.close());

async function start(changes: ConstructorParameters<typeof SharedStage>[0] = {}): Promise<void> {
  stage = new SharedStage(changes);
  await stage.supervisor.start();
}

describe('what nobody catches in a thread of several', () => {
  test.each<{ how: Failing; reason: string }>([
    { how: 'in-timer', reason: 'Error: thrown in a timer' },
    { how: 'in-microtask', reason: 'Error: thrown in a microtask' },
    { how: 'behind-await', reason: 'Error: thrown behind an await' },
    { how: 'rejects', reason: 'Error: nobody waits for this' },
    { how: 'while-it-waits', reason: 'Error: thrown where its own handler waits for it' },
  ])('($how) crashes the resident whose it is, in place', async ({ how, reason }) => {
    await start();
    stage.tell('a', { type: 'fail', how });
    await stage.until(() => stage.reasons('a').length > 0);
    expect(await stage.who('a')).toMatchObject({ threadEpoch: 1, epoch: 2 });
    expect(await stage.who('b')).toMatchObject({ threadEpoch: 1, epoch: 1 });
    expect(stage.reasons('a')).toEqual([reason]);
    expect(stage.reasons('shard')).toEqual([]);
  });

  test('ends the thread when it is nobody’s', async () => {
    await start();
    await stage.control('shard').harm('throw');
    await stage.started('shard', 2);
    expect(stage.culprits('shard')).toEqual([
      [undefined, 'HarmError: a failure was asked for: throw'],
    ]);
    expect(await stage.who('b')).toMatchObject({ threadEpoch: 2, epoch: 1 });
    expect(await stage.who('c')).toMatchObject({ threadEpoch: 1, epoch: 1 });
  });

  test('is of the resident even if he was never seen before', async () => {
    await start();
    await stage.control('shard').harm('reject', 'somebody-new');
    await stage.started('shard', 2);
    expect(stage.culprits('shard')).toEqual([
      ['somebody-new', 'HarmError: a failure was asked for: reject'],
    ]);
  });
});

test('what nobody catches in a thread of one is his, whoever threw it', async () => {
  await start();
  await stage.control('other').harm('throw');
  await stage.until(() => stage.reasons('c').length > 0);
  expect(await stage.who('c')).toMatchObject({ threadEpoch: 1, epoch: 2 });
  expect(stage.reasons('other')).toEqual([]);
});

describe('a thread that ends', () => {
  test.each([
    { way: 'exit', reason: 'ThreadExitError: the thread shard left with exit code 7' },
    { way: 'heap', reason: 'reaching memory limit' },
    { way: 'loop', reason: 'ThreadHungError: the thread shard showed no sign of life' },
  ] as const)('by $way names the resident who did it', async ({ way, reason }) => {
    await start({ seesHangs: way === 'loop' });
    await stage.control('shard').harm(way, 'b');
    await stage.started('shard', 2);
    expect(stage.culprits('shard')).toEqual([['b', expect.stringContaining(reason)]]);
    expect(await stage.who('a')).toMatchObject({ threadEpoch: 2 });
    expect(await stage.who('c')).toMatchObject({ threadEpoch: 1, epoch: 1 });
  });

  test('by the loop of a handler names its resident', async () => {
    await start({ seesHangs: true });
    stage.tell('a', { type: 'fail', how: 'loop' });
    await stage.started('shard', 2);
    expect(stage.culprits('shard')).toEqual([
      ['a', 'ThreadHungError: the thread shard showed no sign of life for 2000 ms'],
    ]);
  });

  test('takes nobody’s words with it that were said in the same burst', async () => {
    await start();
    const asked = stage.office.together(() => {
      const asked = stage.ask('a');
      stage.tell('b', { type: 'fail', how: 'exits' });
      return asked;
    });
    expect(await asked).toMatchObject({ outcome: 'answered', answer: { resident: 'a' } });
    await stage.started('shard', 2);
    expect(stage.culprits('shard')).toEqual([['b', expect.stringContaining('exit code 7')]]);
  });

  test('of which one lives in it names that one', async () => {
    await start();
    await stage.control('other').harm('exit');
    await stage.started('other', 2);
    expect(stage.culprits('other')).toEqual([['c', expect.stringContaining('exit code 7')]]);
  });
});
