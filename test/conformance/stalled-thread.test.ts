import { afterEach, beforeEach, expect, test } from 'vitest';
import { OneThread } from '../fixtures/one-thread.ts';

let stage: OneThread;

beforeEach(async () => {
  stage = new OneThread();
  await stage.supervisor.start();
});

afterEach(() => stage.close());

test('a thread that stalls holds its sender at the window, and what is too much is lost by name', async () => {
  const { office, deadLetters } = stage;
  const stalls = new Promise<void>((resolve) => {
    office.register('ear', { name: 'ear', tell: () => resolve() });
  });
  // Its last words: from here on it loops, and takes nothing.
  stage.tell({ type: 'burst', count: 1, answerTo: 'main/ear', how: 'loop' });
  await stalls;
  for (let round = 0; round < 15; round += 1) {
    for (let id = 0; id < 1_000; id += 1) stage.tell({ type: 'ping', id, answerTo: 'main/ear' });
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(office.roomTo('alpha')).toBe(0);
  // 1,000 under way, the last words among them, and 10,000 that wait.
  expect(deadLetters.count('no-credit')).toBe(15_000 - 999 - 10_000);
  await stage.thread.terminate();
  await stage.supervisor.stop();
  // Its port closes in its own time.
  while (office.isConnected('alpha')) await new Promise<void>((resolve) => setImmediate(resolve));
  expect(deadLetters.count('not-connected')).toBe(10_000);
});
