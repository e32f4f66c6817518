import { describe, expect, test } from 'vitest';
import { ConflatingRing } from './conflating-ring.ts';
import { Mailbox } from './mailbox.ts';

type Tick = { readonly symbol: string; readonly price: number };

const tick = (symbol: string, price: number): Tick => ({ symbol, price });

describe('messages with a key', () => {
  test('take the place of the former one: a reader that is late sees the latest of each', () => {
    const ring = new ConflatingRing<Tick>(10, ({ symbol }) => symbol);
    const lost = [tick('EUR', 1), tick('BTC', 2), tick('EUR', 3)].map((each) => ring.push(each));
    expect(lost).toEqual([undefined, undefined, tick('EUR', 1)]);
    expect(ring.size).toBe(2);
    expect([ring.shift(), ring.shift(), ring.shift()]).toEqual([
      tick('EUR', 3),
      tick('BTC', 2),
      undefined,
    ]);
  });

  test('push out the oldest when there are more keys than places', () => {
    const ring = new ConflatingRing<Tick>(2, ({ symbol }) => symbol);
    const lost = ['a', 'b', 'c'].map((symbol) => ring.push(tick(symbol, 1)));
    expect(lost).toEqual([undefined, undefined, tick('a', 1)]);
    expect(ring.size).toBe(2);
  });

  test('in a mailbox are those of the bulk lane alone, with exact counts', () => {
    const mailbox = new Mailbox<Tick>({
      capacity: 2,
      overflow: 'drop-oldest',
      bulkKeyOf: ({ symbol }) => symbol,
    });
    const lost: Tick[] = [];
    for (let price = 0; price < 1_000; price += 1) {
      const former = mailbox.push(tick('EUR', price), 'bulk');
      if (former) lost.push(former);
    }
    mailbox.push(tick('EUR', -1), 'data');
    mailbox.push(tick('EUR', -2), 'data');
    mailbox.push(tick('EUR', -3), 'control');
    expect(lost).toHaveLength(999);
    expect(mailbox.size).toBe(4);
    const prices = [1, 2, 3, 4].map(() => mailbox.shift()?.price);
    expect(prices).toEqual([-3, -1, -2, 999]);
  });
});
