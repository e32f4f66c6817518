import { expect, test } from 'vitest';
import { aDecision, aFleet, anAccount, aPosition } from '../../test/browser/fleet-builder.ts';
import type { PositionSnapshot } from '../domain/account-snapshot.ts';
import { epochMs, money } from '../domain/units.ts';
import { fleetTable } from './fleet-table.ts';

test('the fleet as a table: accounts, what is open, what blocks entries', () => {
  const { stopLoss, takeProfit, ...naked } = aPosition({ side: 'sell', profit: money(-3) });
  const denial = { limit: 'daily-loss', observed: 0.0412, allowed: 0.04 };
  const fleet = aFleet(
    anAccount('exness_main', {
      currency: 'USC',
      equity: money(100_041.18),
      balance: money(100_000),
      dayResult: money(41.18),
      positions: [aPosition()],
      decision: aDecision(0, { verdict: 'denied', side: 'buy', confidence: 0.58, denial }),
      blockedBy: [denial],
      counts: { predictions: 300, entered: 8, held: 254, denied: 38, closed: 7 },
    }),
    anAccount('icmarkets', {
      state: 'reducing',
      stateReason: 'terminal does not answer',
      positions: [naked satisfies PositionSnapshot, { ...naked, isOwned: false }],
    }),
  );
  const order = { state: 'reducing', isKill: false, by: 'console', at: epochMs(0) } as const;
  expect(fleetTable({ ...fleet, order })[1]).toBe(
    'the fleet is reducing, by console: it holds for whoever joins, and over restarts',
  );
  expect(fleetTable(fleet)).toEqual([
    'novosky 0.1.0, paper x3600, market time 2025-02-03 09:00 UTC',
    '',
    'account      state            equity    balance   today  open  bars  entered  denied  closed  last decision',
    'exness_main  active    100041.18 USC  100000.00  +41.18     1   300        8      38       7  denied buy by daily-loss (0.58)',
    'icmarkets    reducing   10000.00 USD   10000.00    0.00     2     0        0       0       0  -',
    '',
    'open:',
    '  exness_main  buy 0.12 BTCUSD   at 98214.50  SL 97640.20       TP 99362.90  +41.18 USC',
    '  icmarkets    sell 0.12 BTCUSD  at 98214.50  NO STOP                         -3.00 USD',
    '  icmarkets    sell 0.12 BTCUSD  at 98214.50  foreign, no stop                -3.00 USD',
    '',
    'blocked:',
    '  exness_main  daily-loss  0.0412, allowed 0.04',
    '  icmarkets    reducing    terminal does not answer',
  ]);
});

test('a fleet without accounts has its columns and nothing else', () => {
  expect(fleetTable(aFleet())).toHaveLength(3);
});
