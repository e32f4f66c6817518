import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction, barMs, monday } from '../../test/account-world.ts';
import type { BrokerPosition } from '../domain/position.ts';
import { epochMs, money, price, steps } from '../domain/units.ts';
import { reportOf } from './report.ts';

/** An account that is long 0.06 lot from 95,005, SL 94,705, TP 95,305. */
function aLong(): AccountWorld {
  const world = new AccountWorld().open();
  world.bar(aPrediction('buy'));
  return world;
}

function ticketOf(world: AccountWorld): number {
  return world.broker.positions[0]?.ticket ?? 0;
}

type Strange = Parameters<AccountWorld['broker']['open']>[0];

function aStranger(changes: Partial<Strange> = {}): Strange {
  return {
    ...{ symbol: 'BTCUSD', side: 'sell', volume: steps(2), comment: 'by hand', isOwned: false },
    ...changes,
  };
}

describe('a close', () => {
  test.each([
    ['SL_HIT', 94_700, -300, 'the broker names the stop'],
    ['TP_HIT', 95_310, 300, 'the broker names the target'],
  ])('is %s when %s', (closeType, bid, points) => {
    const world = aLong();
    world.move(bid, monday + barMs);
    world.read();
    const [close] = world.heard('close');
    expect(close).toMatchObject({ closeType, lots: 0.06, side: 'buy' });
    expect(close?.profit).toBeCloseTo(points * 6 - 0.36 - (bid < 94_705 ? 30 : 0), 9);
  });

  test.each([
    ['SL_HIT', 94_706],
    ['SL_HIT', 94_707.51],
    ['EXTERNAL', 94_707.52],
    ['EXTERNAL', 95_000],
    ['TP_HIT', 95_304],
  ])('without a reason is %s at %d', (closeType, bid) => {
    const world = aLong();
    world.move(bid);
    world.broker.close(ticketOf(world), 'other');
    world.read();
    expect(world.heard('close')).toMatchObject([{ closeType }]);
  });

  test('is a stop-out when the broker says so', () => {
    const world = aLong();
    world.broker.close(ticketOf(world), 'stop-out');
    world.read();
    expect(world.heard('close')).toMatchObject([{ closeType: 'STOP_OUT' }]);
  });

  test('is ours when we asked for it, but not when the stop was quicker', () => {
    const ours = aLong();
    ours.command('flatten');
    expect(ours.heard('close')).toMatchObject([{ closeType: 'MANUAL' }]);

    const slow = aLong();
    slow.move(94_600);
    slow.command('flatten');
    expect(slow.heard('close')).toMatchObject([{ closeType: 'SL_HIT' }]);
  });

  test('counts every deal of the position, and its result in R from the real entry', () => {
    const world = aLong();
    world.move(95_100);
    world.broker.close(ticketOf(world), 'client', 2);
    world.read();
    expect(world.heard('close')).toEqual([]);
    const partly = reportOf(world.journal);
    expect(partly.trades).toMatchObject([{ closeTime: null, profit: 95 * 2 - 0.18 - 0.06 }]);
    expect(partly.equity).toBe(world.broker.view().equity);
    world.move(95_310);
    world.read();
    const [close] = world.heard('close');
    const profit = 95 * 2 + 300 * 4 - 0.36;
    expect(close?.profit).toBeCloseTo(profit, 9);
    expect(close?.exit).toBeCloseTo((95_100 * 2 + 95_305 * 4) / 6, 2);
    expect(close?.rMultiple).toBeCloseTo(profit / 1_800, 9);
    expect(reportOf(world.journal)).toMatchObject({ balance: world.broker.balance, fills: 1 });
  });

  test('is not believed without its deal', () => {
    const world = aLong();
    world.isManual = true;
    world.move(94_700);
    const deals = world.broker.deals.splice(2);
    for (let reads = 1; reads <= 9; reads += 1) world.read();
    expect(world.heard('alert')).toEqual([]);
    for (let reads = 1; reads <= 9; reads += 1) world.read();
    expect(world.heard('close')).toEqual([]);
    expect(world.isSettled).toBe(false);
    expect(world.heard('alert')).toHaveLength(1);
    world.bar(aPrediction('buy', { bar: 1 }));
    expect(world.facts('bar-decided').at(-1)).toMatchObject({
      denial: { limit: 'balance-unexplained' },
      others: ['position-open'],
    });
    world.broker.deals.push(...deals);
    world.read();
    expect(world.heard('close')).toMatchObject([{ closeType: 'SL_HIT' }]);
    expect(world.isSettled).toBe(true);
  });

  test('is told once, however often the engine starts', () => {
    const world = aLong();
    world.move(94_700);
    world.read();
    world.open();
    world.open();
    expect(world.heard('close')).toHaveLength(1);
    expect(world.heard('fill')).toHaveLength(1);
  });
});

describe('a foreign position', () => {
  test('is never touched, and takes the place of its symbol', () => {
    const world = new AccountWorld().open();
    world.broker.open(aStranger());
    world.bar(aPrediction('buy'));
    world.command('flatten');
    expect(world.broker.positions).toHaveLength(1);
    expect(world.heard('denied')).toMatchObject([{ denial: { limit: 'position-open' } }]);
    expect(world.state).toMatchObject({ positions: {}, trading: { state: 'paused' } });
  });

  test('moves the balance and the day, but is no trade of ours', () => {
    const world = new AccountWorld().open();
    const { ticket } = world.broker.open(aStranger());
    world.read();
    world.move(95_200);
    world.broker.close(ticket, 'client');
    world.read();
    const report = reportOf(world.journal);
    expect(report).toMatchObject({ balance: world.broker.balance, trades: [], fills: 0 });
    expect(report.balance).toBeLessThan(report.startingBalance);
    expect(world.state.day?.realised).toBeCloseTo(report.balance - report.startingBalance, 9);
    expect(world.state.consecutiveLosses).toBe(0);
  });
});

describe('an owned position that no intent explains', () => {
  test('is adopted, and entries stop until a person has looked', () => {
    const world = new AccountWorld().open();
    world.broker.open(aStranger({ isOwned: true, stopLoss: price(95_500) }));
    world.bar(aPrediction('buy'));
    expect(world.state.trading.state).toBe('reducing');
    expect(world.heard('denied')).toMatchObject([{ denial: { limit: 'trading-state' } }]);
    expect(reportOf(world.journal)).toMatchObject({
      fills: 0,
      openPositions: 1,
      ordersWithoutIntent: 1,
      ordersWithoutStop: 0,
    });
    world.command('resume');
    expect(world.state.trading.state).toBe('active');
  });

  test('is adopted from its deals when it has come and gone', () => {
    const world = new AccountWorld().open();
    world.broker.open(aStranger({ isOwned: true, stopLoss: price(95_500) }));
    world.move(95_600);
    world.read();
    expect(world.heard('close')).toMatchObject([{ closeType: 'SL_HIT' }]);
    expect(reportOf(world.journal)).toMatchObject({
      balance: world.broker.balance,
      ordersWithoutIntent: 1,
      openPositions: 0,
    });
    expect(world.isSettled).toBe(true);
  });

  test('leaves a paused account paused', () => {
    const world = new AccountWorld().open();
    world.command('pause');
    world.broker.open(aStranger({ isOwned: true, stopLoss: price(95_500) }));
    world.read();
    expect(world.state.trading.state).toBe('paused');
  });
});

describe('a naked position', () => {
  function stripped(world: AccountWorld): AccountWorld {
    const bare = ({ stopLoss: _, takeProfit: __, ...rest }: BrokerPosition) => rest;
    world.broker.positions = world.broker.positions.map(bare);
    return world;
  }

  test('of ours gets the stops back that it was ordered with', () => {
    const world = stripped(aLong());
    world.read();
    expect(world.broker.positions).toMatchObject([{ stopLoss: 94_705, takeProfit: 95_305 }]);
    expect(world.isSettled).toBe(true);
    expect(reportOf(world.journal).ordersWithoutStop).toBe(1);
  });

  test('gets new stops at the configured distance when the price has passed the old ones', () => {
    const world = stripped(aLong());
    world.move(94_600);
    world.read();
    expect(world.broker.positions).toMatchObject([{ stopLoss: 94_305, takeProfit: 94_905 }]);
  });

  test('that was adopted gets them too, once an ATR is known, and is closed before', () => {
    const knows = new AccountWorld().open();
    knows.bar(aPrediction('hold'));
    knows.broker.open(aStranger({ isOwned: true }));
    knows.read();
    expect(knows.broker.positions).toMatchObject([{ stopLoss: 95_300, takeProfit: 94_700 }]);

    const knowsNothing = new AccountWorld().open();
    knowsNothing.broker.open(aStranger({ isOwned: true }));
    knowsNothing.read();
    expect(knowsNothing.broker.positions).toEqual([]);
    expect(knowsNothing.heard('close')).toMatchObject([{ closeType: 'MANUAL' }]);
  });

  test('is closed when its stop is refused three times', () => {
    const world = stripped(aLong());
    world.broker.protect = () => ({ outcome: 'rejected', code: 10_016, reason: 'invalid stops' });
    world.read();
    expect(world.facts('protect-intended')).toHaveLength(3);
    expect(world.broker.positions).toEqual([]);
    expect(world.isSettled).toBe(true);
  });

  test('is left alone by a dry account, which sends nothing', () => {
    const world = new AccountWorld({ policy: aPolicy({ mode: 'dry' }) }).open();
    world.broker.open(aStranger({ isOwned: true }));
    world.read();
    world.command('flatten');
    expect(world.broker.positions).toHaveLength(1);
    expect(world.facts('close-intended')).toEqual([]);
  });
});

describe('stops that were moved by hand', () => {
  test('are noted, and the trade keeps those it began with', () => {
    const world = aLong();
    world.broker.protect(ticketOf(world), { stopLoss: price(94_900), takeProfit: price(96_000) });
    world.read();
    expect(world.facts('stops-moved')).toMatchObject([{ stopLoss: 94_900, takeProfit: 96_000 }]);
    world.move(94_890);
    world.read();
    expect(world.heard('close')).toMatchObject([{ closeType: 'SL_HIT', exit: 94_890 }]);
    expect(reportOf(world.journal).trades).toMatchObject([{ sl: 94_705, tp: 95_305 }]);
  });
});

describe('money that no trade earned', () => {
  test('before the first sight is where the account starts', () => {
    const world = new AccountWorld().open();
    expect(reportOf(world.journal)).toMatchObject({ startingBalance: 100_000, balance: 100_000 });
  });

  test('later moves the start with the balance, and neither the day nor a trade', () => {
    const world = new AccountWorld().open();
    world.bar(aPrediction('hold'));
    world.broker.balance += 5_000;
    const at = epochMs(monday);
    world.broker.deals.push({
      ...{ kind: 'balance', ticket: 50, at, amount: money(5_000), comment: 'deposit' },
    });
    world.read();
    expect(reportOf(world.journal)).toMatchObject({ startingBalance: 105_000, balance: 105_000 });
    expect(world.state.day?.realised).toBe(0);
  });

  test.each([
    ['a charge', -300, -300],
    ['interest', 40, 40],
  ])(
    'as %s is in the balance and in the result of the day, not in the start',
    (_, amount, result) => {
      const world = new AccountWorld().open();
      world.broker.balance += amount;
      const at = epochMs(monday);
      world.broker.deals.push({
        ...{ kind: 'charge', ticket: 50, at, amount: money(amount), comment: '' },
      });
      world.read();
      const balance = 100_000 + amount;
      expect(reportOf(world.journal)).toMatchObject({ startingBalance: 100_000, balance });
      expect(world.state.day?.realised).toBe(result);
    },
  );

  test('and history that is synchronised late is nobody’s', () => {
    const world = new AccountWorld();
    const [deposit] = world.broker.deals.splice(0);
    world.open();
    if (deposit) world.broker.deals.push({ ...deposit, at: epochMs(monday - 600_000) });
    world.read();
    expect(reportOf(world.journal)).toMatchObject({ startingBalance: 100_000, balance: 100_000 });
  });
});
