import { describe, expect, test } from 'vitest';
import { aPolicy, barMs, monday } from '../../../test/account-world.ts';
import type { AccountFact } from '../../account/account-fact.ts';
import type { Bar } from '../../domain/bar.ts';
import { epochMs, price } from '../../domain/units.ts';
import { causeOf, type Evidence } from './causes.ts';

const openTime = epochMs(monday);
const bar = { openTime, open: price(1), high: price(2), low: price(1), close: price(2) } as Bar;
const decided = { type: 'bar-decided', at: openTime } as AccountFact;
const restarted = { type: 'incarnation-started', at: openTime } as AccountFact;

function reconfigured(regimeWeights: object | undefined): AccountFact {
  const policy = { ...aPolicy(), ...(regimeWeights && { regimeWeights }) };
  const changes = [{ key: 'any', from: 0, to: 1 }];
  return {
    type: 'policy-changed',
    at: openTime,
    from: 'a',
    policy,
    changes,
  } as unknown as AccountFact;
}

function causeIn(facts: readonly AccountFact[], name: string, limits: readonly string[] = []) {
  const kind = 'decision' as const;
  const subject = 'BTCUSD/M15/1';
  const difference = { kind, subject, name, live: 1, tested: 2 } as const;
  const [live, tested] = [limits[0], limits[1] ?? limits[0]].map((limit) => ({
    kind,
    subject,
    values: { limit },
  }));
  const evidence: Evidence = {
    ...{ bar, closedAt: epochMs(monday + barMs), live: [decided, ...facts], tested: [] },
    ...{ liveQuote: undefined, testedQuote: undefined },
    ...{ equities: { live: 1, tested: 1 }, point: 0.01, spread: 0.05, isOwnStore: true },
  } as const;
  return causeOf(difference, { kind, subject, live, tested, differences: [] }, evidence)?.type;
}

describe('a restart in the bar', () => {
  test.each<[string, string[]]>([
    ['side', []],
    ['confidence', []],
    ['gap', []],
    ['votes', []],
    ['observed', ['gap']],
    ['observed', ['confidence']],
  ])('excuses no other %s of the same signal gate %j', (name, limits) => {
    expect(causeIn([restarted], name, limits)).toBeUndefined();
  });

  test.each<[string, string[]]>([
    ['verdict', []],
    ['observed', ['daily-loss']],
    ['observed', ['gap', 'daily-loss']],
  ])('excuses another %s of %j', (name, limits) => {
    expect(causeIn([restarted], name, limits)).toBe('restart');
  });
});

describe('a new configuration in the bar', () => {
  test('excuses another confidence where it weighs the models, and only there', () => {
    const weights = { strong_trend: { rf: 2 } };
    expect(causeIn([reconfigured(weights)], 'confidence')).toBe('configuration-changed');
    expect(causeIn([reconfigured(undefined)], 'confidence')).toBeUndefined();
  });
});
