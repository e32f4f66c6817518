/** A thread that floods an account with what it takes for stale news, as fast as the account takes it. */
import type { AccountMessage } from '../../src/actors/account-message.ts';
import type { Trace } from '../../src/domain/bar.ts';
import { PostOffice } from '../../src/runtime/post-office.ts';
import { serveThread, threadData, threadPort } from '../../src/runtime/serve-thread.ts';

export type FlooderData = { readonly thread: string; readonly victim: string };
export type FloodMessage = { readonly ticks: number };

const { data, epoch } = threadData<FlooderData>();
const office = new PostOffice({ thread: data.thread, onDeadLetter: () => {} });
const [peer = ''] = data.victim.split('/');

await serveThread({
  port: threadPort(),
  epoch,
  start: async () => {
    office.register('flood', {
      name: 'flood',
      tell: ({ ticks }: FloodMessage) => void flood(ticks),
    });
    return {
      connect: (other, port, residents) => office.connect(other, port, residents),
      tree: () => ({
        id: data.thread,
        kind: 'thread',
        status: 'running',
        restarts: 0,
        epoch,
        children: [],
      }),
      crash: () => {},
      stop: async () => office.close(),
    };
  },
});

async function flood(ticks: number): Promise<void> {
  const victim = office.ref<AccountMessage>(data.victim);
  for (let sent = 0; sent < ticks; ) {
    for (; sent < ticks && office.roomTo(peer) > 0; sent += 1) {
      victim.tell({
        type: 'prediction-missing',
        trace: `BTCUSD/M15/${sent}` as Trace,
        symbol: 'BTCUSD',
        reason: 'a tick',
      });
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  office.ref<{ readonly type: 'flooded' }>('main/flooded').tell({ type: 'flooded' });
}
