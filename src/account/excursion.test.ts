import { describe, expect, test } from 'vitest';
import {
  AccountWorld,
  aPolicy,
  aPrediction,
  aQuote,
  barMs,
  monday,
} from '../../test/account-world.ts';
import type { BarPrices } from '../domain/bar.ts';
import type { Side } from '../domain/order.ts';
import type { Prediction } from '../domain/prediction.ts';
import { epochMs, fraction, price, steps } from '../domain/units.ts';
import type { AccountFact } from './account-fact.ts';
import { type BarExtremes, ExcursionMeter } from './excursion.ts';
import { reportOf } from './report.ts';
import { TradeTable } from './trade-table.ts';

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

/** The quotes at the extremes of the nth bar since Monday: an ask is 5 above its bid. */
function aBar(n: number, low: number, high: number, symbol = 'BTCUSD'): BarExtremes {
  const openTime = epochMs(monday + n * barMs);
  const closeTime = epochMs(openTime + barMs);
  const quoteAt = (bid: number) => ({ bid: price(bid), ask: price(bid + 5), at: openTime });
  return { symbol, openTime, closeTime, low: quoteAt(low), high: quoteAt(high) };
}

/** When the position was opened and closed is counted in bars since Monday. */
type LifeCase = {
  readonly what: string;
  readonly side: Side;
  readonly opened: number;
  readonly closed?: number;
  readonly bars: readonly BarExtremes[];
  readonly mae: number;
  readonly mfe: number;
  readonly prices: number;
};

const oneSecond = 1_000 / barMs;
const lives: readonly LifeCase[] = [
  {
    what: 'of a buy count with their bids',
    ...{ side: 'buy', opened: 0, bars: [aBar(0, 94_900, 95_150), aBar(1, 95_050, 95_250)] },
    ...{ mae: 100, mfe: 250, prices: 4 },
  },
  {
    what: 'of a sell count with their asks',
    ...{ side: 'sell', opened: 0, bars: [aBar(0, 94_900, 95_150)] },
    ...{ mae: 155, mfe: 95, prices: 2 },
  },
  {
    what: 'do not begin before it was opened',
    ...{ side: 'buy', opened: 1, bars: [aBar(0, 90_000, 99_000), aBar(1, 94_990, 95_010)] },
    ...{ mae: 10, mfe: 10, prices: 2 },
  },
  {
    what: 'do not include the one inside which it was opened',
    ...{ side: 'buy', opened: oneSecond, bars: [aBar(0, 90_000, 99_000), aBar(1, 94_990, 95_010)] },
    ...{ mae: 10, mfe: 10, prices: 2 },
  },
  {
    what: 'do not include the one inside which it was closed',
    ...{ side: 'buy', opened: 0, closed: 2 - oneSecond },
    ...{ bars: [aBar(0, 94_990, 95_010), aBar(1, 90_000, 99_000)] },
    ...{ mae: 10, mfe: 10, prices: 2 },
  },
  {
    what: 'include the one at whose end it was closed, and none after',
    ...{ side: 'buy', opened: 0, closed: 1 },
    ...{ bars: [aBar(0, 94_990, 95_010), aBar(1, 90_000, 99_000)] },
    ...{ mae: 10, mfe: 10, prices: 2 },
  },
  {
    what: 'are those of its own symbol',
    ...{ side: 'buy', opened: 0, bars: [aBar(0, 1, 2, 'EURUSD'), aBar(0, 94_990, 95_010)] },
    ...{ mae: 10, mfe: 10, prices: 2 },
  },
  {
    what: 'count once, as first told',
    ...{ side: 'buy', opened: 0, bars: [aBar(0, 94_990, 95_010), aBar(0, 1, 99_000)] },
    ...{ mae: 10, mfe: 10, prices: 2 },
  },
  {
    what: 'may all be unknown',
    ...{ side: 'buy', opened: 0, bars: [] },
    ...{ mae: 0, mfe: 0, prices: 0 },
  },
];

describe('the bars that a position lived through', () => {
  test.each(lives)('$what', ({ side, opened, closed, bars, mae, mfe, prices }) => {
    const moment = (inBars: number) => epochMs(monday + inBars * barMs);
    const position = { symbol: 'BTCUSD', side, volume: steps(6), openedAt: moment(opened) };
    for (const isCloseToldFirst of [true, false]) {
      const meter = new ExcursionMeter({ ...position, entry: price(95_000) });
      if (closed !== undefined && isCloseToldFirst) meter.closed(moment(closed));
      for (const bar of bars) meter.lived(bar);
      if (closed !== undefined) meter.closed(moment(closed));
      const found = meter.result(undefined, 2);
      expect(found).toMatchObject({ mae: { price: mae }, mfe: { price: mfe }, prices });
    }
  });

  test('end where it was seen last when it vanished, until it is seen again', () => {
    const bought = { volume: steps(6), entry: price(95_000), openedAt: epochMs(monday) };
    const meter = new ExcursionMeter({ symbol: 'BTCUSD', side: 'buy', ...bought });
    const seenAfter = (bars: number) => meter.quoted(aQuote(95_000, monday + bars * barMs));
    seenAfter(1);
    meter.missed();
    for (const bar of [aBar(0, 94_990, 95_010), aBar(1, 90_000, 99_000)]) meter.lived(bar);
    expect(meter.result(undefined, 2)).toMatchObject({ mae: { price: 10 }, mfe: { price: 10 } });
    seenAfter(2);
    expect(meter.result(undefined, 2)).toMatchObject({ mae: { price: 5_000 } });
  });
});

describe('the bars that a journal has', () => {
  const prices = (low: number, high: number): BarPrices => ({
    open: price(95_000),
    high: price(high),
    low: price(low),
    close: price(95_000),
  });
  const onBar = (bar: number, range?: BarPrices): Prediction => ({
    ...aPrediction('hold', { bar }),
    ...(range && { bar: range }),
  });

  /** Entered on Monday at midnight; the market stands still between the bars, and jumps to the target on the last. */
  function journal(side: Side, ranges: readonly (BarPrices | undefined)[]): readonly AccountFact[] {
    const world = new AccountWorld({ policy: aPolicy({ takeProfitAtr: 2 }) }).open();
    world.bar({ ...aPrediction(side), bar: prices(90_000, 99_000) });
    for (const [index, range] of ranges.entries()) {
      const bar = index + 1;
      world.move(
        bar < ranges.length ? 95_000 : side === 'buy' ? 95_700 : 94_300,
        monday + bar * barMs - 1,
      );
      world.read();
      world.move(world.broker.quote.bid, monday + bar * barMs);
      world.bar(onBar(bar, range));
    }
    return world.journal;
  }

  function tradeOf(facts: readonly AccountFact[]) {
    const table = new TradeTable();
    for (const fact of facts) table.add(fact);
    return table.rows()[0];
  }

  test('widen the excursion of a trade by their extremes, and say so in its prices', () => {
    const ranges = [prices(94_900, 95_200), prices(94_800, 95_100), prices(94_000, 96_000)];
    const facts = journal('buy', ranges);
    const quotesAlone = tradeOf(journal('buy', [undefined, undefined, undefined]));
    expect(quotesAlone).toMatchObject({ mae: { price: 5 }, mfe: { price: 600 } });
    expect(tradeOf(facts)).toMatchObject({
      ...{ closeType: 'TP_HIT', mae: { price: 205, money: 1_230 }, mfe: { price: 600 } },
      prices: (quotesAlone?.prices ?? 0) + 4,
    });
  });

  test('reach a sell by the spread of its own broker', () => {
    const facts = journal('sell', [prices(94_950, 95_100), prices(1, 99_000)]);
    expect(tradeOf(facts)).toMatchObject({ mae: { price: 105 }, mfe: { price: 600 } });
    const wider = facts.map((fact) =>
      fact.type === 'instrument-read'
        ? { ...fact, instrument: { ...fact.instrument, spreadPoints: 1_200 } }
        : fact,
    );
    expect(tradeOf(wider)).toMatchObject({ mae: { price: 112 } });
  });

  test('come to the same when they are decided twice, or before the position is known', () => {
    const facts = journal('buy', [prices(94_900, 95_200), prices(94_000, 96_000)]);
    const expected = tradeOf(facts);
    expect(expected).toMatchObject({ mae: { price: 105 } });
    expect(tradeOf([...facts, ...facts.filter(({ type }) => type === 'bar-decided')])).toEqual(
      expected,
    );
    const isFirst = ({ type }: AccountFact) =>
      ['policy-changed', 'instrument-read', 'bar-decided'].includes(type);
    const barsFirst = [...facts.filter(isFirst), ...facts.filter((fact) => !isFirst(fact))];
    expect(tradeOf(barsFirst)).toEqual(expected);
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
