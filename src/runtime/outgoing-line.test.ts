import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { OneThread } from '../../test/fixtures/one-thread.ts';
import type { ProbeAnswer, ProbeMessage } from '../../test/fixtures/probe-thread.ts';
import { DeadLetters } from './dead-letters.ts';
import { DeathWatch } from './death-watch.ts';
import { PostOffice } from './post-office.ts';

test('a receiver that stalls holds its sender at the window; what is too much is lost by name', async () => {
  const letters = new DeadLetters({ recentMax: 1 });
  const sender = new PostOffice({ thread: 'sender', onDeadLetter: letters.record, window: 200 });
  const receiver = new PostOffice({ thread: 'receiver', onDeadLetter: letters.record });
  const { port1, port2 } = new MessageChannel();
  sender.connect('receiver', port1);
  const seen: number[] = [];
  const ear = { name: 'ear', tell: (n: number) => seen.push(n) };
  receiver.register('ear', ear);
  // Nobody reads port2 yet: 200 are under way, 10,000 wait, and the rest has no place.
  for (let n = 0; n < 15_000; n += 1) sender.ref('receiver/ear').tell(n);
  expect(sender.roomTo('receiver')).toBe(0);
  expect(letters.count('no-credit')).toBe(15_000 - 10_200);
  receiver.connect('sender', port2);
  await until(() => seen.length === 10_200);
  expect(seen).toEqual([...Array(10_200).keys()]);
  await until(() => sender.roomTo('receiver') > 100);
  sender.close();
  receiver.close();
});

test('a message that waits for room is as it was when it was sent', async () => {
  const onDeadLetter = () => {};
  const sender = new PostOffice({ thread: 'sender', onDeadLetter, window: 128 });
  const receiver = new PostOffice({ thread: 'receiver', onDeadLetter });
  const { port1, port2 } = new MessageChannel();
  sender.connect('receiver', port1);
  const seen: number[] = [];
  receiver.register('ear', { name: 'ear', tell: ({ n }: { n: number }) => seen.push(n) });
  const message = { n: 0 };
  for (; message.n < 300; message.n += 1) sender.ref('receiver/ear').tell(message);
  receiver.connect('sender', port2);
  await until(() => seen.length === 300);
  expect(seen).toEqual([...Array(300).keys()]);
  sender.close();
  receiver.close();
});

test('what waits when the line is lost is dead', async () => {
  const letters = new DeadLetters({ recentMax: 1 });
  const sender = new PostOffice({ thread: 'sender', onDeadLetter: letters.record, window: 128 });
  const { port1 } = new MessageChannel();
  sender.connect('receiver', port1);
  for (let n = 0; n < 300; n += 1) sender.ref('receiver/ear').tell(n);
  sender.close();
  await until(() => letters.total > 0);
  expect(letters.count('not-connected')).toBe(300 - 128);
});

test('the news of a death stays behind what waits for room', async () => {
  const deathWatch = new DeathWatch();
  const onDeadLetter = () => {};
  const there = new PostOffice({ thread: 'there', onDeadLetter, window: 128, deathWatch });
  const here = new PostOffice({ thread: 'here', onDeadLetter });
  const { port1, port2 } = new MessageChannel();
  there.connect('here', port1);
  here.connect('there', port2);
  deathWatch.record({ type: 'child-started', id: 'a' });
  const log: unknown[] = [];
  here.register('ear', { name: 'ear', tell: (n: number) => log.push(n) });
  here.watch('there/a', ({ reason }) => log.push(reason));
  await until(() => deathWatch.count === 1);
  for (let n = 0; n < 1_128; n += 1) there.ref('here/ear').tell(n);
  deathWatch.record({ type: 'child-ended', id: 'a', exit: { reason: 'normal' } });
  await until(() => log.length === 1_129);
  expect(log).toEqual([...Array(1_128).keys(), 'ended']);
  here.close();
  there.close();
});

test('a thread that sends more than the window in one turn loses nothing that had a place to wait', async () => {
  const stage = new OneThread();
  await stage.supervisor.start();
  const ids: number[] = [];
  stage.office.register('ear', { name: 'ear', tell: ({ id }: ProbeAnswer) => ids.push(id) });
  const burst: ProbeMessage = { type: 'burst', count: 20_000, answerTo: 'main/ear', how: 'throw' };
  stage.tell(burst);
  await until(() => ids.length === 11_000);
  expect(ids).toEqual([...Array(11_000).keys()].map((n) => n + 1));
  await stage.close();
});

function until(isReached: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => (isReached() ? resolve() : void setImmediate(check));
    check();
  });
}
