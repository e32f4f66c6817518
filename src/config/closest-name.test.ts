import { describe, expect, test } from 'vitest';
import { closestName } from './closest-name.ts';

const known = ['risk_pct', 'max_lot', 'state_file', 'mode'];

describe('the closest name', () => {
  test.each([
    ['risk_pc', 'risk_pct'],
    ['riskPct', 'risk_pct'],
    ['state-file', 'state_file'],
    ['MAX_LOT', 'max_lot'],
    ['mdoe', undefined],
    ['moder', 'mode'],
    ['completely_other', undefined],
    ['', undefined],
  ])('to %j is %j', (typed, meant) => expect(closestName(typed, known)).toBe(meant));

  test('of nothing is nothing', () => expect(closestName('mode', [])).toBeUndefined());
});
