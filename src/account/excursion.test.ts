import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction, barMs, monday } from '../../test/account-world.ts';
import type { Side } from '../domain/order.ts';
import { fraction } from '../domain/units.ts';
import { reportOf } from './report.ts';

/** A trade of 0.06 lot (1 price unit is 6 USC) that the market moves through these bids, bar by bar. */
function traded(side: Side, bids: readonly number[]) {
  const world = new AccountWorld({ policy: aPolicy({ takeProfitAtr: 8 }) }).open();
  world.bar(aPrediction(side));
  for (const [index, bid] of bids.entries()) {
    world.move(bid, monday + (index + 1) * barMs);
    world.bar(aPrediction('hold', { bar: index + 1 }));
  }
  return reportOf(world.journal).trades[0];
}

describe('the excursion of a trade', () => {
  test.each<[string, Side, readonly number[], number, number]>([
    ['a buy, from its entry at the ask', 'buy', [94_905, 95_155, 95_055], 100, 150],
    ['a sell, from its entry at the bid', 'sell', [94_895, 95_095, 95_000], 100, 100],
    ['one that only lost', 'buy', [94_800], 205, 0],
    ['one that a jump through its stop closed', 'buy', [95_105, 94_600], 405, 100],
  ])('of %s', (_name, side, bids, adverse, favourable) => {
    expect(traded(side, bids)).toMatchObject({
      mae: { price: adverse, money: adverse * 6, r: expect.closeTo(adverse / 300, 5) },
      mfe: { price: favourable, money: favourable * 6, r: expect.closeTo(favourable / 300, 5) },
    });
  });

  test('says from how many prices it is known', () => {
    expect(traded('buy', [])).toMatchObject({ prices: 1, mae: { price: 5 }, mfe: { price: 0 } });
    expect(traded('buy', [95_100, 95_200])).toMatchObject({ prices: 3 });
  });
});

describe('the costs of a trade', () => {
  test('stand apart from what the price brought, and sum to its profit', () => {
    const management = { partialClose: { triggerAtr: 0.6, share: 0.5 } };
    const policy = aPolicy({ takeProfitAtr: 8, management, risk: fraction(0.02) });
    const world = new AccountWorld({ policy }).open();
    world.bar(aPrediction('buy'));
    world.move(95_205, monday + barMs);
    world.bar(aPrediction('hold', { bar: 1 }));
    world.move(95_000, monday + 2 * barMs);
    world.bar(aPrediction('hold', { bar: 2 }));
    const [trade] = reportOf(world.journal).trades;
    // Half of 0.06 lot at +200, the rest at the gap to 95,000: 3 x 200 - 3 x 5.
    expect(trade).toMatchObject({
      ...{ closeType: 'SL_HIT', closeDetail: 'BE', closingDeals: 2 },
      ...{ priceProfit: 585, swap: 0, commission: -0.36, profit: 584.64 },
    });
  });
});
