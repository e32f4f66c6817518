import { describe, expect, test } from 'vitest';
import type { PositionAction } from '../domain/position-prediction.ts';
import { epochMs, price } from '../domain/units.ts';
import { assessPosition, closesPosition } from './position-exit.ts';
import { positionState } from './position-state.ts';

const rules = { exitMin: 0.8, gapMin: 0.25, addMin: 0.65, barsHeldMin: 4, votesMin: 2 };

function said(exit: number, hold: number, votes: readonly PositionAction[]) {
  const mean = { exit, hold, add: Math.max(0, 1 - exit - hold) };
  const members = votes.map((vote, index) => [`m${index}`, { calibrated: mean, vote }] as const);
  return { mean, members: Object.fromEntries(members) };
}

describe('the position model', () => {
  test.each<[string, number, number, readonly PositionAction[], PositionAction]>([
    ['at both limits', 0.8, 0.15, ['exit', 'exit', 'hold'], 'exit'],
    ['below the threshold', 0.79, 0.1, ['exit', 'exit', 'exit'], 'hold'],
    ['too near to holding', 0.8, 0.6, ['exit', 'exit', 'exit'], 'hold'],
    ['with one vote of three', 0.85, 0.1, ['exit', 'hold', 'hold'], 'hold'],
    ['for adding', 0.1, 0.2, ['add', 'add', 'add'], 'add'],
    ['for adding, unsure', 0.1, 0.3, ['add', 'add', 'add'], 'hold'],
    ['for holding', 0.1, 0.9, ['hold', 'hold', 'hold'], 'hold'],
  ])('%s', (_name, exit, hold, votes, action) => {
    expect(assessPosition(said(exit, hold, votes), rules).action).toBe(action);
  });

  test('closes on an exit alone: an add is only written down', () => {
    expect(closesPosition('exit')).toBe(true);
    expect(closesPosition('add')).toBe(false);
    expect(closesPosition('hold')).toBe(false);
  });

  const quote = { bid: price(1_010), ask: price(1_015), at: epochMs(0) };
  test.each([
    ['a buy', { side: 'buy', entry: 1_000, stopDistance: 20, barsHeld: 12 }, [0.25, 1, 0.5, 1]],
    ['a sell', { side: 'sell', entry: 1_000, stopDistance: 10, barsHeld: 48 }, [1, -1.5, -1.5, -1]],
    ['an old one', { side: 'buy', entry: 1_000, stopDistance: 20, barsHeld: 480 }, [1, 1, 0.5, 1]],
    [
      'one without a stop',
      { side: 'buy', entry: 1_000, stopDistance: 0, barsHeld: 0 },
      [0, 1, 0, 1],
    ],
  ] as const)('sees the state of %s', (_name, position, state) => {
    expect(positionState(position, quote)).toEqual(state.map((each) => expect.closeTo(each, 9)));
  });
});
