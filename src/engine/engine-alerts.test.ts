import { expect, test } from 'vitest';
import { accountId, epochMs } from '../domain/units.ts';
import { engineAlerts } from './engine-alerts.ts';

const accounts = [accountId('exness_main'), accountId('icmarkets_main')];
const at = epochMs(1_000);

test('an account that is quarantined is an alert of its own', () => {
  const event = { type: 'account-quarantined', account: 'exness_main', reason: 'spent' } as const;
  expect(engineAlerts(event, accounts, at)).toMatchObject([
    { type: 'alert', account: 'exness_main', at, reason: expect.stringContaining('spent') },
  ]);
});

test('a feed that fails is an alert of every account: none of them can trade', () => {
  const source = { symbol: 'BTCUSD', terminal: 'terminal-one' };
  const failing = { failures: 3, reason: 'nobody answers' };
  const event = { type: 'feed-failing', ...source, ...failing } as const;
  expect(engineAlerts(event, accounts, at).map(({ account }) => account)).toEqual(accounts);
});

test('what is said to the fleet is told for every account, and that it was taken back', () => {
  const order = { state: 'halted', isKill: true, by: 'console', at } as const;
  const texts = [{ type: 'fleet-ordered', order } as const, { type: 'fleet-ordered' } as const].map(
    (event) => engineAlerts(event, accounts, at).map((alert) => 'reason' in alert && alert.reason),
  );
  expect(texts[0]?.[1]).toMatch(/^the fleet is killed, everything is closed, by console/);
  expect(texts[1]?.[0]).toContain('released');
});

test('what keeps nobody from trading is no alert', () => {
  const event = { type: 'actor-restarting', actor: 'console', reason: 'crashed' } as const;
  expect(engineAlerts(event, accounts, at)).toEqual([]);
});
