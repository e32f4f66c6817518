import type { Denial } from '../../domain/account-event.ts';
import { adxRegime } from './adx-regime.ts';
import { atrFloor } from './atr-floor.ts';
import { balanceUnexplained } from './balance-unexplained.ts';
import { barStale } from './bar-stale.ts';
import { brokerUnread } from './broker-unread.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import { clockSkew } from './clock-skew.ts';
import { dailyLoss } from './daily-loss.ts';
import { duplicateOrder } from './duplicate-order.ts';
import { emaTrend } from './ema-trend.ts';
import { equityCurve } from './equity-curve.ts';
import { exitModel } from './exit-model.ts';
import type { AccountRisk, EntryRisk, Guard } from './guard.ts';
import { hardHalt } from './hard-halt.ts';
import { modelAge } from './model-age.ts';
import { news } from './news.ts';
import { orderRate } from './order-rate.ts';
import { positionOpen } from './position-open.ts';
import { quoteStale } from './quote-stale.ts';
import { session } from './session.ts';
import { spread } from './spread.ts';
import { stopping } from './stopping.ts';
import { terminalFailover } from './terminal-failover.ts';
import { tradeDisabled } from './trade-disabled.ts';
import { tradingState } from './trading-state.ts';
import { unresolvedOrder } from './unresolved-order.ts';
import { weeklyDrawdown } from './weekly-drawdown.ts';

/** Guards of the whole account, in the order in which they are asked: can it be seen, may it lose more, did a person say no. */
const accountGuards: readonly Guard<AccountRisk>[] = [
  terminalFailover,
  brokerUnread,
  balanceUnexplained,
  hardHalt,
  weeklyDrawdown,
  dailyLoss,
  circuitBreaker,
  equityCurve,
  tradingState,
];

/** Of any entry of the account. */
const anyEntryGuards: readonly Guard<AccountRisk>[] = [stopping, ...accountGuards];

/** Guards of one entry: does the engine enter at all, is the market open, the account's, is it worth it, may it be added. */
const entryGuards: readonly Guard<EntryRisk>[] = [
  stopping,
  quoteStale,
  tradeDisabled,
  ...accountGuards,
  clockSkew,
  barStale,
  modelAge,
  exitModel,
  atrFloor,
  adxRegime,
  news,
  emaTrend,
  session,
  spread,
  unresolvedOrder,
  positionOpen,
  duplicateOrder,
  orderRate,
];

/** Every reason against the entry, in the order of the guards: the first is the one that is recorded. */
export function assessEntry(risk: EntryRisk): readonly Denial[] {
  return blocking(entryGuards, risk);
}

/** Every reason against any entry of the account. */
export function assessAccount(risk: AccountRisk): readonly Denial[] {
  return blocking(anyEntryGuards, risk);
}

function blocking<Risk>(guards: readonly Guard<Risk>[], risk: Risk): readonly Denial[] {
  const denials: Denial[] = [];
  for (const guard of guards) {
    const denial = guard(risk);
    if (denial) denials.push(denial);
  }
  return denials;
}
