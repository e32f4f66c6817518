/** Runs around every test file: one that leaves a thread, a process, a server, a socket or a watched file behind fails. */
import { afterAll } from 'vitest';
import { Leftovers } from './leftovers.ts';

const leftovers = new Leftovers();

afterAll(async () => {
  const left = await leftovers.after(10_000);
  const names = Object.entries(left).map(([kind, count]) => `${count} ${kind}`);
  if (names.length > 0) throw new LeftBehindError(names);
});

class LeftBehindError extends Error {
  override readonly name = 'LeftBehindError';
  constructor(names: readonly string[]) {
    super(`this test file left behind: ${names.join(', ')}; close it in afterEach or afterAll`);
  }
}
