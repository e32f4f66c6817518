import type { TradingState } from '../domain/account.ts';
import type { AccountSnapshot, PositionSnapshot } from '../domain/account-snapshot.ts';
import { lots } from '../domain/instrument.ts';
import type { BrokerPosition } from '../domain/position.ts';
import { money } from '../domain/units.ts';
import { assessAccount } from '../risk/guards/guards.ts';
import { stricterState } from '../risk/guards/trading-state.ts';
import { accountRisk } from './account-risk.ts';
import type { AccountState } from './account-state.ts';
import { coherentMoney } from './coherent-money.ts';
import type { InTheMaking } from './in-the-making.ts';
import { isSettled } from './settled.ts';

/** What observers see of an account now. Amounts are 0 until the broker was read. */
export function snapshotOf(state: AccountState): AccountSnapshot {
  const { account, at, epoch, trading, books, policy, decision, counts } = state;
  const nothing = money(0);
  const shown = stateOf(trading, policy?.fleetState);
  const snapshot: InTheMaking<AccountSnapshot> = {
    id: account,
    at,
    epoch,
    currency: state.money?.currency ?? '',
    state: shown.state,
    stateReason: shown.stateReason,
    startingBalance: state.money?.startingBalance ?? nothing,
    balance: state.money?.balance ?? nothing,
    equity: books?.view.equity ?? nothing,
    dayResult: coherentMoney(state)?.dayResult ?? nothing,
    positions: (books?.positions ?? []).map((position) => positionSnapshot(state, position)),
    isSettled: isSettled(state),
    blockedBy: policy ? assessAccount(accountRisk(state, policy)) : [],
    counts,
  };
  if (decision) snapshot.decision = decision;
  return snapshot;
}

/** What an observer sees is what counts: the stricter of the account's own state and the fleet's. */
function stateOf(
  { state, reason }: AccountState['trading'],
  fleetState: TradingState = 'active',
): Pick<AccountSnapshot, 'state' | 'stateReason'> {
  if (stricterState(state, fleetState) === state) return { state, stateReason: reason };
  return { state: fleetState, stateReason: `the fleet is ${fleetState}` };
}

function positionSnapshot(state: AccountState, position: BrokerPosition): PositionSnapshot {
  const { ticket, symbol, side, entry, stopLoss, takeProfit, profit, swap, isOwned } = position;
  const instrument = state.instruments[symbol];
  const snapshot: InTheMaking<PositionSnapshot> = {
    ticket,
    symbol,
    side,
    entry,
    isOwned,
    lots: instrument ? lots(instrument, position.volume) : 0,
    profit: money(profit + swap),
  };
  if (stopLoss !== undefined) snapshot.stopLoss = stopLoss;
  if (takeProfit !== undefined) snapshot.takeProfit = takeProfit;
  return snapshot;
}
