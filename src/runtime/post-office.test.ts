import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActorRef } from './actor.ts';
import { DeadLetters } from './dead-letters.ts';
import { MailboxFullError } from './mailbox.ts';
import { PostOffice, UncloneableMessageError } from './post-office.ts';

let deadLetters: DeadLetters;
let market: PostOffice;
let account: PostOffice;
let seen: unknown[];
let onSeen: () => void;

beforeEach(() => {
  deadLetters = new DeadLetters({ recentMax: 100 });
  market = new PostOffice({ thread: 'market', onDeadLetter: deadLetters.record });
  account = new PostOffice({ thread: 'account', onDeadLetter: deadLetters.record });
  seen = [];
  onSeen = () => {};
});

afterEach(() => {
  market.close();
  account.close();
});

function link(): void {
  const { port1, port2 } = new MessageChannel();
  market.connect('account', port1);
  account.connect('market', port2);
}

function listener(name: string): ActorRef<unknown> {
  return {
    name,
    tell: (message) => {
      seen.push(message);
      onSeen();
    },
  };
}

function until(isReached: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    onSeen = () => {
      if (isReached()) resolve();
    };
    onSeen();
  });
}

describe('a post office', () => {
  test('delivers to an actor of its own thread at once', () => {
    const ref = market.ref('market/feed');
    market.register('feed', listener('feed'));
    ref.tell('bar');
    expect(seen).toEqual(['bar']);
    expect(ref.name).toBe('market/feed');
  });

  test('delivers to another thread, in the order of sending, also among several actors', async () => {
    link();
    account.register('orders', listener('orders'));
    account.register('bars', listener('bars'));
    const orders = market.ref<number>('account/orders');
    const bars = market.ref<number>('account/bars');
    for (let index = 0; index < 1_000; index += 1) (index % 3 === 0 ? orders : bars).tell(index);
    await until(() => seen.length === 1_000);
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  });

  test('carries typed arrays as they are', async () => {
    link();
    account.register('features', listener('features'));
    market.ref('account/features').tell({ values: new Float64Array([1.5, 2.5]) });
    await until(() => seen.length === 1);
    expect(seen).toEqual([{ values: new Float64Array([1.5, 2.5]) }]);
  });

  test('keeps what is said to a peer before its first line, in order', async () => {
    const ref = market.ref<{ text: string }>('account/orders');
    const first = { text: 'said early' };
    ref.tell(first);
    first.text = 'changed since';
    ref.tell({ text: 'a little later' });
    account.register('orders', listener('orders'));
    link();
    ref.tell({ text: 'now' });
    await until(() => seen.length === 3);
    expect(seen).toEqual([{ text: 'said early' }, { text: 'a little later' }, { text: 'now' }]);
    expect(deadLetters.total).toBe(0);
  });

  test('keeps a thousand of them, and nothing once a line has been lost', async () => {
    const ref = market.ref<number>('account/orders');
    for (let index = 0; index < 1_001; index += 1) ref.tell(index);
    expect(deadLetters.recent).toEqual([
      { to: 'account/orders', message: 1_000, reason: 'not-connected' },
    ]);
    link();
    account.close();
    await turnsUntil(() => !market.isConnected('account'));
    ref.tell(2_000);
    expect(deadLetters.total).toBe(2);
  });

  test('follows a peer to its new port and closes the old one', async () => {
    link();
    const reborn = new PostOffice({ thread: 'account', onDeadLetter: deadLetters.record });
    const { port1, port2 } = new MessageChannel();
    market.connect('account', port1);
    reborn.connect('market', port2);
    reborn.register('orders', listener('orders'));
    market.ref('account/orders').tell('to the new one');
    await until(() => seen.length === 1);
    expect(market.isConnected('account')).toBe(true);
    await turnsUntil(() => !account.isConnected('market'));
    reborn.close();
  });

  test('notices that a peer is gone', async () => {
    link();
    account.close();
    await turnsUntil(() => !market.isConnected('account'));
    market.ref('account/orders').tell('anybody?');
    expect(deadLetters.count('not-connected')).toBe(1);
  });

  test('counts what nobody here is registered for', async () => {
    link();
    market.ref('account/nobody').tell('hello');
    market.ref('market/nobody').tell('hello');
    await turnsUntil(() => deadLetters.total === 2);
    expect(deadLetters.recent.map(({ to, reason }) => [to, reason])).toEqual([
      ['market/nobody', 'unknown-actor'],
      ['account/nobody', 'unknown-actor'],
    ]);
  });

  test('counts what a full mailbox of another thread rejects, and throws it at a sender of its own', async () => {
    link();
    const full: ActorRef<unknown> = {
      name: 'full',
      tell: () => {
        throw new MailboxFullError(1, 'data');
      },
    };
    account.register('full', full);
    market.ref('account/full').tell('bar');
    await turnsUntil(() => deadLetters.count('mailbox-full') === 1);
    expect(() => account.ref('account/full').tell('bar')).toThrow(MailboxFullError);
  });

  test('tells the sender at once when a message cannot be copied, and goes on', async () => {
    link();
    account.register('orders', listener('orders'));
    const ref = market.ref<unknown>('account/orders');
    expect(() => ref.tell({ callback: () => {} })).toThrow(UncloneableMessageError);
    ref.tell('fine');
    await until(() => seen.length === 1);
    expect(seen).toEqual(['fine']);
  });

  test('gives an actor its address back when another takes the name', () => {
    market.register('feed', listener('old'));
    market.register('feed', { name: 'new', tell: (message) => seen.push(['new', message]) });
    market.ref('market/feed').tell('bar');
    market.unregister('feed');
    market.ref('market/feed').tell('bar');
    expect(seen).toEqual([['new', 'bar']]);
    expect(deadLetters.count('unknown-actor')).toBe(1);
  });

  test.each(['market', '/feed', 'market/', ''])('knows no address %j', (address) => {
    expect(() => market.ref(address)).toThrow('an address is resident/actor');
  });

  test('takes everything after the first slash for the actor', () => {
    market.register('feed/BTCUSD/M15', listener('feed'));
    market.ref('market/feed/BTCUSD/M15').tell('bar');
    expect(seen).toEqual(['bar']);
  });
});

describe('what is said together', () => {
  let posted: number;

  /** As `link`, and counts what market posts. */
  function countedLink(): void {
    const { port1, port2 } = new MessageChannel();
    posted = 0;
    market.connect('account', {
      postMessage: (value: unknown) => {
        posted += 1;
        port1.postMessage(value);
      },
      on: (...heard: Parameters<typeof port1.on>) => port1.on(...heard),
      close: () => port1.close(),
    } as typeof port1);
    account.connect('market', port2);
    account.register('orders', listener('orders'));
    account.register('bars', listener('bars'));
  }

  test('leaves as one message when all is said, and comes one by one, in its order', async () => {
    countedLink();
    const [orders, bars] = [
      market.ref<number>('account/orders'),
      market.ref<number>('account/bars'),
    ];
    const outcome = market.together(() => {
      orders.tell(1);
      market.together(() => bars.tell(2));
      orders.tell(3);
      expect(posted).toBe(0);
      return 'done';
    });
    expect([outcome, posted]).toEqual(['done', 1]);
    orders.tell(4);
    await until(() => seen.length === 4);
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  test('leaves also when whoever said it fails', async () => {
    countedLink();
    const fail = () =>
      market.together(() => {
        market.ref('account/orders').tell('said');
        throw new Error('failed after it');
      });
    expect(fail).toThrow('failed after it');
    await until(() => seen.length === 1);
    expect(seen).toEqual(['said']);
  });

  test('leaves without what cannot be copied, which its sender is told', async () => {
    countedLink();
    const ref = market.ref<unknown>('account/orders');
    const say = () =>
      market.together(() => {
        for (const message of ['first', { callback: () => {} }, 'last']) ref.tell(message);
      });
    expect(say).toThrow(UncloneableMessageError);
    await until(() => seen.length === 2);
    expect(seen).toEqual(['first', 'last']);
  });

  test('counts one by one, and waits one by one where there is no room for all', async () => {
    countedLink();
    const ref = market.ref<number>('account/orders');
    const say = (from: number, to: number) =>
      market.together(() => {
        for (let index = from; index < to; index += 1) ref.tell(index);
      });
    say(0, 900);
    expect([posted, market.roomTo('account')]).toEqual([1, 100]);
    say(900, 1_200);
    expect([posted, market.roomTo('account')]).toEqual([101, 0]);
    await until(() => seen.length === 1_200);
    expect(seen).toEqual(Array.from({ length: 1_200 }, (_, index) => index));
    expect(deadLetters.total).toBe(0);
  });

  test('is not overtaken by the news of who lives here', async () => {
    countedLink();
    const there: boolean[] = [];
    account.register('orders', {
      name: 'orders',
      tell: () => there.push(account.isConnected('account:a')),
    });
    market.together(() => {
      market.ref('account/orders').tell('before');
      market.host('account:a');
      market.ref('account/orders').tell('after');
    });
    await turnsUntil(() => there.length === 2);
    expect(there).toEqual([false, true]);
  });

  test('waits over several turns where it is held, and leaves as one message', async () => {
    countedLink();
    const ref = market.ref<number>('account/orders');
    market.hold();
    ref.tell(1);
    market.hold();
    market.together(() => ref.tell(2));
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect([posted, seen]).toEqual([0, []]);
    market.letGo();
    expect(posted).toBe(1);
    ref.tell(3);
    expect(posted).toBe(2);
    await until(() => seen.length === 3);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('keeps no word of who lives here from the others when it was held and cannot be copied', async () => {
    countedLink();
    market.hold();
    market.ref<unknown>('account/orders').tell({ callback: () => {} });
    market.host('account:a');
    await turnsUntil(() => account.isConnected('account:a'));
    expect(deadLetters.count('undeliverable')).toBe(1);
  });

  test('leaves when it was held and the office closes', async () => {
    countedLink();
    market.hold();
    market.ref('account/orders').tell('last words');
    market.close();
    await until(() => seen.length === 1);
    expect(seen).toEqual(['last words']);
  });

  test.each([
    { what: 'cannot be copied', said: { callback: () => {} }, reason: 'undeliverable' },
    { what: 'has lost its line', said: 'alone', reason: 'not-connected' },
  ] as const)(
    'is dead, and the rest is not, when it was held and $what',
    async ({ said, reason }) => {
      countedLink();
      const { port1, port2 } = new MessageChannel();
      market.connect('inference', port1);
      port2.unref();
      market.hold();
      const to = reason === 'not-connected' ? 'inference' : 'account';
      market.ref<unknown>(`${to}/orders`).tell(said);
      market.ref('account/orders').tell('rest');
      if (reason === 'not-connected') port2.close();
      await turnsUntil(() => market.isConnected('inference') === (reason === 'undeliverable'));
      market.letGo();
      await until(() => seen.length === 1);
      expect(seen).toEqual(['rest']);
      expect([deadLetters.total, deadLetters.count(reason)]).toEqual([1, 1]);
      port2.close();
    },
  );

  test('harms nobody else when a mailbox refuses it', async () => {
    countedLink();
    account.register('full', {
      name: 'full',
      tell: () => {
        throw new MailboxFullError(1, 'data');
      },
    });
    market.together(() => {
      market.ref('account/full').tell('refused');
      market.ref('account/orders').tell('taken');
    });
    await until(() => seen.length === 1);
    expect(deadLetters.count('mailbox-full')).toBe(1);
  });
});

/** Lets the event loop turn until it is so: ports close in their own time. */
async function turnsUntil(isReached: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !isReached(); turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(isReached()).toBe(true);
}
