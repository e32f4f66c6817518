import { describe, expect, test } from 'vitest';
import type { Violation } from './account-audit.ts';
import { scenarioOf } from './scenario.ts';
import { compareSiblings, siblingsOf } from './siblings.ts';
import type { Trouble } from './trouble.ts';

const base = {
  ...{ ...scenarioOf(1), accounts: ['alpha', 'beta'] },
  ...{ pollMs: undefined, caps: undefined },
};
const moment = { bar: 0, since: 'bar', afterSteps: 0, afterMs: 0 } as const;

describe('siblings', () => {
  test.each<[string, Trouble, readonly string[]]>([
    [
      'its thread dies',
      { ...moment, kind: 'kill-thread', thread: 'account:alpha', lossShare: 1 },
      ['beta'],
    ],
    [
      'its actor crashes',
      { ...moment, kind: 'crash-actor', actor: 'account:alpha/account' },
      ['beta'],
    ],
    [
      'its broker is down',
      { ...moment, kind: 'broker-down', account: 'alpha', forMs: 10 },
      ['beta'],
    ],
    ['its heap is full', { ...moment, kind: 'out-of-memory', account: 'alpha' }, ['beta']],
    ['the whole host dies', { ...moment, kind: 'cut-power' }, ['alpha', 'beta']],
    [
      'every thread dies at once',
      { ...moment, kind: 'kill-all-threads', lossShare: 1 },
      ['alpha', 'beta'],
    ],
    ['a thousand crashes come at once', { ...moment, kind: 'crash-flood', crashes: 1_000 }, []],
  ])('are those that nothing happens to when %s', (_, trouble, expected) => {
    expect(siblingsOf({ ...base, troubles: [trouble] })).toEqual(expected);
  });

  test('are nobody where nothing goes wrong, the wall moves the market or the fleet is capped', () => {
    const trouble: Trouble = { ...moment, kind: 'kill-engine' };
    expect(siblingsOf({ ...base, troubles: [] })).toEqual([]);
    expect(siblingsOf({ ...base, pollMs: 5_000, troubles: [trouble] })).toEqual([]);
    expect(siblingsOf({ ...base, caps: { groups: [] }, troubles: [trouble] })).toEqual([]);
  });

  test('have to decide every bar as in a calm run', () => {
    const calm = () =>
      new Map([
        ['a', 'held gap'],
        ['b', 'entered buy'],
      ]);
    const real = () =>
      new Map([
        ['a', 'held gap'],
        ['b', 'denied day'],
      ]);
    const violations: Violation[] = [];
    compareSiblings(['beta'], { real, calm }, (violation) => violations.push(violation));
    expect(violations).toMatchObject([{ rule: 'a sibling was disturbed', account: 'beta' }]);
  });
});
