import { beforeEach, describe, expect, test } from 'vitest';
import { ActorCell, type ActorCellOptions } from './actor-cell.ts';
import { DeadLetters } from './dead-letters.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { Stash, StashFullError } from './stash.ts';

let clock: SimulatedClock;
let letters: DeadLetters;
let seen: string[];

beforeEach(() => {
  clock = new SimulatedClock();
  letters = new DeadLetters({ recentMax: 10 });
  seen = [];
});

/** Puts everything aside until it hears `ready`. */
function aCell(options: Partial<ActorCellOptions<string>> = {}) {
  return new ActorCell<string>({
    name: 'account',
    mailbox: { capacity: 100, overflow: 'reject' },
    clock,
    releaseMs: 100,
    onDeadLetter: letters.record,
    stash: { capacity: 3, afterCrash: 'lost' },
    ...options,
  });
}

async function startWarmingUp(cell: ActorCell<string>, epoch = 1) {
  const life = await cell.start(epoch, new AbortController().signal, ({ stash, bringBack }) => {
    let isReady = false;
    return {
      receive: (message) => {
        if (message === 'crash') throw new Error('crash');
        if (message === 'ready') {
          isReady = true;
          bringBack();
        } else if (isReady) seen.push(message);
        else stash(message);
      },
    };
  });
  await clock.advanceAsync(0);
  return life;
}

async function tell(cell: ActorCell<string>, ...messages: readonly string[]): Promise<void> {
  for (const message of messages) cell.ref.tell(message);
  await clock.advanceAsync(0);
}

describe('what an actor puts aside', () => {
  test('comes back in its order, before what has come since', async () => {
    const cell = aCell();
    await startWarmingUp(cell);
    await tell(cell, 'a', 'b', 'ready', 'c');
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  test('is bounded: one too many is a crash like any other', async () => {
    const cell = aCell();
    const life = await startWarmingUp(cell);
    await tell(cell, 'a', 'b', 'c', 'd');
    expect(await life.ended).toMatchObject({ reason: 'failed', error: { name: 'StashFullError' } });
  });

  test('is nothing where no stash was declared', async () => {
    const cell = aCell({ stash: undefined });
    const life = await startWarmingUp(cell);
    await tell(cell, 'a');
    expect(await life.ended).toMatchObject({ error: { name: 'StashFullError' } });
  });

  test('is dead after a crash', async () => {
    const cell = aCell();
    const life = await startWarmingUp(cell);
    await tell(cell, 'a', 'b', 'crash');
    await life.ended;
    await startWarmingUp(cell, 2);
    await tell(cell, 'ready', 'c');
    expect(seen).toEqual(['c']);
    expect(letters.recent.map(({ message }) => message)).toEqual(['a', 'b']);
  });

  test('is handed to the successor where that is declared', async () => {
    const cell = aCell({ stash: { capacity: 3, afterCrash: 'kept' } });
    const life = await startWarmingUp(cell);
    await tell(cell, 'a', 'b', 'crash');
    await life.ended;
    await startWarmingUp(cell, 2);
    await tell(cell, 'ready', 'c');
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(letters.total).toBe(0);
  });

  test('is dead when the place is closed', async () => {
    const cell = aCell();
    await startWarmingUp(cell);
    await tell(cell, 'a');
    cell.close();
    expect(letters.recent).toMatchObject([{ message: 'a', reason: 'stopped' }]);
  });
});

test('a stash counts what it holds, returned or not', () => {
  const stash = new Stash<number>(2);
  stash.put(1);
  stash.bringBack();
  stash.put(2);
  expect(() => stash.put(3)).toThrow(StashFullError);
  stash.bringBack();
  expect(stash.clear()).toHaveLength(2);
  expect(stash.size).toBe(0);
});
