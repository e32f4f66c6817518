import { describe, expect, test } from 'vitest';
import { account, aPolicy, aQuote, barMs, monday } from '../../test/account-world.ts';
import { ModelBroker } from '../../test/model-broker.ts';
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
    sync: async () => {},
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

/** A reading: the first one tells of the books, the others of nothing but the time. */
function reading(minute = 0): AccountInput {
  const quote = aQuote(100_000, monday + minute * 60_000);
  const broker = new ModelBroker(quote);
  return { type: 'reconciled', ...broker.read(), at: quote.at, ioAt: quote.at };
}

/** A bar that is held. */
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
    const { disk } = opened();
    expect(disk.facts.map(({ type }) => type)).toContain('incarnation-started');
  });

  test('of a reading that nothing follows from goes with the decision, in one transaction', () => {
    const { disk, book } = opened();
    book.take(reading());
    book.write();
    const before = disk.appends.length;
    expect(book.take(reading(1))).toEqual([]);
    expect(disk.appends).toHaveLength(before);
    book.take(held(1));
    expect(disk.appends.slice(before).map(typesOf)).toEqual([['broker-read', 'bar-decided']]);
  });

  test('of anything but a reading waits for nothing', () => {
    const { disk, book } = opened();
    book.take(reading());
    book.write();
    const before = disk.appends.length;
    book.take(held(1));
    expect(disk.appends.slice(before).map(typesOf)).toEqual([['bar-decided']]);
  });

  test('is written at the end of the message at the latest, once', () => {
    const { disk, book } = opened();
    book.take(reading());
    book.take(reading(1));
    book.write();
    const { length } = disk.appends;
    book.write();
    expect(disk.appends).toHaveLength(length);
    expect(disk.facts.reduce(apply, initialState(account))).toEqual(book.state);
  });

  test('that could not be written lets none be written after it', () => {
    const { disk, book } = opened();
    book.take(reading());
    book.take(reading(1));
    disk.fails = true;
    expect(() => book.write()).toThrow('the disk is full');
    expect(book.hasFailed).toBe(true);
  });

  test('that was kept when something else failed goes with the answer that still comes', () => {
    const { disk, book } = opened();
    book.take(reading());
    book.write();
    const before = disk.appends.length;
    book.take(reading(1));
    expect(() => book.take(held(Number.NaN))).toThrow();
    expect(book.hasFailed).toBe(false);
    book.take(readFailed);
    expect(disk.appends.slice(before).map(typesOf)).toEqual([['broker-read', 'read-failed']]);
  });
});

function typesOf({ facts }: Append): readonly string[] {
  return facts.map(({ type }) => type);
}

test('a snapshot holds what is written and nothing else', () => {
  const { disk, book } = opened();
  for (let count = 0; disk.snapshot === undefined && count < 5_000; count += 1) {
    book.take(reading(count));
    if (count % 3 > 0) book.take(held(count));
    book.saveSnapshot();
  }
  const { sequence = 0, state } = disk.snapshot ?? {};
  expect(sequence).toBeGreaterThanOrEqual(1_000);
  expect(disk.facts).toHaveLength(sequence);
  expect(disk.facts.reduce(apply, initialState(account))).toEqual(state);
});
