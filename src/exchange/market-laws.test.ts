import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  aBar,
  anAccount,
  atBar,
  priced,
  someTerms,
  steps,
} from '../../test/fixtures/simulated-market.ts';
import { unreachable } from '../domain/assert.ts';
import type { Bar } from '../domain/bar.ts';
import { direction, type Side } from '../domain/order.ts';
import { roundTo } from '../domain/units.ts';
import { bracketOutcome } from './bracket.ts';
import { playBar } from './play-bar.ts';
import {
  type Booked,
  type ExchangeDeal,
  type ExchangeState,
  type OpenPosition,
  unbooked,
} from './state.ts';
import type { ExchangeTerms } from './terms.ts';
import type { Intrabar } from './touch.ts';
import { close, protect, submit } from './trade.ts';
import { accountView, exitPrice, quoteOf } from './valuation.ts';

const points = fc.integer({ min: 0, max: 3_000 });

/** Bars that open near the last close, with moves of up to 30 around a price of 1000, four hours apart. */
const someBars = fc
  .array(fc.tuple(points, points, points, points), { minLength: 2, maxLength: 30 })
  .map((moves) => {
    let last = 100_000;
    return moves.map(([gap, up, down, shift], index): Bar => {
      const open = last + gap - 1_500;
      const high = open + up;
      const low = open - down;
      const closed = low + (((shift * (high - low)) / 3_000) | 0);
      last = Math.max(50_000, Math.min(200_000, closed));
      const prices = [open, high, low, closed].map((points) => points / 100);
      return aBar(prices as [number, number, number, number], { openTime: atBar(16 * index) });
    });
  });

const anAction = fc.oneof(
  fc.constant({ type: 'wait' } as const),
  fc.record({
    type: fc.constant('enter' as const),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    volume: fc.integer({ min: 1, max: 300 }),
    stop: fc.integer({ min: 1_001, max: 4_000 }),
    target: fc.integer({ min: 1_001, max: 4_000 }),
  }),
  fc.record({
    type: fc.constant('close' as const),
    share: fc.double({ min: 0.1, max: 1, noNaN: true }),
  }),
  fc.record({ type: fc.constant('trail' as const), stop: fc.integer({ min: 1, max: 4_000 }) }),
);
const someTrading = fc.record({
  bars: someBars,
  actions: fc.array(anAction, { minLength: 30, maxLength: 30 }),
  isHedging: fc.boolean(),
  cent: fc.boolean(),
  intrabar: fc.constantFrom<Intrabar>('path', 'pessimistic', 'optimistic'),
});

type Action = typeof anAction extends fc.Arbitrary<infer A> ? A : never;

/** What the action asks of the market; nothing where there is no position to act on. */
function act(state: ExchangeState, terms: ExchangeTerms, action: Action): Booked | undefined {
  const position = state.positions[0];
  const { bid } = quoteOf(state, 'BTCUSD');
  const stopFor = (side: Side, distance: number) =>
    priced(roundTo(bid - (direction[side] * distance) / 100, 2));
  switch (action.type) {
    case 'enter': {
      const { side, stop, target } = action;
      return submit(state, terms, {
        symbol: 'BTCUSD',
        side,
        volume: steps(action.volume),
        stopLoss: stopFor(side, stop),
        takeProfit: stopFor(side, -target),
        magic: 1,
        comment: '',
      });
    }
    case 'close': {
      if (position === undefined) return undefined;
      const volume = steps(Math.max(1, Math.floor(position.volume * action.share)));
      return close(state, terms, { ticket: position.ticket, volume, magic: 1, comment: '' });
    }
    case 'trail': {
      if (position === undefined) return undefined;
      const { ticket, side, takeProfit } = position;
      return protect(state, terms, { ticket, stopLoss: stopFor(side, action.stop), takeProfit });
    }
    case 'wait':
      return undefined;
    default:
      return unreachable(action);
  }
}

describe('the books of an account', () => {
  test('hold: balance is the sum of rounded deals, equity adds what floats, no stop is left behind', () => {
    fc.assert(
      fc.property(someTrading, ({ bars, actions, isHedging, cent, intrabar }) => {
        const costs = { slippagePoints: 7, commissionPerLot: 0.777, swapLongPoints: -33 };
        const terms = someTerms({ cent, intrabar, spreadPoints: 200, ...costs }, { isHedging });
        const deals: ExchangeDeal[] = [];
        let state = anAccount(terms, bars[0] as Bar, 5_000);
        for (const [index, bar] of bars.entries()) {
          const acted = act(state, terms, actions[index] as Action) ?? unbooked(state);
          const next = bars[index + 1];
          const played = playBar(acted.state, terms, { symbol: 'BTCUSD', bar, next });
          deals.push(...acted.deals, ...played.deals);
          state = played.state;
          expectSummed(state, deals);
          expectMarked(state, terms);
          for (const position of state.positions) expectWithinLevels(position, state);
        }
      }),
      { numRuns: 300 },
    );
  });

  function expectSummed(state: ExchangeState, deals: readonly ExchangeDeal[]): void {
    const amounts = deals.flatMap((deal) =>
      deal.kind === 'trade' ? [deal.profit, deal.swap, deal.commission] : [],
    );
    expect(amounts.map((amount) => roundTo(amount, 2))).toEqual(amounts);
    const cents = amounts.reduce((sum, amount) => sum + Math.round(amount * 100), 500_000);
    expect(Math.round(state.balance * 100)).toBe(cents);
  }

  function expectMarked(state: ExchangeState, terms: ExchangeTerms): void {
    const view = accountView(state, terms);
    const perLot = terms.account.currency === 'USC' ? 100 : 1;
    const floating = state.positions.map((position) => {
      const move = direction[position.side] * (exitOf(position, state) - position.entry);
      return (move * position.volume * perLot) / 100 + position.swap;
    });
    const sum = floating.reduce((total, each) => total + each, 0);
    const roundings = 0.0101 * floating.length + 0.0051;
    expect(Math.abs(view.equity - state.balance - sum)).toBeLessThan(roundings);
    expect(view.freeMargin).toBe(roundTo(view.equity - view.margin, 2));
    if (floating.length > 0) expect(view.equity).toBeGreaterThan(view.margin * 0.499);
  }

  function expectWithinLevels(position: OpenPosition, state: ExchangeState): void {
    const { side, stopLoss, takeProfit } = position;
    const exit = exitOf(position, state);
    if (stopLoss !== undefined) expect(direction[side] * (exit - stopLoss)).toBeGreaterThan(0);
    if (takeProfit !== undefined) expect(direction[side] * (takeProfit - exit)).toBeGreaterThan(0);
  }

  function exitOf({ side, symbol }: OpenPosition, state: ExchangeState): number {
    return exitPrice(side, quoteOf(state, symbol));
  }

  test('close at equity: what floats is what a close without costs books', () => {
    fc.assert(
      fc.property(someBars, fc.constantFrom('buy' as const, 'sell' as const), (bars, side) => {
        const terms = someTerms({ spreadPoints: 300 });
        const first = bars[0] as Bar;
        const opened = submit(anAccount(terms, first), terms, {
          symbol: 'BTCUSD',
          side,
          volume: steps(123),
          magic: 0,
          comment: '',
        });
        const played = playBar(opened.state, terms, {
          symbol: 'BTCUSD',
          bar: first,
          next: bars[1],
        });
        const { equity } = accountView(played.state, terms);
        const ticket = played.state.positions[0]?.ticket ?? 0;
        const closed = close(played.state, terms, { ticket, magic: 0, comment: '' });
        expect(closed.state.balance).toBe(equity);
      }),
    );
  });
});

const aBracket = fc.record({
  bars: someBars,
  side: fc.constantFrom('buy' as const, 'sell' as const),
  stopPoints: fc.integer({ min: 250, max: 3_000 }),
  targetPoints: fc.integer({ min: 250, max: 3_000 }),
});

/** Plays one bracket order through all bars and marks what is left at the last quote. */
function bracketResult(
  {
    bars,
    side,
    stopPoints,
    targetPoints,
  }: { bars: readonly Bar[]; side: 'buy' | 'sell'; stopPoints: number; targetPoints: number },
  intrabar: Intrabar,
): { result: number; outcome: string } {
  const terms = someTerms({ intrabar, spreadPoints: 200 });
  const first = bars[0] as Bar;
  const sign = side === 'buy' ? 1 : -1;
  const entry = side === 'buy' ? first.open + 2 : first.open;
  const opened = submit(anAccount(terms, first, 1_000_000), terms, {
    symbol: 'BTCUSD',
    side,
    volume: steps(100),
    stopLoss: priced(roundTo(entry - (sign * stopPoints) / 100, 2)),
    takeProfit: priced(roundTo(entry + (sign * targetPoints) / 100, 2)),
    magic: 0,
    comment: '',
  });
  expect(opened.retcode).toBe(10009);
  let { state } = opened;
  let outcome = 'open';
  for (const [index, bar] of bars.entries()) {
    const played = playBar(state, terms, { symbol: 'BTCUSD', bar, next: bars[index + 1] });
    state = played.state;
    const [deal] = played.deals;
    if (deal?.kind === 'trade') outcome = deal.reason === 'stop-loss' ? 'stop' : 'target';
  }
  return { result: accountView(state, terms).equity, outcome };
}

describe('the order inside a bar', () => {
  test('never makes a pessimistic trade better than a path, nor a path better than an optimistic one', () => {
    fc.assert(
      fc.property(aBracket, (bracket) => {
        const [pessimistic, path, optimistic] = (
          ['pessimistic', 'path', 'optimistic'] as const
        ).map((intrabar) => bracketResult(bracket, intrabar).result);
        expect(pessimistic).toBeLessThanOrEqual(path ?? 0);
        expect(path).toBeLessThanOrEqual(optimistic ?? 0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the outcome of a bracket', () => {
  test('is what the position engine does with the same order', () => {
    fc.assert(
      fc.property(
        aBracket,
        fc.constantFrom<Intrabar>('path', 'pessimistic', 'optimistic'),
        (bracket, intrabar) => {
          const { bars, side, stopPoints, targetPoints } = bracket;
          const outcome = bracketOutcome({
            // Whole points, so that no rounding of the engine comes between the two.
            bars: bars.map((bar) => inPoints(bar)),
            entryIndex: 0,
            side,
            stopDistance: stopPoints,
            targetDistance: targetPoints,
            horizonBars: bars.length,
            spread: 200,
            intrabar,
          });
          expect(outcome).toBe(bracketResult(bracket, intrabar).outcome);
        },
      ),
      { numRuns: 500 },
    );
  });

  function inPoints(bar: Bar): Bar {
    const points = (value: number) => priced(Math.round(value * 100));
    return {
      ...bar,
      open: points(bar.open),
      high: points(bar.high),
      low: points(bar.low),
      close: points(bar.close),
    };
  }

  const flat = aBar([1_000, 1_001, 999, 1_000]);
  const bracket = {
    side: 'buy',
    stopDistance: 20,
    targetDistance: 20,
    spread: 2,
    intrabar: 'pessimistic',
  } as const;

  test.each([
    ['a bar within the horizon', 3, 'target'],
    ['a bar one past the horizon', 2, 'open'],
  ])('counts %s', (_says, horizonBars, outcome) => {
    const bars = [flat, flat, aBar([1_000, 1_022, 999, 1_000])];
    expect(bracketOutcome({ bars, entryIndex: 0, horizonBars, ...bracket })).toBe(outcome);
  });

  test('takes the target of a gap before the stop of the same bar', () => {
    const bars = [flat, aBar([1_025, 1_026, 900, 1_000])];
    expect(bracketOutcome({ bars, entryIndex: 0, horizonBars: 2, ...bracket })).toBe('target');
  });

  test('is a stop at once when the stop lies within the spread', () => {
    const tight = { ...bracket, stopDistance: 2 };
    expect(bracketOutcome({ bars: [flat], entryIndex: 0, horizonBars: 1, ...tight })).toBe('stop');
  });

  test('stays open where the data ends, and where there is none', () => {
    expect(bracketOutcome({ bars: [flat], entryIndex: 0, horizonBars: 48, ...bracket })).toBe(
      'open',
    );
    expect(bracketOutcome({ bars: [flat], entryIndex: 1, horizonBars: 48, ...bracket })).toBe(
      'open',
    );
  });
});
