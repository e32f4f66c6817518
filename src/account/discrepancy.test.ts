import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AccountWorld, account, aPrediction, barMs, monday } from '../../test/account-world.ts';
import type { SubmitFault } from '../../test/model-broker.ts';
import { type Money, money, price, steps } from '../domain/units.ts';
import { initialState } from './account-state.ts';
import { apply } from './apply.ts';
import { dealsFrom } from './apply-deal.ts';
import { decide } from './decide.ts';
import { type DiscrepancyName, discrepanciesOf } from './discrepancy.ts';
import type { AccountInput } from './input.ts';
import { reportOf } from './report.ts';

/** An account with a long position of six steps. */
function aLong(faults: readonly SubmitFault[] = []): AccountWorld {
  const world = new AccountWorld({ faults }).open();
  world.bar(aPrediction('buy'));
  return world;
}

function namesOf({ journal }: AccountWorld): readonly DiscrepancyName[] {
  return discrepanciesOf(journal, initialState(account)).map(({ name }) => name);
}

function ticketOf({ broker }: AccountWorld): number {
  return broker.positions.at(-1)?.ticket ?? 0;
}

function pay({ broker }: AccountWorld, amount: number): void {
  broker.balance += amount;
  const ticket = 50 + broker.deals.length;
  broker.deals.push({
    ...{ kind: 'balance', ticket, at: broker.quote.at, comment: 'transfer' },
    amount: money(amount),
  });
}

describe('what others did at the broker', () => {
  test.each<readonly [DiscrepancyName, (world: AccountWorld) => void]>([
    ['external-close', (world) => void world.broker.close(ticketOf(world), 'client')],
    ['manual-partial', (world) => void world.broker.close(ticketOf(world), 'client', 2)],
    [
      'stops-moved-by-hand',
      (world) => void world.broker.protect(ticketOf(world), { stopLoss: price(94_900) }),
    ],
    [
      'unknown-position',
      ({ broker }) =>
        void broker.open({
          ...{ symbol: 'BTCUSD', side: 'sell', volume: steps(2), comment: '', isOwned: true },
          stopLoss: price(95_500),
        }),
    ],
    ['balance-operation', (world) => pay(world, 500)],
    ['balance-operation', (world) => pay(world, -500)],
  ])('is named: %s', (name, act) => {
    const world = aLong();
    act(world);
    world.read();
    world.read();
    world.open();
    expect(namesOf(world)).toEqual([name]);
  });

  test('is named where a position is gone, and its deal comes later', () => {
    const world = aLong();
    world.isManual = true;
    world.broker.close(ticketOf(world), 'client');
    const [deal] = world.broker.deals.splice(-1);
    world.read();
    expect(namesOf(world)).toEqual(['vanished-position']);
    expect(world.heard('close')).toEqual([]);
    if (deal) world.broker.deals.push(deal);
    world.read();
    expect(namesOf(world)).toEqual(['vanished-position', 'external-close']);
  });

  test('is named where an order of unknown outcome was executed', () => {
    expect(namesOf(aLong(['504-executed']))).toEqual(['ghost-order']);
    expect(namesOf(aLong(['504-late']))).toEqual(['ghost-order']);
  });

  test.each(['none', 'not-sent', 'rejected', '504-lost'] as const)(
    'is not what we did ourselves (%s)',
    (fault) => {
      const world = aLong([fault]);
      world.move(94_600);
      world.read();
      world.command('flatten');
      expect(namesOf(world)).toEqual([]);
    },
  );

  test('that moved money moves the start in proportion to the equity, and is nobody’s profit', () => {
    const world = aLong();
    const before = world.broker.view().equity;
    pay(world, 500);
    pay(world, -200);
    world.read();
    const { startingBalance, balance } = reportOf(world.journal);
    expect(startingBalance).toBeCloseTo((100_000 * (before + 300)) / before, 6);
    expect(balance).toBe(world.broker.balance);
    expect(world.state.day?.realised).toBeCloseTo(-0.18, 9);
  });
});

/** What may have happened at the broker since the account looked last. */
type Meddling = { readonly act: number; readonly by: number };

const meddlings: fc.Arbitrary<readonly Meddling[]> = fc.array(
  fc.record({ act: fc.integer({ min: 0, max: 6 }), by: fc.integer({ min: 1, max: 200 }) }),
  { maxLength: 8 },
);

function meddle(world: AccountWorld, { act, by }: Meddling): void {
  const { broker } = world;
  const [newest] = broker.positions.slice(-1);
  const stranger = { symbol: 'BTCUSD', side: 'sell', volume: steps(2), comment: '' } as const;
  if (act === 0) pay(world, by - 100);
  if (act === 1) broker.open({ ...stranger, isOwned: false });
  if (act === 2) broker.open({ ...stranger, isOwned: true, stopLoss: price(96_000) });
  if (act === 3) world.move(broker.quote.bid + (by % 2 === 0 ? by : -by));
  if (act === 4 && newest) broker.close(newest.ticket, 'client');
  if (act === 5 && newest) broker.close(newest.ticket, 'client', 1 + (by % newest.volume));
  if (act === 6 && newest) broker.protect(newest.ticket, { stopLoss: price(95_000 - by) });
}

function readingOf(world: AccountWorld): AccountInput {
  const { deals, ...read } = world.broker.read();
  const from = dealsFrom(world.state);
  const at = world.broker.quote.at;
  const news = deals.filter((deal) => deal.at >= from);
  return { type: 'reconciled', ...read, deals: news, at, ioAt: at };
}

describe('reconciliation', () => {
  test('twice is once, in whatever order the deals come, and finds the same things again', () => {
    fc.assert(
      fc.property(meddlings, fc.boolean(), (list, isInDoubt) => {
        const world = new AccountWorld({ faults: isInDoubt ? ['504-executed'] : [] }).open();
        world.isManual = true;
        world.move(95_000, monday + barMs);
        world.bar(aPrediction('buy', { bar: 1 }));
        for (const each of list) meddle(world, each);
        const reading = readingOf(world);
        if (reading.type !== 'reconciled') return;
        const once = decide(world.state, reading);
        expect(decide(world.state, reading)).toEqual(once);
        const mixed = { ...reading, deals: reading.deals.toReversed() };
        expect(decide(world.state, mixed).facts).toEqual(once.facts);
        const state = once.facts.reduce(apply, world.state);
        expect(decide(state, reading).facts).toEqual([]);
        const found = discrepanciesOf(once.facts, world.state).map(({ id }) => id);
        expect(new Set(found).size).toBe(found.length);
        const earned = state.money?.balance ?? (0 as Money);
        expect(earned).toBe(world.broker.balance);
      }),
      { numRuns: 300 },
    );
  });
});
