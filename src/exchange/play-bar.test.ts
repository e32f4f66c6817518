import { describe, expect, test } from 'vitest';
import {
  aBar,
  anAccount,
  atBar,
  barMs,
  monday,
  priced,
  someTerms,
  steps,
} from '../../test/fixtures/simulated-market.ts';
import type { Side } from '../domain/order.ts';
import { playBar } from './play-bar.ts';
import type { ExchangeDeal } from './state.ts';
import type { ExchangeTerms } from './terms.ts';
import { submit } from './trade.ts';

type Prices = readonly [number, number, number, number];

/** Enters at the open of the first bar, plays it, and tells the deals that it booked. The spread is 10. */
function afterOneBar(
  trade: { side: Side; sl?: number; tp?: number; volume?: number },
  bars: { first: Prices; next?: Prices },
  terms: ExchangeTerms = someTerms(),
) {
  const bar = aBar(bars.first);
  const next = bars.next && aBar(bars.next, { openTime: atBar(1) });
  const entered = submit(anAccount(terms, bar), terms, {
    symbol: 'BTCUSD',
    side: trade.side,
    volume: steps(trade.volume ?? 100),
    ...(trade.sl === undefined ? {} : { stopLoss: priced(trade.sl) }),
    ...(trade.tp === undefined ? {} : { takeProfit: priced(trade.tp) }),
    magic: 7,
    comment: 'mine',
  });
  expect(entered.retcode).toBe(10009);
  const played = playBar(entered.state, terms, { symbol: 'BTCUSD', bar, next });
  return { entered, played, closing: played.deals.at(-1) as TradeDeal | undefined };
}

type TradeDeal = Extract<ExchangeDeal, { kind: 'trade' }>;

describe('a market order', () => {
  test.each([
    { side: 'buy', entry: 1_010, says: 'a buy pays the ask' },
    { side: 'sell', entry: 1_000, says: 'a sell gets the bid' },
  ] as const)('$says', ({ side, entry }) => {
    const { entered } = afterOneBar({ side }, { first: [1_000, 1_001, 999, 1_000] });
    expect(entered.state.positions[0]).toMatchObject({
      entry,
      openedAt: monday,
      changedAt: monday,
    });
  });

  test('slips against the trader on both sides of the trade', () => {
    const terms = someTerms({ slippagePoints: 50 });
    const { entered, closing } = afterOneBar(
      { side: 'buy', sl: 950 },
      { first: [1_000, 1_001, 940, 960] },
      terms,
    );
    expect(entered.state.positions[0]?.entry).toBe(1_010.5);
    expect(closing).toMatchObject({ price: 949.5, profit: -61, reason: 'stop-loss' });
  });
});

describe('SL and TP inside a bar', () => {
  const rising: Prices = [1_000, 1_100, 900, 1_050];
  const falling: Prices = [1_000, 1_100, 900, 950];

  test.each<{
    says: string;
    side: Side;
    sl: number;
    tp: number;
    bar: Prices;
    exit?: number;
    reason?: string;
  }>([
    {
      says: 'a long leaves at its SL when the bid reaches it',
      side: 'buy',
      sl: 900,
      tp: 1_200,
      bar: rising,
      exit: 900,
      reason: 'stop-loss',
    },
    { says: 'a long stays a tick above its SL', side: 'buy', sl: 899.99, tp: 1_200, bar: rising },
    {
      says: 'a long leaves at its TP when the bid reaches it',
      side: 'buy',
      sl: 800,
      tp: 1_100,
      bar: rising,
      exit: 1_100,
      reason: 'take-profit',
    },
    { says: 'a long stays a tick below its TP', side: 'buy', sl: 800, tp: 1_100.01, bar: rising },
    {
      says: 'a short leaves at its SL when the ask reaches it',
      side: 'sell',
      sl: 1_110,
      tp: 800,
      bar: rising,
      exit: 1_110,
      reason: 'stop-loss',
    },
    { says: 'a short stays a tick below its SL', side: 'sell', sl: 1_110.01, tp: 800, bar: rising },
    {
      says: 'a short leaves at its TP when the ask reaches it',
      side: 'sell',
      sl: 1_200,
      tp: 910,
      bar: rising,
      exit: 910,
      reason: 'take-profit',
    },
    {
      says: 'a short stays though the bid is beyond its TP',
      side: 'sell',
      sl: 1_200,
      tp: 909.99,
      bar: rising,
    },
    {
      says: 'a rising bar visits its low first: the SL of a long',
      side: 'buy',
      sl: 950,
      tp: 1_050,
      bar: rising,
      exit: 950,
      reason: 'stop-loss',
    },
    {
      says: 'a rising bar visits its low first: the TP of a short',
      side: 'sell',
      sl: 1_080,
      tp: 950,
      bar: rising,
      exit: 950,
      reason: 'take-profit',
    },
    {
      says: 'a falling bar visits its high first: the TP of a long',
      side: 'buy',
      sl: 950,
      tp: 1_050,
      bar: falling,
      exit: 1_050,
      reason: 'take-profit',
    },
    {
      says: 'a falling bar visits its high first: the SL of a short',
      side: 'sell',
      sl: 1_080,
      tp: 950,
      bar: falling,
      exit: 1_080,
      reason: 'stop-loss',
    },
    {
      says: 'a bar that stands still visits its low first',
      side: 'buy',
      sl: 950,
      tp: 1_050,
      bar: [1_000, 1_100, 900, 1_000],
      exit: 950,
      reason: 'stop-loss',
    },
  ])('$says', ({ side, sl, tp, bar, exit, reason }) => {
    const { played, closing } = afterOneBar({ side, sl, tp }, { first: bar });
    if (exit === undefined) {
      expect(played.state.positions).toHaveLength(1);
    } else {
      expect(closing).toMatchObject({ price: exit, reason, entry: 'out', magic: 7 });
      expect(played.state.positions).toEqual([]);
    }
  });

  test.each([
    { intrabar: 'pessimistic', side: 'buy', reason: 'stop-loss' },
    { intrabar: 'pessimistic', side: 'sell', reason: 'stop-loss' },
    { intrabar: 'optimistic', side: 'buy', reason: 'take-profit' },
    { intrabar: 'optimistic', side: 'sell', reason: 'take-profit' },
  ] as const)(
    'of both touched, $intrabar takes the $reason of a $side',
    ({ intrabar, side, reason }) => {
      const levels = side === 'buy' ? { sl: 950, tp: 1_050 } : { sl: 1_080, tp: 950 };
      for (const bar of [rising, falling]) {
        const { closing } = afterOneBar(
          { side, ...levels },
          { first: bar },
          someTerms({ intrabar }),
        );
        expect(closing?.reason).toBe(reason);
      }
    },
  );

  test('deals carry the moment of the extreme and the broker words for it', () => {
    const { closing } = afterOneBar({ side: 'buy', sl: 950, tp: 2_000 }, { first: rising });
    expect(closing).toMatchObject({ at: monday + barMs / 3, comment: '[sl 950.00]', side: 'sell' });
    const second = afterOneBar({ side: 'buy', sl: 950, tp: 2_000 }, { first: falling });
    expect(second.closing?.at).toBe(monday + (2 * barMs) / 3);
  });

  test('a bar of the data that states its spread is played with it', () => {
    const terms = someTerms();
    const bar = aBar([1_000, 1_100, 990, 1_050], { spreadPoints: 2_000 });
    const entered = submit(anAccount(terms, bar), terms, {
      symbol: 'BTCUSD',
      side: 'sell',
      volume: steps(1),
      stopLoss: priced(1_119),
      magic: 0,
      comment: '',
    });
    const played = playBar(entered.state, terms, { symbol: 'BTCUSD', bar, next: undefined });
    expect(played.deals[0]).toMatchObject({ price: 1_119, reason: 'stop-loss' });
  });
});

describe('the jump to the next open', () => {
  const calm: Prices = [1_000, 1_005, 995, 1_000];

  test.each<{
    says: string;
    side: Side;
    sl: number;
    tp: number;
    open: number;
    exit: number;
    reason: string;
  }>([
    {
      says: 'a gap below the SL of a long fills at the open',
      side: 'buy',
      sl: 950,
      tp: 1_200,
      open: 900,
      exit: 900,
      reason: 'stop-loss',
    },
    {
      says: 'a gap above the TP of a long fills at the open',
      side: 'buy',
      sl: 950,
      tp: 1_200,
      open: 1_300,
      exit: 1_300,
      reason: 'take-profit',
    },
    {
      says: 'a gap above the SL of a short fills at the ask of the open',
      side: 'sell',
      sl: 1_100,
      tp: 900,
      open: 1_200,
      exit: 1_210,
      reason: 'stop-loss',
    },
    {
      says: 'a gap below the TP of a short fills at the ask of the open',
      side: 'sell',
      sl: 1_100,
      tp: 900,
      open: 800,
      exit: 810,
      reason: 'take-profit',
    },
    {
      says: 'an open exactly at the SL fills there',
      side: 'buy',
      sl: 950,
      tp: 1_200,
      open: 950,
      exit: 950,
      reason: 'stop-loss',
    },
  ])('$says', ({ side, sl, tp, open, exit, reason }) => {
    const next: Prices = [open, open + 1, open - 1, open];
    const { played, closing } = afterOneBar({ side, sl, tp }, { first: calm, next });
    expect(closing).toMatchObject({ price: exit, reason, at: atBar(1) });
    expect(played.state.positions).toEqual([]);
  });

  test('makes the open of the next bar the quote', () => {
    const { played } = afterOneBar(
      { side: 'buy' },
      { first: calm, next: [1_003, 1_004, 1_002, 1_003] },
    );
    expect(played.state.quotes).toEqual({ BTCUSD: { bid: 1_003, ask: 1_013, at: atBar(1) } });
  });

  test('ends at the close of the last bar, when the next one would open', () => {
    const { played } = afterOneBar({ side: 'buy' }, { first: [1_000, 1_005, 995, 998] });
    expect(played.state.quotes).toEqual({ BTCUSD: { bid: 998, ask: 1_008, at: atBar(1) } });
  });
});

describe('a stop-out', () => {
  test('closes the worst position at the extreme where equity falls to half the margin', () => {
    const terms = someTerms({}, { leverage: 10 });
    // 1 lot at 1010 ties up 101; a deposit of 150.50 falls to half of it when the bid stands at 910.
    const bar = aBar([1_000, 1_001, 910, 1_000]);
    const entered = submit(anAccount(terms, bar, 150.5), terms, {
      symbol: 'BTCUSD',
      side: 'buy',
      volume: steps(100),
      magic: 3,
      comment: 'naked',
    });
    const played = playBar(entered.state, terms, { symbol: 'BTCUSD', bar, next: undefined });
    expect(played.deals).toMatchObject([{ reason: 'stop-out', price: 910, profit: -100 }]);
    expect(played.state).toMatchObject({ positions: [], balance: 50.5 });
  });

  test('leaves a position alone while equity is above half the margin', () => {
    const terms = someTerms({}, { leverage: 10 });
    const bar = aBar([1_000, 1_001, 911, 1_000]);
    const entered = submit(anAccount(terms, bar, 150.5), terms, {
      symbol: 'BTCUSD',
      side: 'buy',
      volume: steps(100),
      magic: 3,
      comment: 'naked',
    });
    expect(playBar(entered.state, terms, { symbol: 'BTCUSD', bar, next: undefined }).deals).toEqual(
      [],
    );
  });

  test('stops at the first position whose closing restores the level', () => {
    const terms = someTerms({}, { leverage: 10 });
    const bar = aBar([1_000, 1_001, 905, 1_000]);
    let state = anAccount(terms, bar, 230);
    for (const volume of [50, 100]) {
      state = submit(state, terms, {
        symbol: 'BTCUSD',
        side: 'buy',
        volume: steps(volume),
        magic: 0,
        comment: '',
      }).state;
    }
    const played = playBar(state, terms, { symbol: 'BTCUSD', bar, next: undefined });
    expect(played.deals).toMatchObject([{ reason: 'stop-out', volume: 100 }]);
    expect(played.state.positions).toMatchObject([{ volume: 50 }]);
  });
});
