/** How a run ends: what is waited for, what is said, and what is cut off. */
import { beforeEach, describe, expect, test } from 'vitest';
import { aPolicy } from '../../test/account-world.ts';
import { anAccount, aPosition } from '../../test/browser/fleet-builder.ts';
import type { AccountPolicy } from '../account/policy.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import { accountId } from '../domain/units.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { AccountPolicies } from './account-policies.ts';
import { drain } from './drain.ts';
import { FleetWatch } from './fleet-watch.ts';
import { everyoneHalted } from './halt-watch.ts';
import { shutDown } from './shutdown.ts';

const [one, two] = [accountId('one'), accountId('two')];
const stopping = { limit: 'stopping', observed: 1, allowed: 0 };
const unread = { limit: 'broker-unread', observed: 1, allowed: 0 };

let clock: SimulatedClock;
let watch: FleetWatch;
let lines: string[];
let closing: AbortController;
const write = (line: string) => lines.push(line);

beforeEach(() => {
  clock = new SimulatedClock(0);
  watch = new FleetWatch([one, two]);
  lines = [];
  closing = new AbortController();
});

function say(id: string, fields: Partial<AccountSnapshot> = {}): void {
  watch.take({ type: 'account-changed', snapshot: anAccount(id, fields) });
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** Whether it has settled by now. */
function followed<T>(work: Promise<T>): { settled(): Promise<boolean> } {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  work.then(settle, settle);
  return {
    settled: async () => {
      await turns();
      return isSettled;
    },
  };
}

describe('a drain', () => {
  const flat = { blockedBy: [stopping] };
  const begin = () => followed(drain({ watch, clock, write }, closing.signal));

  test('ends when every account has heard of it, was read, and holds nothing of ours', async () => {
    const draining = begin();
    say('one', flat);
    expect(await draining.settled()).toBe(false);
    say('two', { ...flat, positions: [aPosition()] });
    expect(await draining.settled()).toBe(false);
    say('two', { ...flat, isSettled: false });
    expect(await draining.settled()).toBe(false);
    say('two', { blockedBy: [stopping, unread] });
    expect(await draining.settled()).toBe(false);
    say('two');
    expect(await draining.settled()).toBe(false);
    say('two', { ...flat, positions: [aPosition({ isOwned: false })] });
    expect(await draining.settled()).toBe(true);
    expect(clock.pendingCount).toBe(0);
  });

  test('says what is open at each change, and once a minute', async () => {
    begin();
    say('one', { ...flat, positions: [aPosition(), aPosition()] });
    say('two', { ...flat, positions: [aPosition()] });
    say('one', { ...flat, positions: [aPosition(), aPosition()] });
    say('one', { ...flat, positions: [aPosition()] });
    clock.advance(60_000);
    say('one', flat);
    say('two', flat);
    await turns();
    expect(lines).toEqual([
      'drain   nothing open, asking one, two',
      'drain   2 positions (one 2) open',
      'drain   3 positions (one 2, two 1) open',
      'drain   2 positions (one 1, two 1) open',
      'drain   2 positions (one 1, two 1) open',
      'drain   1 position (two 1) open',
      'drain   every account is flat',
    ]);
  });

  test('does not wait for an account that nothing runs any more', async () => {
    const draining = begin();
    say('one', flat);
    const event = { type: 'account-quarantined', account: 'two', reason: 'crashed' } as const;
    watch.take({ type: 'engine-event', event });
    expect(await draining.settled()).toBe(true);
  });
});

describe('the exit of an engine whose accounts are all halted', () => {
  const halted = { state: 'halted', stateReason: 'halted by ann' } as const;
  let holding: string[] | Error;
  let asked: number;

  beforeEach(() => {
    holding = [];
    asked = 0;
  });

  function begin() {
    const why = everyoneHalted(
      {
        ...{ watch, clock, write, accounts: () => [one, two] },
        holding: async () => {
          asked += 1;
          if (holding instanceof Error) throw holding;
          return holding;
        },
      },
      closing.signal,
    );
    return { why, ...followed(why) };
  }

  test('comes when the last of them is halted and flat', async () => {
    const exit = begin();
    say('one', halted);
    say('two', { ...halted, positions: [aPosition()] });
    expect(await exit.settled()).toBe(false);
    say('two');
    say('two', { ...halted, blockedBy: [unread] });
    expect(await exit.settled()).toBe(false);
    expect(asked).toBe(0);
    say('two', halted);
    expect(await exit.why).toBe('one halted by ann, two halted by ann');
  });

  test('waits for the brokers to agree', async () => {
    holding = ['two'];
    const exit = begin();
    say('one');
    say('two');
    await turns();
    say('one', halted);
    say('two', halted);
    expect(await exit.settled()).toBe(false);
    holding = new Error('no answer');
    await clock.advanceAsync(2_000);
    expect(await exit.settled()).toBe(false);
    holding = [];
    await clock.advanceAsync(2_000);
    expect(await exit.settled()).toBe(true);
    expect(lines).toEqual([
      "halted  not flat by the broker's word: two",
      'halted  whether all are flat cannot be asked: no answer',
    ]);
  });

  test('does not come to an engine that began like that: a person has to be able to revive', async () => {
    const exit = begin();
    say('one', { ...halted, isSettled: false });
    say('two', { ...halted, blockedBy: [unread] });
    await turns();
    say('one', halted);
    expect(await exit.settled()).toBe(false);
    say('two', halted);
    expect(await exit.settled()).toBe(false);
    expect(lines[0]).toContain('novosky ctl revive --all');
    say('one');
    say('one', halted);
    expect(await exit.settled()).toBe(true);
  });

  test('comes to one that began halted with a position, when that has left', async () => {
    const exit = begin();
    say('one', halted);
    say('two', { ...halted, positions: [aPosition()] });
    await turns();
    say('two', halted);
    expect(await exit.settled()).toBe(true);
  });

  test('does not come while one of them does not run', async () => {
    const event = { type: 'account-quarantined', account: 'two', reason: 'crashed' } as const;
    const exit = begin();
    say('one');
    watch.take({ type: 'engine-event', event });
    say('one', halted);
    expect(await exit.settled()).toBe(false);
  });
});

describe('what accounts are told', () => {
  let told: AccountPolicy[];
  let policies: AccountPolicies;
  const first = { ...aPolicy({ account: one }), hash: 'first' };

  beforeEach(() => {
    told = [];
    policies = new AccountPolicies((policy) => told.push(policy), [first]);
  });

  test('is said once, and not again when nothing has changed', () => {
    policies.configure(first);
    policies.configure({ ...first, hash: 'second', lotsMax: 1 });
    expect(told).toMatchObject([{ lotsMax: 1 }]);
  });

  test('keeps entries stopped whatever the configuration says later', () => {
    policies.stopAllEntries('shutdown');
    policies.stopAllEntries('shutdown');
    policies.configure({ ...first, hash: 'second', lotsMax: 1 });
    expect(told).toMatchObject([
      { lotsMax: 5, entriesStopped: 'shutdown' },
      { lotsMax: 1, entriesStopped: 'shutdown' },
    ]);
    expect(told[0]?.hash).not.toBe(told[1]?.hash);
    expect(told[0]?.hash).not.toBe(first.hash);
  });

  test('lets one that was to leave stay, but no one once the engine stops', () => {
    policies.stopEntries(one, 'removed');
    policies.letStay(one);
    policies.stopAllEntries('shutdown');
    policies.letStay(one);
    expect(told.map(({ entriesStopped }) => entriesStopped)).toEqual([
      'removed',
      undefined,
      'shutdown',
    ]);
  });
});

describe('the shutdown', () => {
  let happened: string[];
  const hangs = new Promise<void>(() => {});

  beforeEach(() => {
    happened = [];
  });

  function begin(
    change: {
      readonly hold?: Promise<void>;
      readonly stop?: Promise<void>;
      readonly isOver?: boolean;
    } = {},
  ) {
    const happens = (what: string) => () => {
      happened.push(what);
    };
    const done = shutDown(
      {
        ...{ watch, clock, write },
        engine: {
          holdMarketTime: () => {
            happened.push('market held');
            return change.hold ?? Promise.resolve();
          },
          stop: (deadlineMs) => {
            happened.push(`tree stops within ${deadlineMs}`);
            return change.stop ?? Promise.resolve();
          },
        },
        policies: { stopAllEntries: (why) => happened.push(`entries stop: ${why}`) },
        checkpoint: happens('journals'),
        flushLog: happens('log'),
      },
      { isOver: change.isOver ?? false },
    );
    return { done, ...followed(done) };
  }

  test('goes through its phases in order, each when the one before is done', async () => {
    say('one', { isSettled: false });
    const shutdown = begin();
    await turns();
    expect(happened).toEqual(['market held', 'entries stop: shutdown']);
    say('one', { isSettled: false, blockedBy: [stopping] });
    await turns();
    expect(happened).toHaveLength(2);
    say('one', { blockedBy: [stopping] });
    expect(await shutdown.settled()).toBe(true);
    expect(happened.slice(2)).toEqual(['tree stops within 8500', 'journals', 'log']);
    expect(lines).toEqual([]);
    expect(clock.pendingCount).toBe(0);
  });

  test('is over within 15 s, and says what was cut off', async () => {
    say('one', { isSettled: false });
    const shutdown = begin({ hold: hangs, stop: hangs });
    await turns();
    for (let waited = 0; waited < 15_000; waited += 100) await clock.advanceAsync(100);
    expect(await shutdown.settled()).toBe(true);
    expect(happened).toEqual([
      'market held',
      'entries stop: shutdown',
      'tree stops within 8500',
      'journals',
      'log',
    ]);
    expect(lines).toEqual([
      'alert   shutdown, "entries stop" was cut off after 1.5 s',
      'alert   shutdown, "orders under way settle" was cut off after 3.0 s; not settled: one',
      'alert   shutdown, "everything stops in order" was cut off after 9.0 s',
    ]);
  });

  test('stops entries soon even when the market does not come to rest', async () => {
    begin({ hold: hangs });
    await clock.advanceAsync(500);
    await turns();
    expect(happened).toContain('entries stop: shutdown');
  });

  test('of a run that is over has nobody to stop', async () => {
    await begin({ isOver: true }).done;
    expect(happened).toEqual(['tree stops within 8500', 'journals', 'log']);
  });
});
