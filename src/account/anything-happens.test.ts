import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AccountWorld,
  aPolicy,
  aPrediction,
  barMs,
  Crash,
  monday,
} from '../../test/account-world.ts';
import type { SubmitFault } from '../../test/model-broker.ts';
import type { Side } from '../domain/order.ts';
import { fraction, money, price, steps } from '../domain/units.ts';
import type { AccountFact } from './account-fact.ts';
import type { AccountCommand } from './input.ts';
import type { AccountPolicy } from './policy.ts';
import { reportOf } from './report.ts';

/** What a market, a broker, strangers and people may do to an account. */
type Happening =
  | { readonly type: 'bar'; readonly move: number; readonly says: Side | 'hold' }
  | { readonly type: 'command'; readonly command: AccountCommand }
  | { readonly type: 'entries'; readonly stopped: AccountPolicy['entriesStopped'] }
  | { readonly type: 'foreign-open'; readonly side: Side }
  | { readonly type: 'hand-closes'; readonly share: number }
  | { readonly type: 'hand-moves-stop'; readonly by: number }
  | { readonly type: 'hand-strips-stops' }
  | { readonly type: 'deposit'; readonly amount: number }
  | { readonly type: 'terminal-fails'; readonly reads: number }
  | { readonly type: 'restart' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('bar' as const),
      move: fc.integer({ min: -400, max: 400 }),
      says: fc.constantFrom<Side | 'hold'>('buy', 'sell', 'hold'),
    }),
  },
  fc.record({
    type: fc.constant('command' as const),
    command: fc.constantFrom<AccountCommand>(
      ...(['pause', 'reduce', 'resume', 'flatten', 'halt', 'kill', 'revive'] as const),
    ),
  }),
  fc.record({
    type: fc.constant('entries' as const),
    stopped: fc.constantFrom<AccountPolicy['entriesStopped']>('shutdown', 'removed', undefined),
  }),
  fc.record({
    type: fc.constant('foreign-open' as const),
    side: fc.constantFrom<Side>('buy', 'sell'),
  }),
  fc.record({
    type: fc.constant('hand-closes' as const),
    share: fc.double({ min: 0.1, max: 1, noNaN: true }),
  }),
  fc.record({
    type: fc.constant('hand-moves-stop' as const),
    by: fc.integer({ min: -100, max: 100 }),
  }),
  fc.constant({ type: 'hand-strips-stops' as const }),
  fc.record({
    type: fc.constant('deposit' as const),
    amount: fc.integer({ min: -1_000, max: 1_000 }),
  }),
  fc.record({
    type: fc.constant('terminal-fails' as const),
    reads: fc.integer({ min: 1, max: 4 }),
  }),
  fc.constant({ type: 'restart' as const }),
);

class Story {
  readonly world: AccountWorld;
  #bar = 0;
  #bid = 95_000;
  #ticket = 1;

  constructor(faults: readonly SubmitFault[]) {
    const policy = aPolicy({ dailyLossMax: fraction(0.2), consecutiveLossesMax: 5 });
    this.world = new AccountWorld({ policy, faults }).open();
  }

  tell(happening: Happening): void {
    const { world } = this;
    const { broker } = world;
    const [newest] = broker.positions.slice(-1);
    switch (happening.type) {
      case 'bar':
        this.#bar += 1;
        this.#bid += happening.move;
        world.move(this.#bid, monday + this.#bar * barMs);
        return world.bar(aPrediction(happening.says, { bar: this.#bar }));
      case 'command':
        return world.command(happening.command);
      case 'entries':
        world.give({ type: 'configured', policy: stopping(world.policy, happening.stopped) });
        break;
      case 'foreign-open':
        broker.open({
          ...{ symbol: 'BTCUSD', side: happening.side, volume: steps(3), comment: '' },
          isOwned: false,
        });
        break;
      case 'hand-closes':
        if (newest) {
          const part = Math.max(1, Math.floor(newest.volume * happening.share));
          broker.close(newest.ticket, 'client', part);
        }
        break;
      case 'hand-moves-stop':
        if (newest?.stopLoss !== undefined) {
          broker.protect(newest.ticket, { stopLoss: price(newest.stopLoss + happening.by) });
        }
        break;
      case 'hand-strips-stops':
        broker.positions = broker.positions.map(({ stopLoss: _, takeProfit: __, ...bare }) => bare);
        break;
      case 'deposit':
        this.#ticket += 1;
        broker.balance += happening.amount;
        broker.deals.push({
          ...{ kind: 'balance', ticket: this.#ticket, at: broker.quote.at, comment: '' },
          amount: money(happening.amount),
        });
        break;
      case 'terminal-fails':
        world.readsFail = true;
        for (let reads = 0; reads < happening.reads; reads += 1) world.read();
        world.readsFail = false;
        break;
      case 'restart':
        world.open();
        break;
    }
    world.read();
  }
}

function stopping(policy: AccountPolicy, why: AccountPolicy['entriesStopped']): AccountPolicy {
  return why === undefined ? policy : { ...policy, hash: `stopped-${why}`, entriesStopped: why };
}

/** Intents that were written while entries were stopped, by the engine or by the account's own state. */
function intentsWhileStopped(journal: readonly AccountFact[]): readonly AccountFact[] {
  let isStopped = false;
  let isActive = true;
  return journal.filter((fact) => {
    if (fact.type === 'policy-changed') isStopped = fact.policy.entriesStopped !== undefined;
    if (fact.type === 'trading-state-changed') isActive = fact.to === 'active';
    return fact.type === 'order-intended' && (isStopped || !isActive);
  });
}

/** What holds whatever happened. */
function expectInOrder({ state, journal, broker, isSettled }: AccountWorld): void {
  const report = reportOf(journal);
  expect(isSettled).toBe(true);
  expect(report).toMatchObject({
    balance: broker.balance,
    equity: broker.view().equity,
    ordersWithoutIntent: 0,
    duplicateOrders: 0,
  });
  expect(intentsWhileStopped(journal)).toEqual([]);
  const owned = broker.positions.filter((each) => each.isOwned);
  expect(owned.every(({ stopLoss }) => stopLoss !== undefined)).toBe(true);
  expect(owned.map(({ ticket }) => String(ticket))).toEqual(Object.keys(state.positions));
  const tradeIds = broker.executed.map(({ tradeId }) => tradeId);
  expect(new Set(tradeIds).size).toBe(tradeIds.length);
}

describe('an account to which anything may happen', () => {
  test('stays settled, protected, and of one opinion with its broker', () => {
    const faults = fc.array(
      fc.constantFrom<SubmitFault>(
        ...(['none', '504-executed', '504-lost', '504-late', 'not-sent', 'rejected'] as const),
      ),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(
        faults,
        fc.array(happening, { maxLength: 20 }),
        fc.array(fc.integer({ min: 10, max: 300 }), { maxLength: 4 }),
        (faultList, happenings, crashesAt) => {
          const story = new Story(faultList);
          const { world } = story;
          for (const each of happenings) {
            world.crashAt = Math.min(...crashesAt.filter((at) => at > world.moments));
            try {
              story.tell(each);
            } catch (error) {
              if (!(error instanceof Crash)) throw error;
              world.crashAt = Number.POSITIVE_INFINITY;
              world.readsFail = false;
              world.open();
              world.read();
            }
            expectInOrder(world);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
