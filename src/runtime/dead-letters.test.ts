import { expect, test } from 'vitest';
import { DeadLetters } from './dead-letters.ts';

test('dead letters are counted by reason, and the last of them kept', () => {
  const letters = new DeadLetters({ recentMax: 2 });
  letters.record({ to: 'account', message: 1, reason: 'stopped' });
  letters.record({ to: 'account', message: 2, reason: 'poison' });
  letters.record({ to: 'account', message: 3, reason: 'stopped' });
  expect(letters.total).toBe(3);
  expect([
    letters.count('stopped'),
    letters.count('poison'),
    letters.count('mailbox-full'),
  ]).toEqual([2, 1, 0]);
  expect(letters.recent.map(({ message }) => message)).toEqual([2, 3]);
});
