import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeadLetters } from './dead-letters.ts';
import { PostOffice } from './post-office.ts';
import { type LinkFailure, Switchboard } from './switchboard.ts';

/** The life of a thread, as the switchboard sees it. */
class Peer {
  readonly lines: string[] = [];
  readonly office: PostOffice;
  constructor(name: string) {
    const letters = new DeadLetters({ recentMax: 1 });
    this.office = new PostOffice({ thread: name, onDeadLetter: letters.record });
    peers.push(this);
  }
  connect(peer: string, port: MessagePort): void {
    this.lines.push(peer);
    this.office.connect(peer, port);
  }
}

let peers: Peer[];
let main: Peer;
let failures: LinkFailure[];
let switchboard: Switchboard;

beforeEach(() => {
  peers = [];
  main = new Peer('main');
  failures = [];
  switchboard = new Switchboard({
    links: [
      ['main', 'market'],
      ['market', 'alpha'],
      ['market', 'beta'],
    ],
    main,
    onLinkFailed: (failure) => failures.push(failure),
  });
});

afterEach(() => {
  for (const { office } of peers) office.close();
});

describe('a switchboard', () => {
  test('gives a pair its line when the second of them has started', async () => {
    const alpha = new Peer('alpha');
    const market = new Peer('market');
    await switchboard.up('alpha', alpha);
    expect(alpha.lines).toEqual([]);
    await switchboard.up('market', market);
    expect(market.lines.sort()).toEqual(['alpha', 'main']);
    expect([alpha.lines, main.lines]).toEqual([['market'], ['market']]);
  });

  test('connects those that are linked, and nobody else', async () => {
    const alpha = new Peer('alpha');
    const beta = new Peer('beta');
    await switchboard.up('alpha', alpha);
    await switchboard.up('beta', beta);
    expect([alpha.lines, beta.lines, main.lines]).toEqual([[], [], []]);
  });

  test('gives every peer a fresh line when a thread comes back', async () => {
    const alpha = new Peer('alpha');
    await switchboard.up('alpha', alpha);
    await switchboard.up('market', new Peer('market'));
    switchboard.down('market');
    const reborn = new Peer('market');
    await switchboard.up('market', reborn);
    expect(alpha.lines).toEqual(['market', 'market']);

    const heard = new Promise((resolve) => {
      alpha.office.register('account', { name: 'account', tell: resolve });
    });
    reborn.office.ref('alpha/account').tell('bar');
    expect(await heard).toBe('bar');
  });

  test('offers no line to a thread that is down', async () => {
    const market = new Peer('market');
    await switchboard.up('alpha', new Peer('alpha'));
    switchboard.down('alpha');
    await switchboard.up('market', market);
    expect(market.lines).toEqual(['main']);
  });

  test('gives one line to two that start at the same time', async () => {
    const market = new Peer('market');
    const alpha = new Peer('alpha');
    await Promise.all([switchboard.up('market', market), switchboard.up('alpha', alpha)]);
    expect(alpha.lines).toEqual(['market']);
    expect(market.lines.filter((peer) => peer === 'alpha')).toHaveLength(1);
  });

  test('holds a start back until its peers have taken their ends', async () => {
    let take = () => {};
    const taking = new Promise<void>((resolve) => {
      take = resolve;
    });
    await switchboard.up('alpha', { connect: () => taking });
    let isUp = false;
    const up = switchboard.up('market', new Peer('market')).then(() => {
      isUp = true;
    });
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(isUp).toBe(false);
    take();
    await up;
  });

  test('starts a thread though a peer does not take its end, and says so', async () => {
    const hanging = { connect: () => Promise.reject(new Error('no answer within 100 ms')) };
    await switchboard.up('alpha', hanging);
    const market = new Peer('market');
    await switchboard.up('market', market);
    expect(failures).toMatchObject([{ from: 'market', peer: 'alpha' }]);
  });

  test('leaves the line to a peer that was only slow: it works once taken', async () => {
    const slow = new Peer('alpha');
    const taken: MessagePort[] = [];
    const hurried = {
      connect: (_peer: string, port: MessagePort) => {
        // As a control call does it: the port is on its way when the caller's patience ends.
        const { port1, port2 } = new MessageChannel();
        port2.once('message', (late: MessagePort) => {
          taken.push(late);
          port1.close();
        });
        port1.postMessage(port, [port]);
        return Promise.reject(new Error('no answer within 100 ms'));
      },
    };
    const market = new Peer('market');
    await switchboard.up('alpha', hurried);
    await switchboard.up('market', market);
    market.office.ref('alpha/account').tell('bar');
    const heard = new Promise((resolve) => {
      slow.office.register('account', { name: 'account', tell: resolve });
    });
    while (taken.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    slow.connect('market', taken[0] as MessagePort);
    expect(await heard).toBe('bar');
  });

  test('fails the start of a thread that does not take its own end', async () => {
    const refusing = { connect: () => Promise.reject(new Error('thread ended')) };
    await expect(switchboard.up('market', refusing)).rejects.toThrow('thread ended');
  });

  test('links two that run, and forgets a link', async () => {
    const alpha = new Peer('alpha');
    const beta = new Peer('beta');
    await switchboard.up('alpha', alpha);
    await switchboard.up('beta', beta);
    await switchboard.link('alpha', 'beta');
    expect([alpha.lines, beta.lines]).toEqual([['beta'], ['alpha']]);

    switchboard.unlink('alpha', 'beta');
    switchboard.down('beta');
    await switchboard.up('beta', new Peer('beta'));
    expect(alpha.lines).toEqual(['beta']);
  });
});
