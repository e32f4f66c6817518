import { describe, expect, test } from 'vitest';
import type { BrokerPosition } from '../domain/position.ts';
import { epochMs, money, price, steps } from '../domain/units.ts';
import { standingOf } from './broker-standing.ts';

function aPosition(ticket: number, stopLoss?: number): BrokerPosition {
  return {
    ...{ ticket, symbol: 'BTCUSD', side: 'buy', comment: '', isOwned: true },
    volume: steps(1),
    entry: price(100),
    openedAt: epochMs(0),
    profit: money(0),
    swap: money(0),
    ...(stopLoss !== undefined && { stopLoss: price(stopLoss) }),
  };
}

describe('what stands at the broker of an account that nobody runs', () => {
  test.each<[readonly BrokerPosition[], string]>([
    [[], 'no position'],
    [[aPosition(1, 90)], '1 position of it, each with its stop'],
    [[aPosition(1, 90), aPosition(2, 91)], '2 positions of it, each with its stop'],
    [[aPosition(1, 90), aPosition(2)], '1 WITHOUT A STOP: set one by hand, now: #2 BTCUSD'],
  ])('%#: is said in one sentence', (positions, sentence) => {
    expect(standingOf(positions)).toContain(sentence);
  });
});
