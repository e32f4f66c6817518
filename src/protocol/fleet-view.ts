import type { AccountEvent } from '../domain/account-event.ts';
import type { AccountSnapshot, DecisionSnapshot } from '../domain/account-snapshot.ts';
import { unreachable } from '../domain/assert.ts';
import { appendEquity } from './equity-series.ts';
import { type EngineView, type FleetSnapshot, limits, type TreeNode } from './fleet.ts';
import type { ConsoleEvent } from './message.ts';

/** A fleet of which nothing is known yet but the engine and its tree. */
export function emptyFleet(engine: EngineView, tree: TreeNode): FleetSnapshot {
  return { engine, accounts: [], decisions: {}, equity: {}, restarts: [], feed: [], tree };
}

/** The fleet after `event`. The engine and every console fold with this one function, so they see the same. */
export function applyEvent(fleet: FleetSnapshot, event: ConsoleEvent): FleetSnapshot {
  switch (event.type) {
    case 'account-event':
      return applyAccountEvent(fleet, event.event);
    case 'account-changed':
      return applyAccount(fleet, event.account);
    case 'account-left':
      return { ...fleet, accounts: fleet.accounts.filter(({ id }) => id !== event.account) };
    case 'tree-changed':
      return { ...fleet, tree: event.tree };
    case 'actor-restarted':
      return { ...fleet, restarts: appended(fleet.restarts, event.restart, limits.restarts) };
    case 'config-changed':
      return fleet;
    case 'fleet-ordered': {
      const { order: _, ...others } = fleet;
      return { ...others, ...(event.order && { order: event.order }) };
    }
    case 'market-time':
      return { ...fleet, engine: { ...fleet.engine, marketTime: event.at } };
    default:
      return unreachable(event);
  }
}

function applyAccountEvent(fleet: FleetSnapshot, event: AccountEvent): FleetSnapshot {
  if (event.type === 'equity') return applyEquity(fleet, event.account, event);
  return { ...fleet, feed: appended(fleet.feed, event, limits.feed) };
}

function applyAccount(fleet: FleetSnapshot, account: AccountSnapshot): FleetSnapshot {
  const isKnown = fleet.accounts.some(({ id }) => id === account.id);
  const accounts = isKnown
    ? fleet.accounts.map((other) => (other.id === account.id ? account : other))
    : [...fleet.accounts, account];
  return applyEquity(
    { ...fleet, accounts, decisions: withDecision(fleet, account) },
    account.id,
    account,
  );
}

function withDecision(
  { decisions }: FleetSnapshot,
  { id, decision }: AccountSnapshot,
): FleetSnapshot['decisions'] {
  if (decision === undefined) return decisions;
  return { ...decisions, [id]: withNewest(decisions[id] ?? [], decision) };
}

/** An account says its newest decision with every change; only a bar not seen before is a new one. */
function withNewest(
  known: readonly DecisionSnapshot[],
  decision: DecisionSnapshot,
): readonly DecisionSnapshot[] {
  const index = known.findLastIndex(({ trace }) => trace === decision.trace);
  return index < 0 ? appended(known, decision, limits.decisions) : known.with(index, decision);
}

function applyEquity(
  fleet: FleetSnapshot,
  account: string,
  { at, balance, equity }: Pick<AccountSnapshot, 'at' | 'balance' | 'equity'>,
): FleetSnapshot {
  const series = appendEquity(fleet.equity[account] ?? [], { at, balance, equity });
  return { ...fleet, equity: { ...fleet.equity, [account]: series } };
}

function appended<T>(items: readonly T[], item: T, limit: number): readonly T[] {
  return [...items, item].slice(-limit);
}
