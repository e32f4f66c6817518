import type { Denial } from '../../domain/account-event.ts';
import { atrFloor } from './atr-floor.ts';
import { brokerUnread } from './broker-unread.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import { dailyLoss } from './daily-loss.ts';
import type { AccountRisk, EntryRisk, Guard } from './guard.ts';
import { positionOpen } from './position-open.ts';
import { quoteStale } from './quote-stale.ts';
import { stopping } from './stopping.ts';
import { terminalFailover } from './terminal-failover.ts';
import { tradeDisabled } from './trade-disabled.ts';
import { tradingState } from './trading-state.ts';
import { unresolvedOrder } from './unresolved-order.ts';

/** Guards of the whole account, in the order in which they are asked. */
const accountGuards: readonly Guard<AccountRisk>[] = [
  stopping,
  tradingState,
  terminalFailover,
  brokerUnread,
  dailyLoss,
  circuitBreaker,
];

/** Guards of one entry; the account's come first. */
const entryGuards: readonly Guard<EntryRisk>[] = [
  ...accountGuards,
  unresolvedOrder,
  atrFloor,
  positionOpen,
  quoteStale,
  tradeDisabled,
];

/** Every reason against the entry, in the order of the guards: the first is the one that is recorded. */
export function assessEntry(risk: EntryRisk): readonly Denial[] {
  return blocking(entryGuards, risk);
}

/** Every reason against any entry of the account. */
export function assessAccount(risk: AccountRisk): readonly Denial[] {
  return blocking(accountGuards, risk);
}

function blocking<Risk>(guards: readonly Guard<Risk>[], risk: Risk): readonly Denial[] {
  return guards.flatMap((guard) => guard(risk) ?? []);
}
