import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { AccountStage } from '../../test/account-stage.ts';
import type { AccountFact } from '../account/account-fact.ts';
import { openJournal } from '../journal/sqlite/sqlite-journal.ts';
import type { WireRequest } from '../terminal-simulator/reply.ts';
import type { Terminal } from '../terminal-simulator/terminal.ts';
import { AccountWatch } from './account-watch.ts';
import { type Invariant, Judge } from './judge.ts';

/** What a real account writes from its first look at its broker to an open position. */
let life: readonly AccountFact[] = [];
let orderId = '';

beforeEach(async () => {
  const stage = await new AccountStage().start();
  stage.close(1);
  stage.predict('buy', 1);
  await stage.settle();
  life = [...stage.facts];
  orderId = stage.of('order-intended')[0]?.intent.order.id ?? '';
});

/** A watch on a journal on disk that holds what it is given. */
function aWatch() {
  const journalPath = join(mkdtempSync(join(tmpdir(), 'novosky-watch-')), 'journal.db');
  const journal = openJournal<AccountFact>(journalPath);
  const judge = new Judge(() => undefined);
  const epochs: number[] = [];
  let elapsed = 0;
  const watch = new AccountWatch({
    ...{ account: 'main', journalPath, judge },
    now: () => elapsed,
    elapsed: () => elapsed,
    onStarted: (epoch) => epochs.push(epoch),
  });
  return {
    watch,
    epochs,
    write: (...facts: readonly AccountFact[]) => journal.append(facts, 'full'),
    wait: (ms: number) => {
      elapsed += ms;
    },
    broken: (): readonly Invariant[] =>
      judge
        .verdicts()
        .flatMap(({ invariant, violations }) => (violations.length > 0 ? [invariant] : [])),
    checks: (invariant: Invariant) =>
      judge.verdicts().find((verdict) => verdict.invariant === invariant)?.checks,
  };
}

function postOf(comment: string): WireRequest {
  const body = { text: JSON.stringify({ symbol: 'BTCUSD', comment }), isJson: true };
  return { method: 'POST', path: ['orders'], query: new URLSearchParams(), body };
}

/** A broker with these positions. */
function brokerWith(
  ...positions: readonly { ticket: number; comment: string; stopLoss?: number }[]
): Terminal {
  return { account: { positions } } as unknown as Terminal;
}

const at = 0 as AccountFact['at'];
const paused: AccountFact = {
  ...{ type: 'trading-state-changed', at, from: 'active', to: 'paused', reason: 'a person' },
};

describe('the watch on an account', () => {
  test('finds nothing wrong with an order that was written down first', () => {
    const { watch, write, broken, checks, epochs } = aWatch();
    write(...life);
    watch.arrived(postOf(orderId));
    watch.brokerStands(brokerWith({ ticket: 7, comment: orderId, stopLoss: 1 }));
    expect(broken()).toEqual([]);
    expect(checks('no order leaves without an intent on disk')).toBe(1);
    expect(checks('no position stands without a stop')).toBe(1);
    expect(checks('no entry passes a guard')).toBe(1);
    expect(epochs).toEqual([1]);
  });

  test('misses the intent of an order that comes first', () => {
    const { watch, write, broken } = aWatch();
    write(...life.filter(({ type }) => type !== 'order-intended').slice(0, 3));
    watch.arrived(postOf(orderId));
    expect(broken()).toEqual(['no order leaves without an intent on disk']);
  });

  test('sees an order that comes twice', () => {
    const { watch, write, broken } = aWatch();
    write(...life);
    watch.arrived(postOf(orderId));
    watch.arrived(postOf(orderId));
    expect(broken()).toEqual(['no order is doubled']);
  });

  test('sees two positions of one trade', () => {
    const { watch, write, broken } = aWatch();
    write(...life);
    watch.arrived(postOf(orderId));
    const positions = [7, 8].map((ticket) => ({ ticket, comment: orderId, stopLoss: 1 }));
    watch.brokerStands(brokerWith(...positions));
    expect(broken()).toEqual(['no order is doubled']);
  });

  test('sees a position without a stop', () => {
    const { watch, write, broken } = aWatch();
    write(...life);
    watch.arrived(postOf(orderId));
    watch.brokerStands(brokerWith({ ticket: 7, comment: orderId }));
    expect(broken()).toEqual(['no position stands without a stop']);
  });

  test('sees an order that is sent long after entries were stopped, and allows for one under way', () => {
    const { watch, write, wait, broken } = aWatch();
    write(...life, paused);
    watch.look();
    wait(1_000);
    watch.arrived(postOf(orderId));
    expect(broken()).toEqual([]);
    wait(2_000);
    watch.arrived(postOf('another'));
    expect(broken()).toContain('no entry passes a guard');
  });

  test('sees an entry that was decided while entries were stopped', () => {
    const { watch, write, broken } = aWatch();
    const index = life.findIndex(({ type }) => type === 'order-intended');
    write(...life.slice(0, index), paused, ...life.slice(index, index + 1));
    watch.look();
    expect(broken()).toEqual(['no entry passes a guard']);
  });

  test('sees an epoch that does not grow', () => {
    const { watch, write, broken, epochs } = aWatch();
    const born = life.filter(({ type }) => type === 'incarnation-started');
    write(...life, ...born);
    watch.look();
    expect(broken()).toEqual(['epochs grow']);
    expect(epochs).toEqual([1, 1]);
  });

  test('sees a bar that is decided twice', () => {
    const { watch, write, broken } = aWatch();
    write(...life, ...life.filter(({ type }) => type === 'bar-decided'));
    watch.look();
    expect(broken()).toEqual(['each bar is decided exactly once']);
  });
});
