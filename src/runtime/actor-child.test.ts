import { afterEach, beforeEach, expect, test } from 'vitest';
import { actorChild } from './actor-child.ts';
import { DeadLetters } from './dead-letters.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { Supervisor } from './supervisor.ts';

type Message = 'note' | 'crash' | 'hang';

let clock: SimulatedClock;
let letters: DeadLetters;
let notes: string[];
let released: string[];
let reasons: string[];
let supervisor: Supervisor;

beforeEach(() => {
  clock = new SimulatedClock();
  letters = new DeadLetters({ recentMax: 10 });
  notes = [];
  released = [];
  reasons = [];
});

afterEach(async () => {
  await supervisor.stop();
  expect(clock.pendingCount).toBe(0);
});

function noter(id: string) {
  return actorChild<Message>({
    id,
    restart: 'permanent',
    shutdownMs: 100,
    startMs: 100,
    clock,
    mailbox: { capacity: 10, overflow: 'drop-newest' },
    onDeadLetter: letters.record,
    start: ({ epoch }) => ({
      stopped: () => void released.push(`${id}${epoch}`),
      receive: (message) => {
        if (message === 'crash') throw new Error('crash');
        if (message === 'hang') return new Promise(() => {});
        notes.push(`${id}${epoch}`);
      },
    }),
  });
}

async function supervise(children: ReturnType<typeof noter>[]): Promise<void> {
  supervisor = new Supervisor({
    id: 'thread',
    strategy: 'one-for-one',
    intensity: { restartsMax: 3, windowMs: 1_000 },
    backoff: { immediate: 10, minMs: 1, maxMs: 1, jitter: 0, resetAfterMs: 1_000 },
    children,
    clock,
    random: () => 0,
    onEvent: (event) => {
      if (event.type === 'child-restarting') reasons.push(event.reason);
    },
  });
  await supervisor.start();
}

test('an actor is restarted in place: the same ref leads to its successor, and no mail is lost', async () => {
  const account = noter('account');
  const sibling = noter('sibling');
  await supervise([account, sibling]);
  for (const message of ['note', 'crash', 'note'] as const) account.ref.tell(message);
  sibling.ref.tell('note');
  await clock.advanceAsync(0);
  expect(notes.sort()).toEqual(['account1', 'account2', 'sibling1']);
  expect(supervisor.tree().children).toMatchObject([
    { id: 'account', kind: 'actor', status: 'running', restarts: 1, epoch: 2 },
    { id: 'sibling', restarts: 0, epoch: 1 },
  ]);
});

test('an actor can be made to crash from outside, while it runs', async () => {
  const account = noter('account');
  expect(account.crash('too early')).toBe(false);
  await supervise([account]);
  expect(account.crash('operator')).toBe(true);
  account.ref.tell('note');
  await clock.advanceAsync(0);
  expect(notes).toEqual(['account2']);
});

test('an actor fails by what nobody caught at once, though its handler waits; it is released once', async () => {
  const account = noter('account');
  expect(account.fail(new Error('too early'))).toBe(false);
  await supervise([account]);
  account.ref.tell('hang');
  account.ref.tell('note');
  await clock.advanceAsync(0);
  expect(account.fail(new Error('in a timer'))).toBe(true);
  // The same failure may come twice: as what was thrown, and as the rejection of who waited for it.
  expect(account.fail(new Error('and of a promise'))).toBe(true);
  await clock.advanceAsync(0);
  expect(released).toEqual(['account1']);
  expect(notes).toEqual(['account2']);
  expect(reasons).toEqual(['Error: in a timer']);
});

test('an actor that hangs is given up at its deadline; its successor goes on with the mail', async () => {
  const account = noter('account');
  await supervise([account]);
  account.ref.tell('hang');
  account.ref.tell('note');
  await clock.advanceAsync(0);
  const restarted = supervisor.restartChild('account', 'operator');
  await clock.advanceAsync(100);
  await restarted;
  await clock.advanceAsync(0);
  expect(notes).toEqual(['account2']);
});

test('mail for an actor whose supervisor has given up is dead', async () => {
  const account = noter('account');
  await supervise([account]);
  for (let crash = 0; crash < 4; crash += 1) account.ref.tell('crash');
  account.ref.tell('note');
  await clock.advanceAsync(0);
  expect(await supervisor.ended).toMatchObject({ reason: 'failed' });
  account.ref.tell('note');
  expect(letters.count('stopped')).toBe(2);
});
