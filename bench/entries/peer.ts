/** A thread of benchmarks: as many small actors as it is told to have, each of which counts, answers or fails. */
import { actorChild } from '../../src/runtime/actor-child.ts';
import { answer, type ReplyTo } from '../../src/runtime/asker.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { DeathWatch } from '../../src/runtime/death-watch.ts';
import { PostOffice } from '../../src/runtime/post-office.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import { serveThread, threadData, threadPort } from '../../src/runtime/serve-thread.ts';
import { Supervisor } from '../../src/runtime/supervisor.ts';

export type PeerData = { readonly thread: string; readonly actors: number };

export type PeerMessage =
  | { readonly type: 'tick'; readonly bid: number; readonly ask: number; readonly at: number }
  | readonly {
      readonly type: 'tick';
      readonly bid: number;
      readonly ask: number;
      readonly at: number;
    }[]
  | { readonly type: 'ask'; readonly replyTo: ReplyTo }
  | { readonly type: 'throw' }
  | { readonly type: 'die' }
  | { readonly type: 'hang' };

const { data, epoch } = threadData<PeerData>();

await serveThread({
  port: threadPort(),
  epoch,
  start: async ({ report }) => {
    const deathWatch = new DeathWatch();
    const office = new PostOffice({ thread: data.thread, onDeadLetter: () => {}, deathWatch });
    const actors = Array.from({ length: data.actors }, (_, n) => one(`a${n}`, office));
    for (const { id, ref } of actors) office.register(id, ref);
    const supervisor = new Supervisor({
      id: data.thread,
      strategy: 'one-for-one',
      order: 'parallel',
      intensity: { restartsMax: 1_000_000, windowMs: 1_000 },
      backoff: { immediate: 1_000_000, minMs: 1, maxMs: 1, jitter: 0, resetAfterMs: 60_000 },
      children: actors,
      clock: systemClock,
      random: seededRandom(1),
      onEvent: (event) => {
        deathWatch.record(event);
        report(event);
      },
    });
    await supervisor.start();
    return {
      ended: supervisor.ended,
      connect: (peer, port, residents) => office.connect(peer, port, residents),
      tree: () => supervisor.tree(),
      crash: () => {},
      stop: async (deadlineMs) => {
        await supervisor.stop(deadlineMs);
        office.close();
      },
    };
  },
});

function one(id: string, office: PostOffice) {
  let taken = 0;
  return actorChild<PeerMessage>({
    id,
    restart: 'permanent',
    shutdownMs: 10_000,
    startMs: 10_000,
    mailbox: { capacity: 20_000, overflow: 'drop-oldest' },
    clock: systemClock,
    onDeadLetter: () => {},
    start: () => ({
      receive: (message) => {
        if (!('type' in message)) {
          taken += message.length;
          return;
        }
        switch (message.type) {
          case 'tick':
            taken += 1;
            return;
          case 'ask':
            return answer(office, message.replyTo, taken);
          case 'throw':
            throw new Error('a benchmark asks for it');
          case 'die':
            return process.exit(7);
          default:
            for (;;);
        }
      },
    }),
  });
}
