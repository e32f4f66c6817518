import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Lane, Mailbox, MailboxFullError, type Overflow } from './mailbox.ts';

function drain<Message>(mailbox: Mailbox<Message>): Message[] {
  const messages: Message[] = [];
  for (let next = mailbox.shift(); next !== undefined; next = mailbox.shift()) messages.push(next);
  return messages;
}

describe('a mailbox', () => {
  test('hands out control before data before bulk, each in its order', () => {
    const mailbox = new Mailbox<string>({ capacity: 10, overflow: 'reject' });
    mailbox.push('tick 1', 'bulk');
    mailbox.push('bar 1');
    mailbox.push('halt', 'control');
    mailbox.push('tick 2', 'bulk');
    mailbox.push('bar 2');
    mailbox.push('stop', 'control');
    expect(mailbox.size).toBe(6);
    expect(drain(mailbox)).toEqual(['halt', 'stop', 'bar 1', 'bar 2', 'tick 1', 'tick 2']);
    expect(mailbox.size).toBe(0);
  });

  test.each<{ overflow: Overflow; lost: number[]; kept: number[] }>([
    { overflow: 'drop-oldest', lost: [1, 2], kept: [3, 4, 5] },
    { overflow: 'drop-newest', lost: [4, 5], kept: [1, 2, 3] },
  ])('that is full and declared $overflow loses exactly $lost', ({ overflow, lost, kept }) => {
    const mailbox = new Mailbox<number>({ capacity: 3, overflow });
    const gone = [1, 2, 3, 4, 5].map((message) => mailbox.push(message));
    expect(gone.filter((message) => message !== undefined)).toEqual(lost);
    expect(drain(mailbox)).toEqual(kept);
  });

  test('that is full and declared reject tells the sender and keeps what it has', () => {
    const mailbox = new Mailbox<number>({ capacity: 2, overflow: 'reject' });
    mailbox.push(1);
    mailbox.push(2);
    expect(() => mailbox.push(3)).toThrow(
      'the data lane of the mailbox is full, it holds 2 messages',
    );
    expect(drain(mailbox)).toEqual([1, 2]);
  });

  test('takes control though data has filled its lane', () => {
    const mailbox = new Mailbox<string>({ capacity: 1, overflow: 'drop-oldest' });
    mailbox.push('bar');
    expect(mailbox.push('halt', 'control')).toBeUndefined();
    expect(drain(mailbox)).toEqual(['halt', 'bar']);
  });

  test('never forgets control: a full control lane rejects, whatever is declared', () => {
    const mailbox = new Mailbox<string>({ capacity: 1, overflow: 'drop-oldest' });
    mailbox.push('halt', 'control');
    expect(() => mailbox.push('stop', 'control')).toThrow(MailboxFullError);
    expect(drain(mailbox)).toEqual(['halt']);
  });

  test.each([0, -1, 1.5])('has no capacity of %d', (capacity) => {
    expect(() => new Mailbox({ capacity, overflow: 'reject' })).toThrow(
      'capacity must be at least 1',
    );
  });

  test('agrees with three plain lists, whatever is done to it', () => {
    const lane = fc.constantFrom<Lane>('control', 'data', 'bulk');
    const action = fc.oneof(lane, fc.constant('shift' as const));
    const overflow = fc.constantFrom<Overflow>('reject', 'drop-oldest', 'drop-newest');
    const capacity = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(
        capacity,
        overflow,
        fc.array(action, { maxLength: 300 }),
        (limit, full, actions) => {
          const mailbox = new Mailbox<number>({ capacity: limit, overflow: full });
          const model: Record<Lane, number[]> = { control: [], data: [], bulk: [] };
          for (const [index, next] of actions.entries()) {
            if (next === 'shift') expect(mailbox.shift()).toBe(takeFromModel(model));
            else pushToBoth(mailbox, model, { message: index, lane: next, limit, full });
            const size = model.control.length + model.data.length + model.bulk.length;
            expect(mailbox.size).toBe(size);
          }
        },
      ),
    );
  });
});

function takeFromModel({ control, data, bulk }: Record<Lane, number[]>): number | undefined {
  return control.shift() ?? data.shift() ?? bulk.shift();
}

function pushToBoth(
  mailbox: Mailbox<number>,
  model: Record<Lane, number[]>,
  put: { message: number; lane: Lane; limit: number; full: Overflow },
): void {
  const { message, lane, limit, full } = put;
  const list = model[lane];
  if (list.length < limit) {
    list.push(message);
    expect(mailbox.push(message, lane)).toBeUndefined();
  } else if (lane === 'control' || full === 'reject') {
    expect(() => mailbox.push(message, lane)).toThrow(MailboxFullError);
  } else if (full === 'drop-newest') {
    expect(mailbox.push(message, lane)).toBe(message);
  } else {
    list.push(message);
    expect(mailbox.push(message, lane)).toBe(list.shift());
  }
}
