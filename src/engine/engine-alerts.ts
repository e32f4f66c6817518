import type { EngineEvent } from '../actors/observer.ts';
import type { AccountEvent } from '../domain/account-event.ts';
import type { AccountId, EpochMs } from '../domain/units.ts';
import { fleetOrderText } from '../protocol/fleet-order-text.ts';

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
  return !('account' in event) || event.account === account;
}

function reasonOf(event: EngineEvent): string | undefined {
  switch (event.type) {
    case 'account-quarantined':
      return `quarantined: not restarted any more, its positions stand behind their stops; look why, then revive it: ${event.reason}`;
    case 'account-isolated':
      return `it goes on in a thread of its own: ${event.reason}`;
    case 'account-configured':
      return `configuration: ${event.text}`;
    case 'fleet-ordered':
      return fleetOrderText(event.order);
    case 'feed-failing':
      return `no bars of ${event.symbol} from ${event.terminal}, ${event.failures} failures in a row: ${event.reason}`;
    case 'terminal-failing':
      return `market time stands still, ${event.terminal}: ${event.reason}`;
    case 'thread-hangs':
      return event.thread === 'inference' && !event.isTerminated
        ? 'the models hang and may not be ended: nobody trades; look at the host, then restart the engine'
        : undefined;
    default:
      return undefined;
  }
}
