import { describe, expect, test } from 'vitest';
import { AccountWorld, aPrediction, barMs, monday } from '../../test/account-world.ts';
import type { Refusal } from '../domain/order.ts';
import { orderIdOf } from '../domain/order-identity.ts';
import { price, steps } from '../domain/units.ts';
import { reportOf } from './report.ts';

/** An account whose first order went into the dark, read by hand from then on. */
function inTheDark(fault: '504-lost' | '504-executed' = '504-lost'): AccountWorld {
  const absenceProof = { sinceCallMs: 180_000, emptyForMs: 90_000 };
  const world = new AccountWorld({ faults: [fault], absenceProof }).open();
  world.isManual = true;
  world.bar(aPrediction('buy'));
  return world;
}

/** Healthy, empty answers every 10 seconds for so long. */
function readFor(world: AccountWorld, ms: number): void {
  for (let waited = 0; waited <= ms; waited += 10_000) {
    world.read();
    world.wait(10_000);
  }
}

describe('an order that was rejected', () => {
  test('is said to be, and not repeated on its bar', () => {
    const world = new AccountWorld({ faults: ['rejected'] }).open();
    world.bar(aPrediction('buy'));
    world.bar(aPrediction('buy'));
    expect(world.isSettled).toBe(true);
    expect(world.broker.executed).toEqual([]);
    expect(world.heard('order-failed')).toMatchObject([
      { outcome: 'rejected', reason: 'no money' },
    ]);
    expect(reportOf(world.journal)).toMatchObject({ orders: 1, rejects: 1, fills: 0 });
  });

  test('does not keep the next bar from trading', () => {
    const world = new AccountWorld({ faults: ['rejected'] }).open();
    world.bar(aPrediction('buy'));
    world.move(95_000, monday + barMs);
    world.bar(aPrediction('buy', { bar: 1 }));
    expect(world.broker.executed).toHaveLength(1);
  });
});

describe('an order that was refused', () => {
  /** An account whose broker refuses its first orders so. */
  function refused(refusal: Refusal | undefined, times = 1): AccountWorld {
    const world = new AccountWorld().open();
    const { submit } = world.broker;
    let left = times;
    world.broker.submit = (order, fault) => {
      left -= 1;
      if (left < 0) return submit.call(world.broker, order, fault);
      const said = { outcome: 'rejected', code: 10_004, reason: 'no' } as const;
      return refusal ? { ...said, refusal } : said;
    };
    world.bar(aPrediction('buy'));
    return world;
  }

  test('for its price is sent again as the next attempt', () => {
    const world = refused('price', 2);
    expect(world.facts('order-requoted')).toHaveLength(2);
    expect(world.facts('order-intended').map(({ intent }) => intent.attempt)).toEqual([1, 2, 3]);
    expect(world.broker.executed).toHaveLength(1);
    expect(reportOf(world.journal)).toMatchObject({ orders: 1, attempts: 3, fills: 1 });
  });

  test('for its price three times is given up', () => {
    const world = refused('price', 3);
    expect(world.facts('order-given-up')).toMatchObject([{ reason: 'requoted too often' }]);
    expect(world.broker.executed).toEqual([]);
    expect(world.isSettled).toBe(true);
  });

  test('because trading is off pauses the account, and a person is told', () => {
    const world = refused('trading-off');
    expect(world.state.trading.state).toBe('paused');
    expect(world.heard('alert')).toHaveLength(1);
    expect(world.facts('order-intended')).toHaveLength(1);
  });

  test('because the market is closed is told once, final for its bar, and pauses nothing', () => {
    const world = refused('market-closed');
    expect(world.state.trading.state).toBe('active');
    expect(world.heard('alert')).toMatchObject([{ reason: expect.stringContaining('no orders') }]);
    expect(world.facts('order-intended')).toHaveLength(1);
    world.bar(aPrediction('buy', { bar: 1 }));
    expect(world.heard('alert')).toHaveLength(1);
    expect(world.broker.executed).toHaveLength(1);
  });

  test('because it was wrong is told, and not repeated', () => {
    const world = refused('request');
    expect(world.state.trading.state).toBe('active');
    expect(world.heard('alert')).toHaveLength(1);
    expect(world.facts('order-intended')).toHaveLength(1);
  });
});

describe('an order that is filled in parts', () => {
  test('is partly filled, then open, and its rest is not sent again', () => {
    const world = inTheDark();
    const order = world.facts('order-intended')[0]?.intent.order;
    if (!order) throw new Error('no order was intended');
    const part = world.broker.execute({ ...order, volume: steps(2) });
    world.read();
    expect(Object.values(world.state.positions)).toMatchObject([
      { stage: 'partly-filled', volume: 2, ordered: 6 },
    ]);
    const [deal] = world.broker.deals.slice(-1);
    if (deal) world.broker.deals.push({ ...deal, ticket: 9_001, volume: steps(4) } as typeof deal);
    world.broker.positions = [{ ...part, volume: steps(6) }];
    world.read();
    expect(world.facts('position-grown')).toMatchObject([{ volume: 6 }]);
    expect(Object.values(world.state.positions)).toMatchObject([{ stage: 'open', volume: 6 }]);
    expect(world.facts('order-intended')).toHaveLength(1);
  });

  test('is found by its shape, too, when the broker said how much', () => {
    const world = inTheDark();
    const order = world.facts('order-intended')[0]?.intent.order;
    if (!order) throw new Error('no order was intended');
    const outcome = { outcome: 'partial', fill: { volume: steps(2) } } as const;
    world.give({ type: 'order-answered', orderId: order.id, outcome });
    world.broker.execute({ ...order, volume: steps(2) }, 'from the web');
    world.read();
    expect(world.heard('fill')).toMatchObject([{ lots: 0.02 }]);
    expect(world.facts('position-adopted')).toEqual([]);
  });
});

describe('an order that was not sent', () => {
  test('is sent again as the next attempt, otherwise the same', () => {
    const world = new AccountWorld({ faults: ['not-sent', 'not-sent'] }).open();
    world.bar(aPrediction('buy'));
    const attempts = world.facts('order-intended').map(({ intent }) => intent);
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    const [first, , third] = attempts;
    const id = orderIdOf(first?.order.tradeId ?? '', 3);
    expect(third?.order).toEqual({ ...first?.order, id });
    expect(world.broker.executed).toEqual([third?.order]);
    expect(reportOf(world.journal)).toMatchObject({ orders: 1, attempts: 3, fills: 1 });
  });

  test('is given up after three times', () => {
    const world = new AccountWorld({ faults: ['not-sent', 'not-sent', 'not-sent'] }).open();
    world.bar(aPrediction('buy'));
    expect(world.isSettled).toBe(true);
    expect(world.broker.executed).toEqual([]);
    expect(world.facts('order-intended')).toHaveLength(3);
    expect(world.heard('order-failed').at(-1)).toMatchObject({ outcome: 'given-up' });
  });
});

describe('an order of unknown outcome', () => {
  test('keeps its symbol from other entries until it is found out', () => {
    const world = inTheDark();
    world.move(95_000, monday + barMs);
    world.bar(aPrediction('sell', { bar: 1 }));
    expect(world.heard('denied')).toMatchObject([{ denial: { limit: 'unresolved-order' } }]);
    expect(world.isSettled).toBe(false);
  });

  test('is found when it was executed, and traded once', () => {
    const world = inTheDark('504-executed');
    world.read();
    expect(world.isSettled).toBe(true);
    expect(world.heard('fill')).toHaveLength(1);
    expect(world.facts('order-intended')).toHaveLength(1);
    expect(reportOf(world.journal)).toMatchObject({ unknown: 1, fills: 1, duplicateOrders: 0 });
  });

  test('counts as absent only after the whole proof', () => {
    const world = inTheDark();
    readFor(world, 170_000);
    expect(world.facts('order-absent')).toEqual([]);
    readFor(world, 20_000);
    expect(world.facts('order-absent')).toHaveLength(1);
    expect(world.facts('order-intended').at(-1)?.intent).toMatchObject({ attempt: 2 });
    expect(world.broker.executed).toHaveLength(1);
  });

  test('counts as absent only after answers that were empty without a break', () => {
    const world = inTheDark();
    readFor(world, 170_000);
    world.readsFail = true;
    world.read();
    world.readsFail = false;
    readFor(world, 80_000);
    expect(world.facts('order-absent')).toEqual([]);
    readFor(world, 20_000);
    expect(world.facts('order-absent')).toHaveLength(1);
  });

  test('is not proven absent by a clock that jumps', () => {
    const world = inTheDark();
    world.read();
    world.wait(86_400_000);
    world.read();
    world.wait(-172_800_000);
    world.read();
    world.read();
    expect(world.facts('order-absent')).toEqual([]);
    readFor(world, 200_000);
    expect(world.facts('order-absent')).toHaveLength(1);
  });

  test('is looked for again after a restart, for the whole time', () => {
    const world = inTheDark();
    readFor(world, 100_000);
    world.open();
    readFor(world, 60_000);
    expect(world.facts('order-absent')).toEqual([]);
    readFor(world, 30_000);
    expect(world.facts('order-absent')).toHaveLength(1);
  });

  test('is given up once its bar is over', () => {
    const world = inTheDark();
    world.move(95_000, monday + barMs + 1);
    readFor(world, 190_000);
    expect(world.facts('order-given-up')).toMatchObject([{ reason: 'expired' }]);
    expect(world.broker.executed).toEqual([]);
    expect(world.isSettled).toBe(true);
  });

  test('is given up when the account was paused meanwhile', () => {
    const world = inTheDark();
    world.command('pause');
    readFor(world, 190_000);
    expect(world.facts('order-given-up')).toMatchObject([{ reason: 'trading-state' }]);
    expect(world.broker.executed).toEqual([]);
  });

  test('is given up when the price has passed its stop', () => {
    const world = inTheDark();
    world.move(94_600);
    readFor(world, 190_000);
    expect(world.facts('order-given-up')).toMatchObject([{ reason: 'stops-level' }]);
  });

  test('is found though it has been opened and stopped out already', () => {
    const world = inTheDark('504-executed');
    world.move(94_600);
    world.read();
    expect(world.isSettled).toBe(true);
    expect(world.heard('fill')).toHaveLength(1);
    expect(world.heard('close')).toMatchObject([{ closeType: 'SL_HIT' }]);
    expect(reportOf(world.journal)).toMatchObject({
      balance: world.broker.balance,
      ordersWithoutIntent: 0,
    });
  });

  test.each([
    ['cut off', (id: string) => id.slice(0, 16)],
    ['rewritten', () => 'from the web'],
    ['lost', () => ''],
  ])('is found though its comment was %s', (_, rewritten) => {
    const world = inTheDark();
    const order = world.facts('order-intended')[0]?.intent.order;
    if (order) world.broker.execute(order, rewritten(order.id));
    world.read();
    expect(world.heard('fill')).toHaveLength(1);
    expect(world.state.trading.state).toBe('active');
    expect(reportOf(world.journal)).toMatchObject({ ordersWithoutIntent: 0 });
  });

  test('is found by its shape in the deals, when it was stopped out under another comment', () => {
    const world = inTheDark();
    const order = world.facts('order-intended')[0]?.intent.order;
    if (order) world.broker.execute(order, 'from the web');
    world.move(94_600);
    world.read();
    expect(world.heard('close')).toMatchObject([{ closeType: 'SL_HIT' }]);
    expect(world.facts('position-adopted')).toEqual([]);
  });

  test('is not mistaken for a position of another size', () => {
    const world = inTheDark();
    world.broker.open({
      ...{ symbol: 'BTCUSD', side: 'buy', volume: steps(1), comment: '', isOwned: true },
      stopLoss: price(94_000),
    });
    world.read();
    expect(world.heard('fill')).toEqual([]);
    expect(world.facts('position-adopted')).toHaveLength(1);
  });
});

describe('an order that was proven absent and comes after all', () => {
  test('is closed when its trade was placed by another attempt', () => {
    const world = inTheDark();
    const first = world.facts('order-intended')[0]?.intent.order;
    readFor(world, 200_000);
    if (first) world.broker.execute(first);
    world.read();
    world.read();
    expect(world.broker.positions.map(({ comment }) => comment)).toEqual([
      orderIdOf(first?.tradeId ?? '', 2),
    ]);
    expect(world.heard('alert').map(({ reason }) => reason)).toContainEqual(
      expect.stringContaining('executed late'),
    );
    expect(reportOf(world.journal)).toMatchObject({
      duplicateOrders: 1,
      closes: { MANUAL: 1 },
      balance: world.broker.balance,
    });
  });

  test('is kept, with its stops, when nothing took its place', () => {
    const world = inTheDark();
    const first = world.facts('order-intended')[0]?.intent.order;
    world.command('pause');
    readFor(world, 200_000);
    expect(world.isSettled).toBe(true);
    if (first) world.broker.execute(first);
    world.read();
    expect(world.heard('fill')).toHaveLength(1);
    expect(world.broker.positions).toHaveLength(1);
    expect(world.state.positions).toHaveProperty(String(world.broker.positions[0]?.ticket));
  });
});

describe('an order that was given up', () => {
  test('is not recognised in a position that only looks like it', () => {
    const world = inTheDark();
    const order = world.facts('order-intended')[0]?.intent.order;
    world.command('pause');
    readFor(world, 200_000);
    if (order) world.broker.execute(order, 'by hand');
    world.read();
    expect(world.facts('position-adopted')).toHaveLength(1);
    expect(world.facts('position-opened')).toEqual([]);
  });
});

describe('an order that was accepted', () => {
  test('is never sent again, however long the broker does not list it', () => {
    const world = new AccountWorld({ faults: ['504-lost'] }).open();
    world.isManual = true;
    world.bar(aPrediction('buy'));
    const orderId = world.facts('order-intended')[0]?.intent.order.id ?? '';
    const outcome = { outcome: 'done', fill: { volume: steps(6), ticket: 4711 } } as const;
    world.give({ type: 'order-answered', orderId, outcome });
    readFor(world, 300_000);
    expect(world.facts('order-intended')).toHaveLength(1);
    expect(world.facts('order-given-up')).toMatchObject([{ orderId }]);
    expect(reportOf(world.journal)).toMatchObject({ unknown: 1, fills: 0 });
    expect(world.heard('alert')).toHaveLength(1);
    expect(world.isSettled).toBe(true);
  });

  test('is found by the ticket of its answer', () => {
    const world = new AccountWorld({ faults: ['504-lost'] }).open();
    world.isManual = true;
    world.bar(aPrediction('buy'));
    const order = world.facts('order-intended')[0]?.intent.order;
    if (!order) throw new Error('no order was intended');
    const { symbol, side, stopLoss, takeProfit } = order;
    const { ticket } = world.broker.open({
      ...{ symbol, side, stopLoss, takeProfit, comment: '', isOwned: false },
      volume: steps(3),
    });
    const outcome = { outcome: 'partial', fill: { volume: steps(3), ticket } } as const;
    world.give({ type: 'order-answered', orderId: order.id, outcome });
    world.read();
    expect(world.heard('fill')).toMatchObject([{ ticket, lots: 0.03 }]);
  });

  test('is not of unknown outcome because its broker lists it late', () => {
    const world = new AccountWorld().open();
    world.isManual = true;
    world.bar(aPrediction('buy'));
    const late = world.broker.positions.splice(0);
    const deals = world.broker.deals.splice(1);
    world.read();
    expect(world.facts('order-unresolved')).toHaveLength(1);
    world.broker.positions.push(...late);
    world.broker.deals.push(...deals);
    world.read();
    expect(world.isSettled).toBe(true);
    expect(reportOf(world.journal)).toMatchObject({ unknown: 0, fills: 1 });
  });
});
