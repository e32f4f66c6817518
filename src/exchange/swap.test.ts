import { describe, expect, test } from 'vitest';
import {
  aBar,
  anAccount,
  barMs,
  monday,
  someTerms,
  steps,
} from '../../test/fixtures/simulated-market.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { playBar } from './play-bar.ts';
import type { ExchangeState } from './state.ts';
import { nightsBetween } from './swap.ts';
import type { ExchangeTerms } from './terms.ts';
import { close, submit } from './trade.ts';

const dayMs = 86_400_000;
const dayAt = (day: number, hours = 0): EpochMs =>
  epochMs(monday + day * dayMs + hours * 3_600_000);

describe('nights to pay for', () => {
  test.each([
    ['within a day', 0, 0.5, 0],
    ['Monday to Tuesday', 0.5, 1.5, 1],
    ['up to midnight exactly', 0.5, 1, 1],
    ['from midnight exactly', 1, 1.5, 0],
    ['Wednesday to Thursday, for the weekend too', 2.5, 3.5, 3],
    ['Friday to Saturday', 4.5, 5.5, 1],
    ['Saturday to Sunday', 5.5, 6.5, 0],
    ['Sunday to Monday', 6.5, 7.5, 0],
    ['a gap over the weekend', 4.9, 7.1, 1],
    ['a whole week', 0.5, 7.5, 7],
  ])('%s', (_says, from, to, nights) => {
    expect(nightsBetween(dayAt(from), dayAt(to))).toBe(nights);
  });
});

describe('swap', () => {
  /** Holds one position through the bars of `days` days from Monday 00:00 on. */
  function held(terms: ExchangeTerms, side: 'buy' | 'sell', days: number): ExchangeState {
    const bars = Array.from({ length: days * 96 + 1 }, (_, index) =>
      aBar([1_000, 1_001, 999, 1_000], { openTime: monday + index * barMs }),
    );
    const [first] = bars;
    if (first === undefined) throw new Error('there is a bar');
    let state = submit(anAccount(terms, first), terms, {
      symbol: 'BTCUSD',
      side,
      volume: steps(100),
      magic: 0,
      comment: '',
    }).state;
    for (let index = 0; index < days * 96; index++) {
      const bar = bars[index];
      if (bar === undefined) throw new Error('there is a bar');
      state = playBar(state, terms, { symbol: 'BTCUSD', bar, next: bars[index + 1] }).state;
    }
    return state;
  }

  test('of a long and of a short differ, and Wednesday counts three times', () => {
    const terms = someTerms({ swapLongPoints: -500, swapShortPoints: 100 });
    expect(held(terms, 'buy', 2).positions[0]?.swap).toBeCloseTo(-10, 9);
    expect(held(terms, 'buy', 3).positions[0]?.swap).toBeCloseTo(-25, 9);
    expect(held(terms, 'sell', 3).positions[0]?.swap).toBeCloseTo(5, 9);
  });

  test('is booked with the closing deal and by the share of a partial one', () => {
    const terms = someTerms({ swapLongPoints: -500 });
    const state = held(terms, 'buy', 2);
    const ticket = state.positions[0]?.ticket ?? 0;
    const part = close(state, terms, { ticket, volume: steps(40), magic: 0, comment: '' });
    const rest = close(part.state, terms, { ticket, magic: 0, comment: '' });
    expect(part.deals).toMatchObject([{ swap: -4, volume: 40 }]);
    expect(rest.deals).toMatchObject([{ swap: -6, volume: 60 }]);
  });
});
