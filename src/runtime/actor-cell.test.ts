import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Actor, ActorContext } from './actor.ts';
import { ActorCell, type ActorCellOptions, type MakeActor } from './actor-cell.ts';
import { DeadLetters } from './dead-letters.ts';
import { type Lane, MailboxFullError } from './mailbox.ts';
import { SimulatedClock } from './simulated-clock.ts';

type Work = { resolve(): void; reject(error: Error): void };
type Message = { readonly text: string; readonly lane?: Lane };

let clock: SimulatedClock;
let deadLetters: DeadLetters;
let seen: string[];

beforeEach(() => {
  clock = new SimulatedClock();
  deadLetters = new DeadLetters({ recentMax: 1_000 });
  seen = [];
});

afterEach(() => expect(clock.pendingCount).toBe(0));

function aCell(options: Partial<ActorCellOptions<Message>> = {}): ActorCell<Message> {
  return new ActorCell<Message>({
    name: 'account',
    mailbox: { capacity: 1_000, overflow: 'drop-newest' },
    clock,
    releaseMs: 100,
    onDeadLetter: deadLetters.record,
    laneOf: (message) => message.lane ?? 'data',
    ...options,
  });
}

/** Notes what it takes; fails on `crash`. */
function recorder(context?: Pick<ActorContext<Message>, 'epoch'>): Actor<Message> {
  const mark = context && context.epoch > 1 ? `${context.epoch}:` : '';
  return {
    receive: ({ text }) => {
      if (text.startsWith('crash')) throw new Error(text);
      seen.push(mark + text);
    },
    stopped: () => {
      seen.push(`${mark}stopped`);
    },
  };
}

function start(cell: ActorCell<Message>, epoch = 1, make: MakeActor<Message> = recorder) {
  return cell.start(epoch, new AbortController().signal, make);
}

/** Everything that is ready to run has run. */
async function settled(): Promise<void> {
  await clock.advanceAsync(0);
}

describe('an actor', () => {
  test('takes messages in order, and control before what was sent earlier', async () => {
    const cell = aCell();
    await start(cell);
    for (const text of ['one', 'two', 'three']) cell.ref.tell({ text });
    cell.ref.tell({ text: 'halt', lane: 'control' });
    expect(seen).toEqual([]);
    await settled();
    expect(seen).toEqual(['halt', 'one', 'two', 'three']);
  });

  test('takes one message at a time: the next waits until the promise of the last has settled', async () => {
    const cell = aCell();
    const gates: (() => void)[] = [];
    await start(cell, 1, () => ({
      receive: async ({ text }) => {
        seen.push(`${text} begins`);
        await new Promise<void>((resolve) => gates.push(resolve));
        seen.push(`${text} ends`);
      },
    }));
    cell.ref.tell({ text: 'one' });
    cell.ref.tell({ text: 'two' });
    await settled();
    expect(seen).toEqual(['one begins']);
    gates.shift()?.();
    await settled();
    expect(seen).toEqual(['one begins', 'one ends', 'two begins']);
  });

  test('keeps messages that came before it was started', async () => {
    const cell = aCell();
    cell.ref.tell({ text: 'early' });
    await start(cell);
    await settled();
    expect(seen).toEqual(['early']);
  });

  test('with a flood of mail lets the others have their turn every 64 messages', async () => {
    const flooded = aCell();
    const other = aCell();
    let taken = 0;
    await start(flooded, 1, () => ({
      receive: () => {
        taken += 1;
      },
    }));
    await start(other, 1, () => ({
      receive: () => {
        seen.push(`after ${taken}`);
      },
    }));
    for (let count = 0; count < 1_000; count += 1) flooded.ref.tell({ text: 'tick' });
    other.ref.tell({ text: 'bar' });
    await settled();
    expect(seen).toEqual(['after 64']);
  });

  test('that sends to itself without end does not stop the event loop', async () => {
    const cell = aCell();
    let taken = 0;
    await start(cell, 1, ({ self }) => ({
      receive: (message) => {
        taken += 1;
        self.tell(message);
      },
    }));
    cell.ref.tell({ text: 'again' });
    await settled();
    expect(taken).toBeGreaterThan(64);
    cell.close();
  });
});

describe('a crash', () => {
  test.each<{ kind: string; receive: Actor<Message>['receive'] }>([
    {
      kind: 'a throw',
      receive: () => {
        throw new RangeError('no such bar');
      },
    },
    { kind: 'a rejection', receive: () => Promise.reject(new RangeError('no such bar')) },
  ])('by $kind ends the incarnation with the error', async ({ receive }) => {
    const cell = aCell();
    const incarnation = await start(cell, 1, () => ({ receive }));
    cell.ref.tell({ text: 'bar' });
    expect(await incarnation.ended).toMatchObject({
      reason: 'failed',
      error: { name: 'RangeError', message: 'no such bar' },
    });
    expect(incarnation.signal.aborted).toBe(true);
  });

  test('loses the failing message; ref and mailbox serve the successor', async () => {
    const cell = aCell();
    const first = await start(cell);
    for (const text of ['one', 'crash', 'two']) cell.ref.tell({ text });
    await first.ended;
    cell.ref.tell({ text: 'three' });
    await settled();
    expect(seen).toEqual(['one', 'stopped']);

    await start(cell, 2);
    await settled();
    expect(seen).toEqual(['one', 'stopped', '2:two', '2:three']);
    expect(deadLetters.total).toBe(0);
  });

  test('can be asked for: it takes the place of the next message, which is not lost', async () => {
    const cell = aCell();
    const first = await start(cell);
    cell.ref.tell({ text: 'one' });
    first.crash('an operator wants it');
    expect(await first.ended).toMatchObject({
      error: { name: 'RequestedCrashError', message: 'an operator wants it' },
    });
    await start(cell, 2);
    await settled();
    expect(seen).toEqual(['stopped', '2:one']);
  });

  test('is reported though the actor cannot release what it holds, with both errors', async () => {
    const cell = aCell();
    const stopped = () => Promise.reject(new Error('journal is busy'));
    const incarnation = await start(cell, 1, () => ({ ...recorder(), stopped }));
    cell.ref.tell({ text: 'crash' });
    const exit = await incarnation.ended;
    expect(exit).toMatchObject({ error: { name: 'AggregateError', cause: { message: 'crash' } } });
  });

  test('is reported after the time to release, though that never ends', async () => {
    const cell = aCell();
    const stopped = () => new Promise<void>(() => {});
    const incarnation = await start(cell, 1, () => ({ ...recorder(), stopped }));
    cell.ref.tell({ text: 'crash' });
    await settled();
    clock.advance(100);
    expect(await incarnation.ended).toMatchObject({ reason: 'failed' });
  });
});

describe('a poisonous message', () => {
  async function crashOn(cell: ActorCell<Message>, epoch: number, message: Message) {
    const incarnation = await start(cell, epoch);
    cell.ref.tell(message);
    await incarnation.ended;
  }

  test('that has crashed its actor twice is dead-lettered the third time', async () => {
    const cell = aCell({ identityOf: ({ text }) => text });
    // Sent anew each time, as a coordinator does that has no answer.
    await crashOn(cell, 1, { text: 'crash on bar 7' });
    await crashOn(cell, 2, { text: 'crash on bar 7' });
    await start(cell, 3);
    cell.ref.tell({ text: 'crash on bar 7' });
    cell.ref.tell({ text: 'bar 8' });
    await settled();
    expect(seen.at(-1)).toBe('3:bar 8');
    expect(deadLetters.recent).toEqual([
      { to: 'account', message: { text: 'crash on bar 7' }, reason: 'poison' },
    ]);
  });

  test('is another one, when it only looks the same and nothing says otherwise', async () => {
    const cell = aCell();
    for (const epoch of [1, 2, 3]) await crashOn(cell, epoch, { text: 'crash' });
    expect(deadLetters.total).toBe(0);
  });
});

describe('a stop', () => {
  test('comes after the current message and before every other', async () => {
    const cell = aCell();
    let finish = () => {};
    const incarnation = await start(cell, 1, () => ({
      ...recorder(),
      receive: async ({ text }) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        seen.push(text);
      },
    }));
    cell.ref.tell({ text: 'one' });
    cell.ref.tell({ text: 'two' });
    await settled();
    incarnation.stop();
    await settled();
    expect(incarnation.signal.aborted).toBe(false);
    finish();
    expect(await incarnation.ended).toEqual({ reason: 'stopped' });
    expect(seen).toEqual(['one', 'stopped']);
    expect(incarnation.signal.aborted).toBe(true);
  });

  test.each([
    ['before', ['crash', 'stop']],
    ['after', ['stop', 'crash']],
  ] as const)('wins over a crash that was asked for %s it', async (_, orders) => {
    const incarnation = await start(aCell());
    for (const order of orders) incarnation[order]('test');
    expect(await incarnation.ended).toEqual({ reason: 'stopped' });
  });

  test('is a failure when the actor cannot release what it holds', async () => {
    const stopped = () => Promise.reject(new Error('journal is busy'));
    const incarnation = await start(aCell(), 1, () => ({ receive: () => {}, stopped }));
    incarnation.stop();
    expect(await incarnation.ended).toMatchObject({ error: { message: 'journal is busy' } });
  });

  test('is not needed by an actor that ends itself', async () => {
    const cell = aCell();
    const incarnation = await start(cell, 1, ({ end }) => ({ ...recorder(), receive: end }));
    cell.ref.tell({ text: 'last' });
    expect(await incarnation.ended).toEqual({ reason: 'normal' });
    expect(seen).toEqual(['stopped']);
  });

  test('leaves the mail to the successor', async () => {
    const cell = aCell();
    const first = await start(cell);
    first.stop();
    await first.ended;
    cell.ref.tell({ text: 'kept' });
    await start(cell, 2);
    await settled();
    expect(seen).toEqual(['stopped', '2:kept']);
  });
});

describe('giving up a hanging actor', () => {
  test.each([
    ['fails', (work: Work) => work.reject(new Error('too late'))],
    ['comes to its end', (work: Work) => work.resolve()],
  ])('ends it at once; that its handler %s later concerns nobody', async (_, comeBack) => {
    const cell = aCell();
    let work: Work | undefined;
    const hanging = await start(cell, 1, () => ({
      receive: () =>
        new Promise<void>((resolve, reject) => {
          work = { resolve, reject };
        }),
    }));
    cell.ref.tell({ text: 'hang' });
    cell.ref.tell({ text: 'next' });
    await settled();
    hanging.kill(new Error('deadline'));
    expect(await hanging.ended).toMatchObject({ error: { message: 'deadline' } });
    expect(hanging.signal.aborted).toBe(true);

    comeBack(work as Work);
    await settled();
    const successor = await start(cell, 2);
    await settled();
    expect(seen).toEqual(['2:next']);
    expect(successor.signal.aborted).toBe(false);
  });
});

describe('messages that nobody takes', () => {
  test('are dead letters once the place is closed, those that wait and those that come', async () => {
    const cell = aCell();
    cell.ref.tell({ text: 'waits' });
    cell.close();
    cell.ref.tell({ text: 'comes' });
    expect(deadLetters.recent.map(({ message, reason }) => [message, reason])).toEqual([
      [{ text: 'waits' }, 'stopped'],
      [{ text: 'comes' }, 'stopped'],
    ]);
  });

  test('are dead letters when the mailbox drops them', () => {
    const cell = aCell({ mailbox: { capacity: 1, overflow: 'drop-oldest' } });
    cell.ref.tell({ text: 'old' });
    cell.ref.tell({ text: 'new' });
    expect(deadLetters.recent).toEqual([
      { to: 'account', message: { text: 'old' }, reason: 'mailbox-full' },
    ]);
  });

  test('are refused to the sender where the mailbox rejects', () => {
    const cell = aCell({ mailbox: { capacity: 1, overflow: 'reject' } });
    cell.ref.tell({ text: 'old' });
    expect(() => cell.ref.tell({ text: 'new' })).toThrow(MailboxFullError);
    expect(deadLetters.total).toBe(0);
  });

  test('are taken again after a new start', async () => {
    const cell = aCell();
    cell.close();
    await start(cell);
    cell.ref.tell({ text: 'back' });
    await settled();
    expect(seen).toEqual(['back']);
  });
});

describe('a start', () => {
  test('fails as its factory does, and the mail waits on', async () => {
    const cell = aCell();
    cell.ref.tell({ text: 'waits' });
    const failing = start(cell, 1, () => {
      throw new Error('journal is locked');
    });
    await expect(failing).rejects.toThrow('journal is locked');
    await start(cell, 2);
    await settled();
    expect(seen).toEqual(['2:waits']);
  });

  test('that is not wanted any more releases the actor it has made', async () => {
    const controller = new AbortController();
    const started = aCell().start(1, controller.signal, async (context) => {
      expect(context.signal.aborted).toBe(false);
      controller.abort(new Error('stopping'));
      expect(context.signal.aborted).toBe(true);
      return recorder(context);
    });
    await expect(started).rejects.toThrow('stopping');
    expect(seen).toEqual(['stopped']);
  });
});
