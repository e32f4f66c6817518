import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLog } from '../../src/cli/log-file.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { OneThread } from '../fixtures/one-thread.ts';

test('what a thread reported before it crashed is in the log file, before its end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'novosky-log-'));
  const unwritten = (cause: unknown) => expect(cause).toBeUndefined();
  const log = openLog({ folder, clock: systemClock, secrets: [], unwritten });
  const stage: OneThread = new OneThread({
    onSupervision: ({ type }) => {
      log.info({ thread: 'alpha' }, type);
    },
    onEnded: () => {
      log.info({ thread: 'alpha' }, 'thread-ended');
      ended();
    },
  });
  let ended = () => {};
  const over = new Promise<void>((resolve) => {
    ended = resolve;
  });
  await stage.supervisor.start();
  const { office } = stage;
  office.register('ear', { name: 'ear', tell: () => {} });
  stage.tell({ type: 'die', how: 'throw' });
  stage.tell({ type: 'burst', count: 1, answerTo: 'main/ear', how: 'exit' });
  await over;
  const lines = readFileSync(join(folder, 'novosky.log'), 'utf8').trim().split('\n');
  const said = lines.map((line) => (JSON.parse(line) as { event: string }).event);
  expect(said).toEqual(['child-ended', 'child-restarting', 'child-started', 'thread-ended']);
  await stage.close();
  rmSync(folder, { recursive: true });
});
