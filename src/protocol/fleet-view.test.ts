import { describe, expect, test } from 'vitest';
import {
  aDecision,
  aFleet,
  anAccount,
  aSignal,
  aTree,
  barMs,
  marketStart,
} from '../../test/browser/fleet-builder.ts';
import { accountId, epochMs, money } from '../domain/units.ts';
import type { FleetSnapshot } from './fleet.ts';
import { applyEvent } from './fleet-view.ts';
import type { ConsoleEvent } from './message.ts';

const id = 'exness_main';

describe('the fleet', () => {
  test('knows an account by its newest word, in the order of their first', () => {
    const fleet = fold(
      aFleet(anAccount(id), anAccount('b')),
      { type: 'account-changed', account: anAccount(id, { state: 'paused' }) },
      { type: 'account-changed', account: anAccount('c') },
    );
    expect(fleet.accounts.map((account) => `${account.id} ${account.state}`)).toEqual([
      'exness_main paused',
      'b active',
      'c active',
    ]);
  });

  test('forgets an account that has left, and keeps what it told', () => {
    const fleet = fold(aFleet(anAccount(id), anAccount('b')), changed(aDecision(1)), {
      type: 'account-left',
      account: id,
    });
    expect(fleet.accounts.map((account) => account.id)).toEqual(['b']);
    expect(fleet.decisions[id]).toHaveLength(1);
  });

  test('counts a decision once, however often the account says it', () => {
    const held = changed(aDecision(1));
    const fleet = fold(aFleet(), held, held, changed(aDecision(2)), changed(aDecision(2)));
    expect(fleet.decisions[id]?.map(({ at }) => at)).toEqual([aDecision(1).at, aDecision(2).at]);
  });

  test('takes the last word on a decision that was made again after a restart', () => {
    const fleet = fold(
      aFleet(),
      changed(aDecision(1, { verdict: 'held' })),
      changed(aDecision(1, { verdict: 'entered' })),
    );
    expect(fleet.decisions[id]?.map(({ verdict }) => verdict)).toEqual(['entered']);
  });

  test('remembers the last fifty decisions of each account', () => {
    const bars = Array.from({ length: 60 }, (_, bar) => changed(aDecision(bar)));
    const fleet = fold(aFleet(), ...bars);
    expect(fleet.decisions[id]).toHaveLength(50);
    expect(fleet.decisions[id]?.at(-1)).toEqual(aDecision(59));
  });

  test('draws equity from both of its sources, one point for each moment', () => {
    const at = epochMs(marketStart + barMs);
    const fleet = fold(
      aFleet(anAccount(id)),
      {
        type: 'account-event',
        event: {
          account: accountId(id),
          at,
          type: 'equity',
          balance: money(10_000),
          equity: money(10_050),
          currency: 'USD',
        },
      },
      { type: 'account-changed', account: anAccount(id, { at, equity: money(10_060) }) },
    );
    expect(fleet.equity[id]?.map(({ equity }) => equity)).toEqual([10_000, 10_060]);
  });

  test('keeps what accounts told but their equity, a hundred at most', () => {
    const signals = Array.from({ length: 120 }, (_, bar) => ({
      type: 'account-event' as const,
      event: aSignal(id, bar),
    }));
    const fleet = fold(aFleet(), ...signals);
    expect(fleet.feed).toHaveLength(100);
    expect(fleet.feed.at(-1)).toEqual(aSignal(id, 119));
  });

  test('follows the tree, restarts and market time', () => {
    const restart = { actor: 'account:a', reason: 'boom', at: epochMs(1) };
    const fleet = fold(
      aFleet(),
      { type: 'tree-changed', tree: aTree('a', 'b') },
      { type: 'actor-restarted', restart },
      { type: 'market-time', at: epochMs(marketStart + 1) },
    );
    expect(fleet.tree).toEqual(aTree('a', 'b'));
    expect(fleet.restarts).toEqual([restart]);
    expect(fleet.engine.marketTime).toBe(marketStart + 1);
  });

  test('is never edited: whoever holds the old one still has it', () => {
    const before = aFleet(anAccount(id, { decision: aDecision(0) }));
    const copy = structuredClone(before);
    fold(before, changed(aDecision(1)), { type: 'account-event', event: aSignal(id, 1) });
    expect(before).toEqual(copy);
  });
});

function fold(fleet: FleetSnapshot, ...events: readonly ConsoleEvent[]): FleetSnapshot {
  return events.reduce(applyEvent, fleet);
}

function changed(decision: ReturnType<typeof aDecision>): ConsoleEvent {
  return { type: 'account-changed', account: anAccount(id, { at: decision.at, decision }) };
}
