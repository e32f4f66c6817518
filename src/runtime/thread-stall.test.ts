import { afterEach, describe, expect, test } from 'vitest';
import { SharedStage } from '../../test/fixtures/shared-stage.ts';
import { systemClock } from './clock.ts';

let stage: SharedStage;

afterEach(() => stage.close());

async function start(changes: ConstructorParameters<typeof SharedStage>[0] = {}): Promise<void> {
  stage = new SharedStage({ seesHangs: true, ...changes });
  await stage.supervisor.start();
}

/** A thread holds ports of the main thread until it is gone. */
function openPorts(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
}

const hung = 'ThreadHungError: the thread shard showed no sign of life for 2000 ms';

describe('a thread that stands still', () => {
  test.each(['loop', 'native-stall'] as const)(
    '(%s) disturbs nobody else, and has a successor when it is gone',
    async (way) => {
      await start();
      await stage.control('shard').harm(way, 'a', 5_000);
      for (let times = 0; times < 20; times += 1) {
        expect(await stage.who('c')).toMatchObject({ threadEpoch: 1, epoch: 1 });
      }
      expect(stage.exits['shard']).toBeUndefined();
      await stage.started('shard', 2);
      expect(stage.culprits('shard')).toEqual([['a', hung]]);
      expect(await stage.who('b')).toMatchObject({ threadEpoch: 2, epoch: 1 });
      expect(await stage.who('c')).toMatchObject({ threadEpoch: 1, epoch: 1 });
    },
  );

  test('in native code that does not return is left behind, and its late end is no news', async () => {
    await start({ leaveBehindMs: 200 });
    const stalledMs = 5_000;
    await stage.control('shard').harm('native-stall', 'b', stalledMs);
    await stage.started('shard', 2);
    expect(stage.culprits('shard')).toEqual([
      [
        'b',
        `ThreadLeftBehindError: the thread shard could not be ended and was left behind <- ${hung}`,
      ],
    ]);
    expect(await stage.who('a')).toMatchObject({ threadEpoch: 2 });
    // Its ports of this thread go with it, when the native code has returned.
    const portsOfBoth = openPorts();
    while (openPorts() >= portsOfBoth) await new Promise<void>((go) => systemClock.after(50, go));
    expect(stage.exits['shard']).toHaveLength(1);
    expect(await stage.who('a')).toMatchObject({ threadEpoch: 2 });
  });

  test.each(['loops', 'stalls'] as const)(
    'while it starts (%s) is given up when its time to start is over',
    async (secondStart) => {
      await start({ secondStart, startMs: 5_000 });
      await stage.control('shard').harm('exit', 'a');
      await stage.started('shard', 3);
      expect(stage.reasons('shard')).toEqual([
        'ThreadExitError: the thread shard left with exit code 7',
        expect.stringContaining('no answer within 5000 ms'),
      ]);
      expect(await stage.who('a')).toMatchObject({ threadEpoch: 3 });
      expect(await stage.who('c')).toMatchObject({ threadEpoch: 1, epoch: 1 });
    },
  );
});
