import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeadLetters } from './dead-letters.ts';
import { DeathWatch } from './death-watch.ts';
import { PostOffice } from './post-office.ts';
import { Switchboard } from './switchboard.ts';

let letters: DeadLetters;
let offices: PostOffice[];
let heard: string[];
let onHeard: () => void;

beforeEach(() => {
  letters = new DeadLetters({ recentMax: 100 });
  offices = [];
  heard = [];
  onHeard = () => {};
});

afterEach(() => {
  for (const office of offices) office.close();
});

function office(thread: string, residents: readonly string[] = []): PostOffice {
  const made = new PostOffice({ thread, residents, onDeadLetter: letters.record });
  offices.push(made);
  return made;
}

/** The account's actor in a thread; what it hears says where it was. */
function settle(account: string, where: PostOffice, thread: string): void {
  const tell = (message: string) => {
    heard.push(`${account} in ${thread}: ${message}`);
    onHeard();
  };
  where.register('account', { name: account, tell }, account);
}

function until(isReached: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    onHeard = () => {
      if (isReached()) resolve();
    };
    onHeard();
  });
}

/** @param residents who lives at the second of them */
function join(one: PostOffice, other: PostOffice, names: [string, string], residents: string[]) {
  const { port1, port2 } = new MessageChannel();
  one.connect(names[1], port1, residents);
  other.connect(names[0], port2);
}

describe('a thread with several residents', () => {
  test('takes what is addressed to each of them over one line, in order', async () => {
    const market = office('market');
    const shard = office('shard:1', ['account:a', 'account:b']);
    settle('account:a', shard, 'shard:1');
    settle('account:b', shard, 'shard:1');
    join(market, shard, ['market', 'shard:1'], ['account:a', 'account:b']);
    const accounts = ['account:a/account', 'account:b/account'].map((address) =>
      market.ref<string>(address),
    );
    for (let n = 0; n < 3; n += 1) for (const account of accounts) account.tell(`bar ${n}`);
    await until(() => heard.length === 6);
    expect(heard).toEqual(
      [0, 1, 2].flatMap((n) => ['a', 'b'].map((id) => `account:${id} in shard:1: bar ${n}`)),
    );
  });

  test('delivers from one to the other without a line', () => {
    const shard = office('shard:1', ['account:a', 'account:b']);
    settle('account:b', shard, 'shard:1');
    shard.ref<string>('account:b/account').tell('hello');
    expect(heard).toEqual(['account:b in shard:1: hello']);
  });

  test('tells the watcher of one resident of that one alone', async () => {
    const market = office('market');
    const shard = office('shard:1');
    const watches = { a: new DeathWatch(), b: new DeathWatch() };
    shard.host('account:a', watches.a);
    shard.host('account:b', watches.b);
    for (const watch of Object.values(watches)) {
      watch.record({ type: 'child-started', id: 'account' });
    }
    join(market, shard, ['market', 'shard:1'], ['account:a', 'account:b']);
    for (const id of ['a', 'b']) {
      market.watch(`account:${id}/account`, ({ reason }) => {
        heard.push(`${id} ${reason}`);
        onHeard();
      });
    }
    await turnsUntil(() => shard.watchCount === 2);
    watches.b.record({ type: 'child-ended', id: 'account', exit: { reason: 'normal' } });
    await until(() => heard.length === 1);
    expect(heard).toEqual(['b ended']);
    shard.close();
    await until(() => heard.length === 2);
    expect(heard).toEqual(['b ended', 'a thread-ended']);
  });
});

describe('a resident that moves', () => {
  test('is reached where it lives now, by a ref from before', async () => {
    const market = office('market');
    const shard = office('shard:1', ['account:a', 'account:b']);
    const alone = office('account:a');
    settle('account:a', shard, 'shard:1');
    settle('account:b', shard, 'shard:1');
    settle('account:a', alone, 'its own thread');
    join(market, shard, ['market', 'shard:1'], ['account:a', 'account:b']);
    const account = market.ref<string>('account:a/account');
    account.tell('before');
    join(market, alone, ['market', 'account:a'], []);
    account.tell('after');
    market.ref<string>('account:b/account').tell('stays');
    await until(() => heard.length === 3);
    expect(heard.toSorted()).toEqual([
      'account:a in its own thread: after',
      'account:a in shard:1: before',
      'account:b in shard:1: stays',
    ]);
  });

  test('keeps its way when the thread that it left ends', async () => {
    const market = office('market');
    const shard = office('shard:1', ['account:a']);
    const alone = office('account:a');
    settle('account:a', alone, 'its own thread');
    join(market, shard, ['market', 'shard:1'], ['account:a']);
    join(market, alone, ['market', 'account:a'], []);
    shard.close();
    await turnsUntil(() => !market.isConnected('shard:1'));
    market.ref<string>('account:a/account').tell('still');
    await until(() => heard.length === 1);
    expect(heard).toEqual(['account:a in its own thread: still']);
  });

  test('into a thread that is up is followed by everybody with a line to that thread', async () => {
    const market = office('market');
    const shard = office('shard:1');
    join(market, shard, ['market', 'shard:1'], []);
    const account = market.ref<string>('account:a/account');
    account.tell('before it lives anywhere');
    settle('account:a', shard, 'shard:1');
    shard.host('account:a');
    await until(() => heard.length === 1);
    account.tell('now');
    await until(() => heard.length === 2);
    expect(heard).toEqual([
      'account:a in shard:1: before it lives anywhere',
      'account:a in shard:1: now',
    ]);
    expect(letters.total).toBe(0);
  });

  test('and has no new place yet gets no mail', async () => {
    const market = office('market');
    const shard = office('shard:1', ['account:a']);
    join(market, shard, ['market', 'shard:1'], ['account:a']);
    shard.unhost('account:a');
    await turnsUntil(() => !market.isConnected('account:a'));
    market.ref<string>('account:a/account').tell('anybody?');
    expect(letters.recent).toEqual([
      { to: 'account:a/account', message: 'anybody?', reason: 'not-connected' },
    ]);
  });

  test('home hears what was said here while it was nowhere', () => {
    const shard = office('shard:1');
    settle('account:a', shard, 'shard:1');
    shard.ref<string>('account:a/account').tell('early');
    shard.host('account:a');
    expect(heard).toEqual(['account:a in shard:1: early']);
  });
});

describe('a switchboard', () => {
  const links = [
    ['market', 'account:a'],
    ['market', 'account:b'],
    ['market', 'account:c'],
  ] as const;

  function board(): Switchboard {
    return new Switchboard({ links, main: office('main'), onLinkFailed: () => {} });
  }

  test('gives two threads one line for all who talk over it', async () => {
    const switchboard = board();
    const [market, shard] = [office('market'), office('shard:1', ['account:a', 'account:b'])];
    settle('account:a', shard, 'shard:1');
    settle('account:b', shard, 'shard:1');
    let lines = 0;
    await switchboard.up('market', {
      connect: (...line) => {
        lines += 1;
        market.connect(...line);
      },
    });
    await switchboard.up('shard:1', shard, ['account:a', 'account:b']);
    market.ref<string>('account:a/account').tell('one');
    market.ref<string>('account:b/account').tell('two');
    await until(() => heard.length === 2);
    expect(heard).toEqual(['account:a in shard:1: one', 'account:b in shard:1: two']);
    expect(lines).toBe(1);
  });

  test('does not lead back to a thread that somebody has left', async () => {
    const switchboard = board();
    const [market, alone] = [office('market'), office('account:a')];
    settle('account:a', alone, 'its own thread');
    await switchboard.up('market', market);
    await switchboard.up('shard:1', office('shard:1'), ['account:a', 'account:b']);
    await switchboard.up('account:a', alone);
    switchboard.down('shard:1');
    await switchboard.up('shard:1', office('shard:1'), ['account:b']);
    expect(switchboard.placeOf('account:a')).toBe('account:a');
    // A market that is started anew is told where everybody is.
    switchboard.down('market');
    const reborn = office('market');
    await switchboard.up('market', reborn);
    reborn.ref<string>('account:a/account').tell('bar');
    await until(() => heard.length === 1);
    expect(heard).toEqual(['account:a in its own thread: bar']);
    expect(reborn.isConnected('account:b')).toBe(true);
    expect(reborn.isConnected('account:c')).toBe(false);
  });

  test('opens the line that the first resident of a running thread needs', async () => {
    const switchboard = board();
    const [market, shard] = [office('market'), office('shard:1')];
    settle('account:c', shard, 'shard:1');
    await switchboard.up('market', market);
    await switchboard.up('shard:1', shard);
    expect(market.isConnected('shard:1')).toBe(false);
    shard.host('account:c');
    await switchboard.host('shard:1', 'account:c');
    market.ref<string>('account:c/account').tell('bar');
    await until(() => heard.length === 1);
    expect(heard).toEqual(['account:c in shard:1: bar']);
    switchboard.down('shard:1');
    expect(switchboard.placeOf('account:c')).toBeUndefined();
  });
});

/** Lets the event loop turn until it is so: ports close in their own time. */
async function turnsUntil(isReached: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !isReached(); turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(isReached()).toBe(true);
}
