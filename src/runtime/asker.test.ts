import { beforeEach, describe, expect, test } from 'vitest';
import { AskCycleError, Asker, answer, type ReplyTo } from './asker.ts';
import { DeadLetters } from './dead-letters.ts';
import { DeathWatch } from './death-watch.ts';
import { MailboxFullError } from './mailbox.ts';
import { PostOffice, UncloneableMessageError } from './post-office.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { TimerWheel } from './timer-wheel.ts';

let clock: SimulatedClock;
let letters: DeadLetters;
let watch: DeathWatch;
let office: PostOffice;
let asker: Asker;
/** Questions that `b` was asked, oldest first. */
let asked: ReplyTo[];

beforeEach(() => {
  clock = new SimulatedClock();
  letters = new DeadLetters({ recentMax: 10 });
  watch = new DeathWatch();
  office = new PostOffice({ thread: 't', onDeadLetter: letters.record, deathWatch: watch });
  asker = new Asker({
    office,
    thread: 't',
    timers: new TimerWheel(clock),
    onDeadLetter: letters.record,
  });
  asked = [];
  office.register('b', { name: 'b', tell: (replyTo: ReplyTo) => asked.push(replyTo) });
  watch.record({ type: 'child-started', id: 'b' });
});

function ask(to = 't/b', because?: ReplyTo) {
  return asker.ask<ReplyTo, string>(
    { from: 't/a', to, deadlineMs: 100, because },
    (replyTo) => replyTo,
  );
}

function bEnds(): void {
  const error = { name: 'Error', message: 'crash' };
  watch.record({ type: 'child-ended', id: 'b', exit: { reason: 'failed', error } });
}

/** The one question that was asked. */
function question(): ReplyTo {
  return asked[0] as ReplyTo;
}

function nothingIsLeft(): void {
  expect([asker.pendingCount, clock.pendingCount, watch.count]).toEqual([0, 0, 0]);
}

describe('a question', () => {
  test('has its answer', async () => {
    const asking = ask();
    answer(office, question(), 'yes');
    expect(await asking).toEqual({ outcome: 'answered', answer: 'yes' });
    nothingIsLeft();
  });

  test('fails at its deadline', async () => {
    const asking = ask();
    clock.advance(100);
    expect(await asking).toEqual({ outcome: 'timed-out' });
    nothingIsLeft();
  });

  test('fails at once when the one asked ends, and is not asked again of its successor', async () => {
    const asking = [ask(), ask()];
    bEnds();
    watch.record({ type: 'child-started', id: 'b' });
    expect(await Promise.all(asking)).toMatchObject([{ outcome: 'down' }, { outcome: 'down' }]);
    expect(asked).toHaveLength(2);
    nothingIsLeft();
  });

  test('to somebody who is not there fails before it is sent', async () => {
    bEnds();
    expect(await ask()).toEqual({ outcome: 'down', down: { reason: 'not-running' } });
    expect(asked).toEqual([]);
    nothingIsLeft();
  });

  test('that a full mailbox rejects is overloaded', async () => {
    const tell = () => {
      throw new MailboxFullError(1, 'data');
    };
    office.register('b', { name: 'b', tell });
    expect(await ask()).toEqual({ outcome: 'overloaded' });
    nothingIsLeft();
  });

  test('that cannot be sent at all fails as sending does', async () => {
    const tell = () => {
      throw new UncloneableMessageError('t/b', {});
    };
    office.register('b', { name: 'b', tell });
    await expect(ask()).rejects.toThrow(UncloneableMessageError);
    nothingIsLeft();
  });

  test('to oneself is refused before it is sent', () => {
    expect(() => ask('t/a')).toThrow(AskCycleError);
    nothingIsLeft();
  });

  test('that goes round in a circle is refused, with the chain', () => {
    void ask();
    const aAsksB = question();
    const bAsks = (from: string, to: string, because: ReplyTo) =>
      asker.ask<ReplyTo, string>({ from, to, deadlineMs: 100, because }, (replyTo) => replyTo);
    expect(() => bAsks('t/b', 't/a', aAsksB)).toThrow('t/a -> t/b -> t/a');
    const cycle = { chain: ['t/a', 't/b', 't/c', 't/a'] };
    const cAsksA = () => bAsks('t/c', 't/a', { ...aAsksB, chain: ['t/a', 't/b'] });
    expect(cAsksA).toThrow(expect.objectContaining(cycle));
  });
});

describe('an answer', () => {
  test('that comes after the deadline is dropped and counted', async () => {
    const asking = ask();
    clock.advance(100);
    answer(office, question(), 'too late');
    expect(await asking).toEqual({ outcome: 'timed-out' });
    expect(letters.count('late-answer')).toBe(1);
  });

  test('that comes twice counts once', async () => {
    const asking = ask();
    answer(office, question(), 'first');
    answer(office, question(), 'second');
    expect(await asking).toEqual({ outcome: 'answered', answer: 'first' });
    expect(letters.recent).toMatchObject([{ reason: 'late-answer', message: 'second' }]);
  });
});
