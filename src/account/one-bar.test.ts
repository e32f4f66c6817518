import { describe, expect, test } from 'vitest';
import { AccountWorld, aPrediction, barMs, monday } from '../../test/account-world.ts';
import { reportOf } from './report.ts';

describe('one bar', () => {
  test('becomes an order with its stops, a fill, and a settled account', () => {
    const world = new AccountWorld().open();
    world.bar(aPrediction('buy'));
    expect(world.isSettled).toBe(true);
    expect(world.events.map(({ type }) => type)).toEqual([
      'started',
      'signal',
      'order',
      'equity',
      'fill',
    ]);
    const [order] = world.broker.executed;
    expect(order).toMatchObject({ side: 'buy', volume: 6, stopLoss: 94_705, takeProfit: 95_305 });
    expect(world.journal.map(({ type }) => type)).toMatchInlineSnapshot(`
      [
        "incarnation-started",
        "policy-changed",
        "account-seen",
        "day-began",
        "instrument-read",
        "broker-read",
        "bar-decided",
        "order-intended",
        "order-accepted",
        "broker-read",
        "position-opened",
        "deal-booked",
      ]
    `);
    world.move(95_310, monday + barMs);
    world.bar(aPrediction('hold', { bar: 1 }));
    expect(reportOf(world.journal)).toMatchInlineSnapshot(`
      {
        "attempts": 1,
        "balance": 101799.64,
        "closes": {
          "MANUAL": 0,
          "SL_HIT": 0,
          "TP_HIT": 1,
        },
        "currency": "USC",
        "decisions": {
          "against": {},
          "denied": {},
          "entered": 1,
          "held": 1,
        },
        "duplicateOrders": 0,
        "equity": 101799.64,
        "fills": 1,
        "heldBy": {
          "hold": 1,
        },
        "openPositions": 0,
        "orders": 1,
        "ordersWithoutIntent": 0,
        "ordersWithoutStop": 0,
        "predictions": 2,
        "rejects": 0,
        "startingBalance": 100000,
        "trades": [
          {
            "closeDetail": null,
            "closeTime": "2025-01-06T00:15:00.000Z",
            "closeType": "TP_HIT",
            "closingDeals": 1,
            "commission": -0.36,
            "entry": 95005,
            "exit": 95305,
            "id": "rmzf5bjbjsmrjk2bqahc",
            "mae": {
              "money": 30,
              "price": 5,
              "r": 0.016667,
            },
            "mfe": {
              "money": 1800,
              "price": 300,
              "r": 1,
            },
            "openTime": "2025-01-06T00:00:00.000Z",
            "priceProfit": 1800,
            "prices": 2,
            "profit": 1799.64,
            "rMultiple": 0.9998,
            "side": "buy",
            "sl": 94705,
            "swap": 0,
            "symbol": "BTCUSD",
            "ticket": 1001,
            "tp": 95305,
            "volume": 0.06,
          },
        ],
        "unknown": 0,
      }
    `);
  });
});
