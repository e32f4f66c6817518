import type { EngineEvent } from '../actors/observer.ts';
import type { AccountEvent } from '../domain/account-event.ts';
import type { AccountId, EpochMs } from '../domain/units.ts';

/**
 * What happens to the engine, for those who follow accounts (a chat, the dashboard's feed): an alert for each account
 * that it keeps from trading.
 */
export function engineAlerts(
  event: EngineEvent,
  accounts: readonly AccountId[],
  at: EpochMs,
): readonly AccountEvent[] {
  const reason = reasonOf(event);
  if (reason === undefined) return [];
  const concerned = accounts.filter((account) => concerns(event, account));
  return concerned.map((account) => ({ type: 'alert', account, at, reason }));
}

function concerns(event: EngineEvent, account: AccountId): boolean {
  return event.type !== 'account-given-up' || event.account === account;
}

function reasonOf(event: EngineEvent): string | undefined {
  switch (event.type) {
    case 'account-given-up':
      return `not restarted any more, its positions stand behind their stops; look why, then restart it: ${event.reason}`;
    case 'feed-failing':
      return `no bars of ${event.symbol} from ${event.terminal}, ${event.failures} failures in a row: ${event.reason}`;
    case 'terminal-failing':
      return `market time stands still, ${event.terminal}: ${event.reason}`;
    default:
      return undefined;
  }
}
