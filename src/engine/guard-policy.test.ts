import { describe, expect, test } from 'vitest';
import type { GuardsConfig } from '../config/config.ts';
import { guardPolicy } from './guard-policy.ts';

const off: GuardsConfig = {
  hardHaltPct: 0,
  maxWeeklyDrawdownPct: 0,
  emaTrend: false,
  maxSpreadPoints: 0,
  maxSpreadAtr: 0,
  maxBarAgeMinutes: 0,
  maxModelAgeDays: 0,
};

describe('what the configuration says about guards', () => {
  test('is nothing where all of them are off', () => {
    expect(guardPolicy(off)).toBeUndefined();
  });

  test.each<[Partial<GuardsConfig>, ReturnType<typeof guardPolicy> | Record<string, unknown>]>([
    [{ hardHaltPct: 20 }, { hardHaltMax: 0.2 }],
    [{ maxWeeklyDrawdownPct: 15 }, { weeklyDrawdownMax: 0.15 }],
    [
      { equityCurve: { lookbackTrades: 10, maxDrawdownPct: 5, cooldownHours: 24 } },
      { equityCurve: { lookbackTrades: 10, drawdownMax: 0.05, cooldownMs: 86_400_000 } },
    ],
    [{ minAdx: 0 }, { adxMin: 0 }],
    [{ emaTrend: true }, { isEmaTrendOn: true }],
    [{ fleet: { currencyMultiplier: 0.01 } }, { fleet: { multiplier: 0.01 } }],
    [{ sessions: ['ny'] }, { sessions: ['ny'] }],
    [{ maxSpreadPoints: 300 }, { spreadPointsMax: 300 }],
    [{ maxSpreadAtr: 0.2 }, { spreadAtrMax: 0.2 }],
    [{ maxBarAgeMinutes: 15 }, { barAgeMaxMs: 900_000 }],
    [{ maxModelAgeDays: 60 }, { modelAgeMaxMs: 5_184_000_000 }],
    [
      { orderRate: { maxOrders: 4, windowMinutes: 60 } },
      { orderRate: { ordersMax: 4, windowMs: 3_600_000 } },
    ],
    [
      { news: { blockMinutes: 30, failClosed: true, calendar: { from: 1, to: 3, times: [2] } } },
      {
        news: {
          blockMs: 1_800_000,
          failsClosed: true,
          calendar: { from: 1, to: 3, times: [2] },
        },
      },
    ],
  ])('%j is one of them, in the units of a decision', (on, policy) => {
    expect(guardPolicy({ ...off, ...on })).toEqual(policy);
  });
});
