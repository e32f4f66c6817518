import type { Quotes, Trading } from '../src/brokers/broker.ts';
import { type Mt5Options, mt5Terminal } from '../src/brokers/mt5/terminal.ts';
import type { Order } from '../src/domain/order.ts';
import { epochMs, price, steps } from '../src/domain/units.ts';
import { systemClock } from '../src/runtime/clock.ts';

/** The adapter as tests use it, for a terminal whose market time is not the wall's. */
export function mt5Client(url: string, options: Partial<Mt5Options> = {}): Quotes & Trading {
  return mt5Terminal({
    url,
    token: 'secret',
    symbols: { BTCUSD: 'BTCUSDc' },
    magic: 42,
    deviationPoints: 500,
    clock: systemClock,
    readTimeoutMs: 8_000,
    tradeTimeoutMs: 20_000,
    absenceProof: { sinceCallMs: 180_000, emptyForMs: 90_000 },
    serverOffset: { ms: 0 },
    ...options,
  });
}

export function anOrder(fields: Partial<Order> = {}): Order {
  return {
    id: 'abcdefghijklmnopqrstuvwxyz',
    tradeId: 'abcdefghijklmnopqrst',
    symbol: 'BTCUSD',
    side: 'buy',
    volume: steps(30),
    stopLoss: price(99_000),
    takeProfit: price(102_000),
    expectedPrice: price(100_014),
    expiresAt: epochMs(1_735_726_500_000),
    ...fields,
  };
}

/** A signal that nobody aborts. */
export const unhurried = new AbortController().signal;
