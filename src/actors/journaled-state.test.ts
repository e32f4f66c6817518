import { describe, expect, test } from 'vitest';
import { account, aPolicy, barMs, monday } from '../../test/account-world.ts';
import type { AccountFact } from '../account/account-fact.ts';
import { initialState } from '../account/account-state.ts';
import { apply } from '../account/apply.ts';
import type { AccountInput } from '../account/input.ts';
import { traceOf } from '../domain/bar.ts';
import { epochMs } from '../domain/units.ts';
import type { Journal, Snapshot } from '../journal/journal.ts';
import { JournaledState } from './journaled-state.ts';

type Append = { readonly facts: readonly AccountFact[]; readonly durability: string };

class Disk {
  readonly appends: Append[] = [];
  snapshot: Snapshot | undefined;
  fails = false;

  get facts(): readonly AccountFact[] {
    return this.appends.flatMap(({ facts }) => facts);
  }

  readonly journal: Journal<AccountFact> = {
    append: (facts, durability) => {
      if (this.fails) throw new Error('the disk is full');
      this.appends.push({ facts, durability });
    },
    read: () => [],
    saveSnapshot: (snapshot) => {
      this.snapshot = snapshot;
    },
    snapshot: () => this.snapshot,
    close: () => {},
  };
}

const moment = { at: epochMs(monday), ioAt: epochMs(monday) };
const readFailed: AccountInput = { type: 'read-failed', reason: 'nobody answers', ...moment };

/** A bar that nothing follows from. */
function held(bar: number): AccountInput {
  const trace = traceOf('BTCUSD', 'M15', epochMs(monday + bar * barMs));
  return { type: 'unpredicted', trace, symbol: 'BTCUSD', reason: 'warming up', ...moment };
}

function opened() {
  const disk = new Disk();
  const book = new JournaledState({
    journal: disk.journal,
    state: initialState(account),
    sequence: 0,
  });
  book.take({
    ...{ type: 'opened', epoch: 1, policy: aPolicy(), ...moment },
    absenceProof: { sinceCallMs: 1_000, emptyForMs: 500 },
  });
  return { disk, book };
}

describe('a fact', () => {
  test('that effects follow from is written before anybody can run them', () => {
    const { disk, book } = opened();
    expect(book.isWritten).toBe(true);
    expect(disk.facts.map(({ type }) => type)).toContain('incarnation-started');
  });

  test('that nothing follows from goes with the next ones, in one transaction and in order', () => {
    const { disk, book } = opened();
    const before = disk.appends.length;
    expect(book.take(held(1))).toEqual([]);
    expect(disk.appends).toHaveLength(before);
    expect(book.isWritten).toBe(false);
    expect(book.take(readFailed)).not.toEqual([]);
    expect(book.isWritten).toBe(true);
    const [last, ...others] = disk.appends.slice(before);
    expect(others).toEqual([]);
    expect(last?.facts.map(({ type }) => type)).toEqual([
      'day-began',
      'bar-decided',
      'read-failed',
    ]);
  });

  test('is written at the end of the message at the latest, once', () => {
    const { disk, book } = opened();
    book.take(held(1));
    book.write();
    const { length } = disk.appends;
    book.write();
    expect(disk.appends).toHaveLength(length);
    expect(disk.facts.reduce(apply, initialState(account))).toEqual(book.state);
  });

  test('that could not be written lets none be written after it', () => {
    const { disk, book } = opened();
    book.take(held(1));
    disk.fails = true;
    expect(() => book.write()).toThrow('the disk is full');
    expect(book.isWritten).toBe(false);
  });
});

test('a snapshot holds what is written and nothing else', () => {
  const { disk, book } = opened();
  for (let count = 0; disk.snapshot === undefined && count < 5_000; count += 1) {
    book.take(held(count));
    if (count % 3 === 0) book.write();
    book.saveSnapshot();
  }
  const { sequence = 0, state } = disk.snapshot ?? {};
  expect(sequence).toBeGreaterThanOrEqual(1_000);
  expect(disk.facts).toHaveLength(sequence);
  expect(disk.facts.reduce(apply, initialState(account))).toEqual(state);
});
