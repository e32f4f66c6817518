import { describe, expect, test } from 'vitest';
import { anEntry, aSignal, guardedBy, now } from '../../../test/entry-risk.ts';
import { epochMs, fraction, type Money, money } from '../../domain/units.ts';
import type { EntryRisk } from './guard.ts';
import type { GuardPolicy } from './guard-policy.ts';
import { assessAccount, assessEntry } from './guards.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** No broker's answer that passed its schema has it; a guard must not let it pass all the same. */
const noNumber = Number.NaN as Money;

type Case = readonly [
  name: string,
  seen: Partial<EntryRisk>,
  denial: { readonly observed: number; readonly allowed: number } | 'passes',
];

/** Each guard: what it is called, how it is switched on, and what it says. */
function guard(limit: string, policy: GuardPolicy, cases: readonly Case[]): void {
  describe(limit, () => {
    test.each(cases)('%s', (_, seen, denial) => {
      const expected = denial === 'passes' ? [] : [{ limit, ...denial }];
      expect(assessEntry(guardedBy(policy, seen))).toEqual(expected);
    });

    test.each(cases)('is off unless it is configured: %s', (_, seen) => {
      expect(assessEntry(anEntry({ dayResult: money(0), ...seen }))).toEqual([]);
    });
  });
}

/** `key` is not known. */
function unknown(...keys: readonly (keyof EntryRisk)[]): Partial<EntryRisk> {
  return Object.fromEntries(keys.map((key) => [key, undefined]));
}

const signal = aSignal();
const features = (changes: Readonly<Record<string, number | undefined>>): Partial<EntryRisk> => ({
  signal: aSignal({ features: { ...signal.features, ...changes } as Record<string, number> }),
});

guard('hard-halt', { hardHaltMax: fraction(0.2) }, [
  ['passes just above the floor', { equity: money(800.01) }, 'passes'],
  ['denies at the limit', { equity: money(800) }, { observed: 0.2, allowed: 0.2 }],
  ['denies below it', { equity: money(500) }, { observed: 0.5, allowed: 0.2 }],
  ['denies an unknown start', unknown('startingBalance'), { observed: 1, allowed: 0.2 }],
  ['denies a start of nothing', { startingBalance: money(0) }, { observed: 1, allowed: 0.2 }],
  ['passes nothing lost of nothing', { startingBalance: money(0), equity: money(0) }, 'passes'],
  ['denies what is no number', { startingBalance: noNumber }, { observed: 1, allowed: 0.2 }],
  ['passes after a gain', { equity: money(5_000) }, 'passes'],
]);

guard('weekly-drawdown', { weeklyDrawdownMax: fraction(0.1) }, [
  ['passes just under the limit', { equity: money(900.01) }, 'passes'],
  ['denies at the limit', { equity: money(900) }, { observed: 0.1, allowed: 0.1 }],
  ['denies over it', { equity: money(750) }, { observed: 0.25, allowed: 0.1 }],
  ['denies what is no number', { weekStartEquity: noNumber }, { observed: 1, allowed: 0.1 }],
  ['denies an unknown week', unknown('weekStartEquity'), { observed: 1, allowed: 0.1 }],
]);

const losses = [money(-20), money(-25), money(-5)];
guard(
  'equity-curve',
  { equityCurve: { lookbackTrades: 3, drawdownMax: fraction(0.05), cooldownMs: dayMs } },
  [
    ['has no opinion on too few trades', { recentProfits: losses.slice(1) }, 'passes'],
    ['denies at the limit', { recentProfits: losses }, { observed: 0.05, allowed: 0.05 }],
    ['passes just under it', { recentProfits: [money(-20), money(-25), money(-4.99)] }, 'passes'],
    [
      'denies what is no number',
      { recentProfits: [noNumber, ...losses.slice(1)] },
      { observed: 1, allowed: 0.05 },
    ],
    [
      'sums up the last trades alone',
      { recentProfits: [money(-900), ...losses.slice(1), money(30)] },
      'passes',
    ],
    [
      'passes on the trades that it has tripped on already',
      { recentProfits: losses, closedSinceEquityCurve: 0 },
      'passes',
    ],
    [
      'denies again after one more',
      { recentProfits: losses, closedSinceEquityCurve: 1 },
      { observed: 0.05, allowed: 0.05 },
    ],
  ],
);

guard('bar-stale', { barAgeMaxMs: 15 * minuteMs }, [
  ['passes at the limit', { signal: aSignal({ barClosedAt: epochMs(now - 900_000) }) }, 'passes'],
  [
    'denies an older bar',
    { signal: aSignal({ barClosedAt: epochMs(now - 900_001) }) },
    { observed: 900_001, allowed: 900_000 },
  ],
  ['has judged an order that is sent again', { signal: 'passed' }, 'passes'],
]);

const { trainedTo: _, ...untold } = signal;
guard('model-age', { modelAgeMaxMs: 30 * dayMs }, [
  ['passes at the limit', { signal: aSignal({ trainedTo: epochMs(now - 30 * dayMs) }) }, 'passes'],
  [
    'denies an older model',
    { signal: aSignal({ trainedTo: epochMs(now - 30 * dayMs - 1) }) },
    { observed: 30 * dayMs + 1, allowed: 30 * dayMs },
  ],
  ['denies an unknown age', { signal: untold }, { observed: now, allowed: 30 * dayMs }],
  ['has judged an order that is sent again', { signal: 'passed' }, 'passes'],
]);

describe('exit-model', () => {
  const primary = (signal: EntryRisk['signal']) => {
    const entry = anEntry({ signal });
    const management = { primaryExit: { stopLossAtr: 3, takeProfitAtr: 5 } };
    return assessEntry({ ...entry, limits: { ...entry.limits, management } });
  };

  test('denies an entry whose exits nobody would make', () => {
    expect(primary(aSignal())).toEqual([{ limit: 'exit-model', observed: 0, allowed: 1 }]);
  });

  test.each<[string, EntryRisk['signal']]>([
    ['with a position model', aSignal({ hasPositionModel: true })],
    ['of an order that is sent again', 'passed'],
  ])('lets an entry pass %s', (_, seen) => {
    expect(primary(seen)).toEqual([]);
  });

  test('asks nothing where SL and TP make the exits', () => {
    const entry = anEntry();
    expect(assessEntry({ ...entry, limits: { ...entry.limits, management: {} } })).toEqual([]);
  });
});

guard('adx-regime', { adxMin: 0.2 }, [
  ['passes at the limit', features({ adx_14: 0.2 }), 'passes'],
  ['denies below it', features({ adx_14: 0.199 }), { observed: 0.199, allowed: 0.2 }],
  ['denies an unknown value', features({ adx_14: undefined }), { observed: 0, allowed: 0.2 }],
  ['denies what is no number', features({ adx_14: Number.NaN }), { observed: 0, allowed: 0.2 }],
  ['has judged an order that is sent again', { signal: 'passed' }, 'passes'],
]);

guard('ema-trend', { isEmaTrendOn: true }, [
  ['lets buy above', features({ price_vs_ema200: 0.001 }), 'passes'],
  ['denies a buy on it', features({ price_vs_ema200: 0 }), { observed: 0, allowed: 0 }],
  ['denies a buy below', features({ price_vs_ema200: -0.01 }), { observed: -0.01, allowed: 0 }],
  ['denies a sell above', { signal: aSignal({ side: 'sell' }) }, { observed: -0.01, allowed: 0 }],
  [
    'lets sell below',
    { signal: aSignal({ side: 'sell', features: { price_vs_ema200: -0.01 } }) },
    'passes',
  ],
  [
    'denies an unknown value',
    features({ price_vs_ema200: undefined }),
    { observed: 0, allowed: 0 },
  ],
]);

guard('session', { sessions: ['ny', 'asian'] }, [
  ['denies while none is open', {}, { observed: 0, allowed: 1 }],
  ['passes while one is', features({ is_asian_session: 1 }), 'passes'],
  ['denies an unknown flag', { signal: aSignal({ features: {} }) }, { observed: 0, allowed: 1 }],
]);

guard('spread-points', { spreadPointsMax: 500 }, [
  ['passes at the limit', {}, 'passes'],
  ['denies over it', { spread: { points: 501, price: 5.01 } }, { observed: 501, allowed: 500 }],
  ['denies an unknown one', unknown('spread'), { observed: Number.MAX_SAFE_INTEGER, allowed: 500 }],
  [
    'denies what is no number',
    { spread: { points: Number.NaN, price: 5 } },
    { observed: Number.MAX_SAFE_INTEGER, allowed: 500 },
  ],
]);

guard('spread-atr', { spreadAtrMax: 0.1 }, [
  ['passes at the limit', { atr: 50 }, 'passes'],
  ['denies over it', { atr: 40 }, { observed: 0.125, allowed: 0.1 }],
  ['denies an unknown one', unknown('spread'), { observed: Number.MAX_SAFE_INTEGER, allowed: 0.1 }],
]);

guard('order-rate', { orderRate: { ordersMax: 2, windowMs: hourMs } }, [
  ['passes below the limit', { orderTimes: [epochMs(now - 1)] }, 'passes'],
  [
    'denies one too many',
    { orderTimes: [epochMs(now - 10), epochMs(now - 1)] },
    { observed: 3, allowed: 2 },
  ],
  [
    'forgets what is older than its window',
    { orderTimes: [epochMs(now - hourMs), epochMs(now - 1)] },
    'passes',
  ],
]);

describe('news', () => {
  const event = now + 30 * minuteMs;
  const calendar = {
    from: epochMs(now - dayMs),
    to: epochMs(now + dayMs),
    times: [epochMs(event)],
  };
  const on = (at: number, failsClosed = false) =>
    assessEntry(
      guardedBy(
        { news: { blockMs: 30 * minuteMs, failsClosed, calendar } },
        { at: epochMs(at), quoteAt: epochMs(at) },
      ),
    );

  test.each([
    ['well before an event', event - 30 * minuteMs - 1, []],
    ['at the limit before it', event - 30 * minuteMs, [30 * minuteMs]],
    ['on it', event, [0]],
    ['at the limit after it', event + 30 * minuteMs, [30 * minuteMs]],
    ['well after it', event + 30 * minuteMs + 1, []],
  ])('%s', (_, at, observed) => {
    expect(on(at)).toEqual(
      observed.map((distance) => ({ limit: 'news', observed: distance, allowed: 30 * minuteMs })),
    );
  });

  test.each([
    ['before', calendar.from - 1],
    ['after', calendar.to + 1],
  ])('%s what the calendar covers, the configuration decides', (_, at) => {
    expect(on(at, false)).toEqual([]);
    expect(on(at, true)).toEqual([{ limit: 'news', observed: 0, allowed: 30 * minuteMs }]);
  });

  test.each([calendar.from, calendar.to])('is covered from its first to its last moment', (at) => {
    expect(on(at, true)).toEqual([]);
  });

  test('is closed for an empty calendar that covers nothing, if so configured', () => {
    const empty = { from: epochMs(0), to: epochMs(0), times: [] };
    const policy = (failsClosed: boolean) => ({
      news: { blockMs: minuteMs, failsClosed, calendar: empty },
    });
    expect(assessEntry(guardedBy(policy(true)))).toHaveLength(1);
    expect(assessEntry(guardedBy(policy(false)))).toEqual([]);
  });
});

describe('guards that latch', () => {
  test.each([
    ['weekly-drawdown', { weeklyDrawdownMax: fraction(0.1) }],
    [
      'equity-curve',
      { equityCurve: { lookbackTrades: 3, drawdownMax: fraction(0.05), cooldownMs: dayMs } },
    ],
  ] as const)('%s stays, though all is well again', (limit, policy) => {
    const denial = { limit, observed: 0.2, allowed: 0.1 };
    expect(assessAccount(guardedBy(policy, { tripped: { [limit]: denial } }))).toEqual([denial]);
    expect(assessAccount(anEntry({ tripped: { [limit]: denial } }))).toEqual([]);
  });
});

test('account guards are asked before those of the entry, in the order of the money they protect', () => {
  const all = guardedBy(
    {
      hardHaltMax: fraction(0.2),
      weeklyDrawdownMax: fraction(0.1),
      equityCurve: { lookbackTrades: 1, drawdownMax: fraction(0.05), cooldownMs: dayMs },
      barAgeMaxMs: 1,
      modelAgeMaxMs: 1,
      adxMin: 0.9,
      isEmaTrendOn: true,
      sessions: ['ny'],
      spreadPointsMax: 1,
      orderRate: { ordersMax: 0, windowMs: hourMs },
      news: {
        blockMs: 1,
        failsClosed: true,
        calendar: { from: epochMs(0), to: epochMs(0), times: [] },
      },
    },
    {
      equity: money(100),
      tradingState: 'paused',
      recentProfits: [money(-900)],
      signal: aSignal({ side: 'sell', barClosedAt: epochMs(now - hourMs) }),
    },
  );
  expect(assessEntry(all).map(({ limit }) => limit)).toEqual([
    'hard-halt',
    'weekly-drawdown',
    'equity-curve',
    'trading-state',
    'bar-stale',
    'model-age',
    'adx-regime',
    'news',
    'ema-trend',
    'session',
    'spread-points',
    'order-rate',
  ]);
});
