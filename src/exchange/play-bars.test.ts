import fc from 'fast-check';
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
import type { Bar } from '../domain/bar.ts';
import { direction, type Side } from '../domain/order.ts';
import { roundTo } from '../domain/units.ts';
import { simulatedSymbols } from './instruments.ts';
import { openMarket, playBar, walkBar } from './play-bar.ts';
import { playUntilBooked } from './play-bars.ts';
import { quietUntil } from './quiet-range.ts';
import { quoteReaches } from './quote-reach.ts';
import { type Booked, type ExchangeState, isHeld } from './state.ts';
import { type ExchangeTerms, marketOf } from './terms.ts';
import { submit } from './trade.ts';

const symbol = 'BTCUSD';
const lastOfDay = atBar(95);
const points = fc.integer({ min: 0, max: 300 });

/** Bars near a price of 1000 that move by up to 3, with gaps, wide spreads now and then, nights and weekends between. */
const someBars = fc
  .array(
    fc.record({
      ...{ gap: points, up: points, down: points, shift: points },
      isJump: fc.integer({ min: 0, max: 15 }).map((chance) => chance === 0),
      quarters: fc.oneof(
        { weight: 12, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.integer({ min: 2, max: 300 }) },
      ),
      spreadPoints: fc.option(fc.integer({ min: 0, max: 600 }), { nil: undefined, freq: 3 }),
    }),
    { minLength: 2, maxLength: 120 },
  )
  .map((moves) => {
    let last = 100_000;
    let at = 90;
    return moves.map(({ gap, up, down, shift, isJump, quarters, spreadPoints }): Bar => {
      const open = last + (gap - 150) * (isJump ? 10 : 0);
      const [high, low] = [open + up, open - down];
      last = low + Math.floor((shift * (high - low)) / 300);
      at += quarters;
      const prices = [open, high, low, last].map((price) => price / 100);
      const spread = spreadPoints === undefined ? {} : { spreadPoints };
      return aBar(prices as [number, number, number, number], { openTime: atBar(at), ...spread });
    });
  });

const swapPoints = fc.oneof(fc.constant(0), fc.integer({ min: -500, max: 500 }));
const someMarket = fc.record({
  intrabar: fc.constantFrom('path', 'pessimistic', 'optimistic'),
  spreadPoints: fc.integer({ min: 0, max: 400 }),
  slippagePoints: fc.integer({ min: 0, max: 20 }),
  commissionPerLot: fc.constantFrom(0, 0.777),
  swapLongPoints: swapPoints,
  swapShortPoints: swapPoints,
  cent: fc.boolean(),
});
const someAccount = fc.record({
  leverage: fc.constantFrom(2, 100, 500),
  isHedging: fc.boolean(),
  currencyDigits: fc.constantFrom(0, 2, 3),
});
const someTick = fc.constantFrom(
  {},
  { tickSize: 0.25, tickValue: 0.25 },
  { tickSize: 0.025, tickValue: 0.025 },
);

const level = fc.option(fc.integer({ min: 1, max: 3_000 }), { nil: undefined, freq: 4 });
const anEntry = fc.record({
  symbol: fc.constantFrom(symbol, symbol, symbol, 'XAUUSD'),
  side: fc.constantFrom<Side>('buy', 'sell'),
  volume: fc.integer({ min: 1, max: 400 }),
  stop: level,
  target: level,
});
const someTrading = fc.record({
  bars: someBars,
  market: someMarket,
  account: someAccount,
  tick: someTick,
  deposit: fc.constantFrom(60, 1_000, 100_000),
  /** What is entered after each booking, and before the first. */
  entries: fc.array(fc.array(anEntry, { maxLength: 3 }), { minLength: 1, maxLength: 8 }),
});
type Trading = typeof someTrading extends fc.Arbitrary<infer T> ? T : never;
type Entry = Trading['entries'][number][number];

const gold = { ...aBar([2_000, 2_001, 1_999, 2_000]) };

function termsOf({ market, account, tick }: Trading): ExchangeTerms {
  const terms = someTerms(market, account);
  const bitcoin = marketOf(terms, symbol);
  const instrument = simulatedSymbols['XAUUSD']?.instrument;
  if (instrument === undefined) throw new Error('gold is simulated');
  return {
    ...terms,
    markets: {
      [symbol]: { ...bitcoin, instrument: { ...bitcoin.instrument, ...tick } },
      XAUUSD: { ...bitcoin, instrument },
    },
  };
}

function entered(state: ExchangeState, terms: ExchangeTerms, entry: Entry): ExchangeState {
  const { side, stop, target } = entry;
  const bid = state.quotes[entry.symbol]?.bid ?? 0;
  const away = (distance: number) => priced(roundTo(bid + (direction[side] * distance) / 100, 2));
  return submit(state, terms, {
    ...{ symbol: entry.symbol, side, volume: steps(entry.volume), magic: 1, comment: 'mine' },
    ...(stop === undefined ? {} : { stopLoss: away(-stop) }),
    ...(target === undefined ? {} : { takeProfit: away(target) }),
  }).state;
}

type Played = Booked & { readonly next: number };
type Player = (state: ExchangeState, terms: ExchangeTerms, from: number) => Played;

/** Enters, plays to the next booking, enters again: what was reached each time. */
function rounds({ bars, deposit, entries }: Trading, terms: ExchangeTerms, play: Player): Played[] {
  let state = openMarket(anAccount(terms, bars[0] as Bar, deposit), terms, {
    symbol: 'XAUUSD',
    bar: gold,
  });
  const reached: Played[] = [];
  for (let round = 0, from = 0; from < bars.length; round += 1) {
    for (const entry of entries[round % entries.length] ?? []) state = entered(state, terms, entry);
    const played = play(state, terms, from);
    reached.push(played);
    state = played.state;
    from = played.next;
  }
  return reached;
}

/** Bar by bar; those in which a position is held by `playHeld`. */
function oneByOne(bars: readonly Bar[], playHeld: typeof playBar): Player {
  return (before, terms, from) => {
    let state = before;
    for (let index = from; index < bars.length; index += 1) {
      const request = { symbol, bar: bars[index] as Bar, next: bars[index + 1] };
      const played = (isHeld(state, symbol) ? playHeld : playBar)(state, terms, request);
      if (played.deals.length > 0) return { ...played, next: index + 1 };
      state = played.state;
    }
    return { state, deals: [], orders: [], next: bars.length };
  };
}

/** The same bars in parts, as the inside of longer bars is played. */
function inParts(bars: readonly Bar[], length: number, terms: ExchangeTerms): Player {
  const { instrument } = marketOf(terms, symbol);
  return (before, _terms, first) => {
    let state = before;
    for (let index = first; index < bars.length; ) {
      const start = Math.floor(index / length) * length;
      const part = bars.slice(start, start + length);
      const played = playUntilBooked(state, terms, {
        ...{ symbol, bars: part, reaches: quoteReaches(part, instrument) },
        ...{ from: index - start, after: bars[start + length] },
      });
      index = start + played.next;
      if (played.deals.length > 0) return { ...played, next: index };
      state = played.state;
    }
    return { state, deals: [], orders: [], next: bars.length };
  };
}

describe('bars, played one by one or up to a booking,', () => {
  test('leave what walking through every one of them leaves', () => {
    fc.assert(
      fc.property(someTrading, fc.integer({ min: 1, max: 20 }), (trading, length) => {
        const terms = termsOf(trading);
        const { bars } = trading;
        const reaches = quoteReaches(bars, marketOf(terms, symbol).instrument);
        const expected = rounds(trading, terms, oneByOne(bars, walkBar));
        expect(rounds(trading, terms, oneByOne(bars, playBar))).toEqual(expected);
        const atOnce = rounds(trading, terms, (state, _terms, from) =>
          playUntilBooked(state, terms, { symbol, bars, reaches, from }),
        );
        expect(atOnce).toEqual(expected);
        expect(rounds(trading, terms, inParts(bars, length, terms))).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});

type Prices = readonly [number, number, number, number];

const still: Prices = [1_000, 1_001, 999, 1_000];
const long = { side: 'buy', sl: 990, tp: 1_030 } as const;
const short = { side: 'sell', sl: 1_030, tp: 990 } as const;
const unprotected = { side: 'buy' } as const;

type Case = {
  readonly says: string;
  readonly trade: { readonly side: Side; readonly sl?: number; readonly tp?: number };
  readonly bar?: Prices;
  /** In points; else 10.00, the instrument's. */
  readonly spread?: number;
  readonly nextOpen?: number;
  readonly nextSpread?: number;
};

/** Whether the first of two bars, in which one lot is entered at the open, is proven quiet. */
function isProven(
  { trade, bar = still, spread, nextOpen = 1_000, nextSpread }: Omit<Case, 'says'>,
  { terms = someTerms(), openTime = monday as number, deposit = 100 } = {},
): boolean {
  const withSpread = (spreadPoints?: number) =>
    spreadPoints === undefined ? {} : { spreadPoints };
  const next: Prices = [nextOpen, nextOpen, nextOpen, nextOpen];
  const bars = [
    aBar(bar, { openTime, ...withSpread(spread) }),
    aBar(next, { openTime: openTime + barMs, ...withSpread(nextSpread) }),
  ];
  const opened = submit(anAccount(terms, bars[0] as Bar, deposit), terms, {
    ...{ symbol, side: trade.side, volume: steps(100), magic: 1, comment: '' },
    ...(trade.sl === undefined ? {} : { stopLoss: priced(trade.sl) }),
    ...(trade.tp === undefined ? {} : { takeProfit: priced(trade.tp) }),
  });
  expect(opened.retcode).toBe(10009);
  const reaches = quoteReaches(bars, marketOf(terms, symbol).instrument);
  return quietUntil(opened.state, terms, { symbol, reaches, from: 0 }) === 1;
}

describe('a bar is proven quiet', () => {
  test.each<Case>([
    { says: 'between its levels', trade: long },
    { says: 'a cent above the stop', trade: long, bar: [1_000, 1_001, 990.01, 1_000] },
    { says: 'a cent beneath the target', trade: long, bar: [1_000, 1_029.99, 999, 1_000] },
    { says: 'whose ask stays beneath the stop', trade: short, bar: [1_000, 1_019.99, 999, 1_000] },
    { says: 'with the bid at a short’s target', trade: short, bar: [1_000, 1_001, 990, 1_000] },
    { says: 'with a spread just narrow enough', trade: short, spread: 2_899 },
    { says: 'well above the stop-out', trade: unprotected, bar: [1_000, 1_001, 915.1, 1_000] },
  ])('$says', ({ says: _, ...of }) => {
    expect(isProven(of)).toBe(true);
  });

  test('at the end of a day on which a night costs nothing', () => {
    const terms = someTerms({ swapShortPoints: -50 });
    expect(isProven({ trade: long }, { terms, openTime: lastOfDay })).toBe(true);
    expect(isProven({ trade: short }, { terms, openTime: lastOfDay - barMs })).toBe(true);
  });
});

describe('a bar has to be played', () => {
  test.each<Case>([
    { says: 'that touches a stop exactly', trade: long, bar: [1_000, 1_001, 990, 1_000] },
    { says: 'that touches a target exactly', trade: long, bar: [1_000, 1_030, 999, 1_000] },
    { says: 'before an open on the stop', trade: long, nextOpen: 990 },
    { says: 'before an open behind the stop', trade: long, nextOpen: 980 },
    { says: 'before an open behind the target', trade: long, nextOpen: 1_040 },
    { says: 'whose ask touches a stop', trade: short, bar: [1_000, 1_020, 999, 1_000] },
    { says: 'whose ask touches a target', trade: short, bar: [1_000, 1_001, 980, 1_000] },
    { says: 'whose wide spread lifts the ask to the stop', trade: short, spread: 2_900 },
    { says: 'before a spread that lifts the ask to the stop', trade: short, nextSpread: 3_000 },
    { says: 'at the stop-out', trade: unprotected, bar: [1_000, 1_001, 915.05, 1_000] },
    { says: 'a rounding away from it', trade: unprotected, bar: [1_000, 1_001, 915.06, 1_000] },
    { says: 'before an open at the stop-out', trade: unprotected, nextOpen: 915.05 },
  ])('$says', ({ says: _, ...of }) => {
    expect(isProven(of)).toBe(false);
  });

  test('when the next one opens on a midnight that costs or earns something', () => {
    for (const swapLongPoints of [-50, 50]) {
      const terms = someTerms({ swapLongPoints });
      expect(isProven({ trade: long }, { terms, openTime: lastOfDay })).toBe(false);
    }
  });

  test('when it is the last one', () => {
    const bars = [aBar(still), aBar(still, { openTime: atBar(1) })];
    const terms = someTerms();
    const reaches = quoteReaches(bars, marketOf(terms, symbol).instrument);
    const account = anAccount(terms, bars[0] as Bar);
    expect(quietUntil(account, terms, { symbol, reaches, from: 0 })).toBe(1);
    expect(quietUntil(account, terms, { symbol, reaches, from: 1 })).toBe(1);
  });
});
