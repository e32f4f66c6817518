import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction, barMs, monday } from '../../test/account-world.ts';
import { traceOf } from '../domain/bar.ts';
import { epochMs, fraction } from '../domain/units.ts';
import type { AccountPolicy } from './policy.ts';
import { reportOf } from './report.ts';

describe('a bar with a signal', () => {
  test('leaves an intent that holds all that it was decided from', () => {
    const world = new AccountWorld().open();
    world.bar(aPrediction('sell'));
    const [fact] = world.facts('order-intended');
    expect(fact?.intent).toMatchObject({
      attempt: 1,
      trace: aPrediction('sell').trace,
      quote: { bid: 95_000, ask: 95_005 },
      atr: 300,
      riskMoney: 1_800,
      policyHash: 'policy-1',
      modelHash: 'model-1',
      order: {
        side: 'sell',
        volume: 6,
        expectedPrice: 95_000,
        stopLoss: 95_300,
        takeProfit: 94_700,
        expiresAt: monday + barMs,
      },
    });
    expect(fact?.intent.order.id).toMatch(/^[a-z2-7]{26}$/);
    const [decided] = world.facts('bar-decided');
    expect(decided).toMatchObject({ verdict: 'entered', orderId: fact?.intent.order.id, votes: 3 });
  });

  test('is decided once, however often it comes', () => {
    const world = new AccountWorld().open();
    world.bar(aPrediction('buy'));
    const { length } = world.journal;
    world.give({ type: 'predicted', prediction: aPrediction('buy') });
    world.give({ type: 'predicted', prediction: aPrediction('sell', { bar: -3 }) });
    expect(world.journal).toHaveLength(length);
    expect(world.heard('equity')).toHaveLength(1);
  });

  test.each<[string, Partial<AccountPolicy>, number]>([
    ['atr-floor', { atrMin: 301 }, 300],
    ['stops-level', { stopLossAtr: 0.01 }, 300],
    ['risk-max', { riskMax: fraction(0.0001) }, 300],
    ['lots-max', { lotsMax: 0.001 }, 300],
    ['dry-run', { mode: 'dry' }, 300],
    ['exit-model', { management: { primaryExit: { stopLossAtr: 3, takeProfitAtr: 5 } } }, 300],
  ])('is denied by %s, and no order leaves', (limit, changes, atr) => {
    const world = new AccountWorld({ policy: aPolicy(changes) }).open();
    world.bar(aPrediction('buy', { atr }));
    expect(world.heard('denied')).toMatchObject([{ denial: { limit } }]);
    expect(world.heard('signal')).toHaveLength(1);
    expect(world.broker.executed).toEqual([]);
    expect(world.facts('order-intended')).toEqual([]);
    expect(reportOf(world.journal).decisions).toEqual({
      entered: 0,
      held: 0,
      denied: { [limit]: 1 },
      against: { [limit]: 1 },
    });
  });

  test('names the first reason against it, and the others', () => {
    const world = new AccountWorld({ policy: aPolicy({ atrMin: 400 }) }).open();
    world.command('pause');
    world.bar(aPrediction('buy'));
    expect(world.facts('bar-decided')).toMatchObject([
      { verdict: 'denied', denial: { limit: 'trading-state' }, others: ['atr-floor'] },
    ]);
    expect(reportOf(world.journal).decisions).toMatchObject({
      denied: { 'trading-state': 1 },
      against: { 'trading-state': 1, 'atr-floor': 1 },
    });
  });

  test('shows the order that a dry account would have sent', () => {
    const world = new AccountWorld({ policy: aPolicy({ mode: 'dry' }) }).open();
    world.bar(aPrediction('buy'));
    expect(world.facts('bar-decided')).toMatchObject([
      {
        verdict: 'denied',
        order: { side: 'buy', volume: 6, stopLoss: 94_705 },
        sizing: { baseRisk: 0.02, riskMultiplier: 1, risk: 0.02, lotsWanted: 0.06, bound: 'risk' },
      },
    ]);
    expect(world.isSettled).toBe(true);
  });

  test('may have the stop of its smallest lot brought to the hard cap', () => {
    // 0.01 lot over 300 costs 300 USC; 0.25 % of 100,000 USC are 250.
    const policy = aPolicy({ risk: fraction(0.001), riskMax: fraction(0.0025), shrinksStop: true });
    const world = new AccountWorld({ policy }).open();
    world.bar(aPrediction('buy'));
    expect(world.facts('order-intended')).toMatchObject([
      {
        intent: {
          order: { volume: 1, expectedPrice: 95_005, stopLoss: 94_755, takeProfit: 95_305 },
          riskMoney: 250,
          sizing: { baseRisk: 0.001, risk: 0.001, lotsWanted: 0, bound: 'hard-cap' },
        },
      },
    ]);
  });

  test('is denied where the hard cap is nearer than the broker lets a stop stand', () => {
    const policy = aPolicy({ risk: fraction(0.001), riskMax: fraction(0.0025), shrinksStop: true });
    const world = new AccountWorld({ policy });
    const instrument = { ...world.broker.instrument, stopsLevelPoints: 26_000 };
    Object.assign(world.broker, { instrument });
    world.open().bar(aPrediction('buy'));
    expect(world.heard('denied')).toMatchObject([
      { denial: { limit: 'stops-level', observed: 24_500, allowed: 26_000 } },
    ]);
  });

  test('is denied as long as the broker was not read in this incarnation', () => {
    const world = new AccountWorld();
    world.isManual = true;
    world.open();
    world.give({ type: 'predicted', prediction: aPrediction('buy') });
    expect(world.heard('denied')).toMatchObject([{ denial: { limit: 'broker-unread' } }]);
    world.read();
    world.open();
    world.give({ type: 'predicted', prediction: aPrediction('buy', { bar: 1 }) });
    expect(world.heard('denied')).toHaveLength(2);
    expect(world.broker.executed).toEqual([]);
    expect(world.isSettled).toBe(false);
  });

  test('is denied without a quote or an instrument of its symbol', () => {
    const world = new AccountWorld().open();
    const prediction = { ...aPrediction('buy'), symbol: 'XAUUSD', trace: 'XAUUSD/M15/900000' };
    world.give({ type: 'predicted', prediction });
    expect(world.heard('denied')).toMatchObject([{ denial: { limit: 'quote-stale' } }]);
  });
});

describe('a bar without a signal', () => {
  test('is held at the gate that it did not pass', () => {
    const world = new AccountWorld().open();
    world.bar(aPrediction('hold'));
    expect(world.facts('bar-decided')).toMatchObject([
      { verdict: 'held', denial: { limit: 'hold' }, prediction: { modelHash: 'model-1' } },
    ]);
    expect(world.heard('signal')).toEqual([]);
  });

  test.each<[string, Partial<AccountPolicy>]>([
    ['confidence', { confidenceMin: 0.81 }],
    ['gap', { gapMin: 0.71 }],
    ['votes', { votesMin: 4 }],
  ])('is held by the account’s own %s', (limit, changes) => {
    const world = new AccountWorld({ policy: aPolicy(changes) }).open();
    world.bar(aPrediction('buy'));
    expect(world.facts('bar-decided')).toMatchObject([{ verdict: 'held', denial: { limit } }]);
  });

  test('may override the manifest downwards too', () => {
    const world = new AccountWorld({ policy: aPolicy({ confidenceMin: 0.1 }) }).open();
    const strict = { confidenceMin: 0.99, gapMin: 0 };
    world.bar({ ...aPrediction('buy'), thresholds: strict });
    expect(world.broker.executed).toHaveLength(1);
  });

  test('is held with the reason when there is no prediction', () => {
    const world = new AccountWorld().open();
    const trace = traceOf('BTCUSD', 'M15', epochMs(monday));
    const input = { type: 'unpredicted', trace, symbol: 'BTCUSD', reason: 'no model' } as const;
    world.give(input);
    world.give(input);
    expect(world.facts('bar-decided')).toMatchObject([
      { verdict: 'held', denial: { limit: 'unpredicted' }, reason: 'no model' },
    ]);
    expect(reportOf(world.journal)).toMatchObject({ predictions: 1, heldBy: { unpredicted: 1 } });
  });
});
