import { randomBytes } from 'node:crypto';
import type { AccountEvent } from '../../src/domain/account-event.ts';
import type {
  AccountSnapshot,
  DecisionSnapshot,
  PositionSnapshot,
} from '../../src/domain/account-snapshot.ts';
import { traceOf } from '../../src/domain/bar.ts';
import { accountId, epochMs, money, price } from '../../src/domain/units.ts';
import type { FleetSnapshot, TreeNode } from '../../src/protocol/fleet.ts';
import { applyEvent, emptyFleet } from '../../src/protocol/fleet-view.ts';

/** Builders that name only what matters to a test; everything else is a plausible engine on a quiet afternoon. */
export const barMs = 900_000;
export const marketStart = Date.UTC(2025, 1, 3, 9, 0);

export function aToken(): string {
  return randomBytes(24).toString('base64url');
}

export function anAccount(
  id: string,
  fields: Partial<Omit<AccountSnapshot, 'id'>> = {},
): AccountSnapshot {
  return {
    id: accountId(id),
    at: epochMs(marketStart),
    epoch: 1,
    currency: 'USD',
    state: 'active',
    stateReason: 'started',
    startingBalance: money(10_000),
    balance: money(10_000),
    equity: money(10_000),
    dayResult: money(0),
    positions: [],
    isSettled: true,
    blockedBy: [],
    counts: { predictions: 0, entered: 0, held: 0, denied: 0, closed: 0 },
    ...fields,
  };
}

export function aPosition(fields: Partial<PositionSnapshot> = {}): PositionSnapshot {
  return {
    ticket: 500_101,
    symbol: 'BTCUSD',
    side: 'buy',
    lots: 0.12,
    entry: price(98_214.5),
    stopLoss: price(97_640.2),
    takeProfit: price(99_362.9),
    profit: money(41.18),
    isOwned: true,
    ...fields,
  };
}

export function aDecision(bar: number, fields: Partial<DecisionSnapshot> = {}): DecisionSnapshot {
  const at = epochMs(marketStart + bar * barMs);
  return {
    trace: traceOf('BTCUSD', 'M15', at),
    at,
    verdict: 'held',
    confidence: 0.41,
    gap: 0.03,
    ...fields,
  };
}

export function aSignal(account: string, bar: number): AccountEvent {
  const at = epochMs(marketStart + bar * barMs);
  return {
    account: accountId(account),
    at,
    type: 'signal',
    trace: traceOf('BTCUSD', 'M15', at),
    symbol: 'BTCUSD',
    side: 'buy',
    confidence: 0.58,
    gap: 0.21,
    votes: 3,
  };
}

function aNode(id: string, fields: Partial<TreeNode> = {}): TreeNode {
  return { id, kind: 'actor', status: 'running', restarts: 0, epoch: 1, children: [], ...fields };
}

export function aTree(...accounts: readonly string[]): TreeNode {
  const supervisor = (id: string, children: TreeNode[]) =>
    aNode(id, { kind: 'supervisor', children });
  const thread = (id: string, children: TreeNode[]) => aNode(id, { kind: 'thread', children });
  return supervisor('root', [
    supervisor('terminals', [thread('terminal:terminal-one', [])]),
    supervisor('infra', [
      thread('market', [aNode('feed:BTCUSD'), aNode('features:BTCUSD')]),
      thread('inference', [aNode('inference:BTCUSD')]),
    ]),
    supervisor(
      'accounts',
      accounts.map((id) => thread(id, [aNode(`account:${id}`)])),
    ),
    aNode('fleet'),
    supervisor('edges', [aNode('console'), aNode('config-watcher')]),
  ]);
}

export function aFleet(...accounts: readonly AccountSnapshot[]): FleetSnapshot {
  const empty = emptyFleet(
    {
      version: '0.1.0',
      startedAt: epochMs(Date.UTC(2026, 0, 15, 8, 30)),
      marketTime: epochMs(marketStart),
      mode: 'paper',
      speed: 3_600,
    },
    aTree(...accounts.map(({ id }) => id)),
  );
  return accounts.reduce<FleetSnapshot>(
    (fleet, account) => applyEvent(fleet, { type: 'account-changed', account }),
    empty,
  );
}
