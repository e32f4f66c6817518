import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aPolicy } from '../../test/account-world.ts';
import type { AccountMessage } from '../actors/account-message.ts';
import { accountId, epochMs } from '../domain/units.ts';
import { PostOffice } from '../runtime/post-office.ts';
import type { ThreadHandlers } from '../runtime/serve-thread.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { accountHost } from './account-host.ts';
import { startActors } from './actor-thread.ts';
import { type AccountSeat, addresses } from './thread-data.ts';

type Said = readonly [address: string, message: { readonly type: string }];
type Posted = { readonly envelopes?: readonly Said[] };

const [first, second] = [accountId('first'), accountId('second')];
let folder: string;
let office: PostOffice;
let host: ThreadHandlers;
/** What main was told, message by message. */
let posted: string[][];
/** Turns that wait for the event loop. */
let queue: (() => void)[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'novosky-account-host-'));
  posted = [];
  queue = [];
  office = new PostOffice({ thread: 'shard:1', onDeadLetter: () => {} });
  const means = {
    data: {
      thread: 'shard:1',
      stateFolder: folder,
      pollEveryMs: 60_000,
      seats: [seat('first'), seat('second')],
    },
    ...{ office, clock: new SimulatedClock(0), onDeadLetter: () => {} },
    schedule: (turn: () => void) => void queue.push(turn),
  };
  host = await startActors(means, accountHost(means), () => {});
  const { port1 } = new MessageChannel();
  office.connect('main', {
    postMessage: (said: Posted) => {
      const envelopes = said.envelopes ?? [said as unknown as Said];
      posted.push(envelopes.map(([, { type }]) => type));
    },
    on: (...heard: Parameters<typeof port1.on>) => port1.on(...heard),
    close: () => port1.close(),
  } as typeof port1);
});

afterEach(async () => {
  const stopped = host.stop(1_000);
  for (let isDown = false; !isDown; ) {
    turnLoop();
    isDown = await Promise.race([stopped.then(() => true), nextTurn().then(() => false)]);
  }
  rmSync(folder, { recursive: true });
});

/** Nobody listens at its terminal. */
function seat(id: string): AccountSeat {
  return {
    account: accountId(id),
    policy: aPolicy({ account: accountId(id) }),
    ...{ magic: 1, deviationPoints: 0, journalPath: join(folder, `${id}.db`) },
    terminal: {
      ...{ key: id, url: 'http://127.0.0.1:1', token: 'token' },
      ...{ symbols: { BTCUSD: 'BTCUSD' }, nature: 'external' },
    },
  };
}

function turnLoop(): void {
  for (const turn of queue.splice(0)) turn();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function tell(account: AccountSeat['account'], message: AccountMessage): void {
  office.tell(addresses.account(account), message);
}

describe('accounts that share a thread', () => {
  test('tell main together what they have to say in turns that were due together', () => {
    for (const account of [first, second])
      tell(account, { type: 'policy-changed', policy: aPolicy({ account }) });
    posted = [];
    turnLoop();
    expect(posted).toEqual([['account-changed', 'account-changed']]);
  });

  test('do not keep back what is announced to a person', () => {
    for (let failures = 1; failures <= aPolicy().readFailuresMax; failures += 1) {
      tell(first, {
        type: 'broker-answered',
        incarnation: 1,
        answer: { ioAt: epochMs(1), input: { type: 'read-failed', reason: 'a test says so' } },
      });
    }
    tell(second, { type: 'policy-changed', policy: aPolicy({ account: second }) });
    posted = [];
    queue.shift()?.();
    expect(posted.flat()).toContain('account-event');
  });

  test('let nobody wait for the receipt of a command', () => {
    tell(first, { type: 'command', command: 'pause', by: 'a person', number: 1 });
    tell(second, { type: 'policy-changed', policy: aPolicy({ account: second }) });
    posted = [];
    queue.shift()?.();
    expect(posted).toEqual([expect.arrayContaining(['command-taken'])]);
  });
});
