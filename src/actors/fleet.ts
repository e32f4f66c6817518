/** The one ledger of what all accounts hold together: grants what fits into the caps, and knows nothing else. */
import { unreachable } from '../domain/assert.ts';
import type { AccountId } from '../domain/units.ts';
import type { FleetCaps } from '../risk/exposure.ts';
import {
  blankLedger,
  forget,
  type Ledger,
  type LedgerEntry,
  recall,
  settle,
  type Told,
  tell,
} from '../risk/exposure-ledger.ts';
import type { Actor, ActorRef } from '../runtime/actor.ts';
import type { AccountMessage } from './account-message.ts';

export type FleetMessage =
  /** All that an account holds, and what it would like to add. */
  | { readonly type: 'holdings-told'; readonly account: AccountId; readonly told: Told }
  /** Accounts came, or some run no more: what these hold still counts. */
  | { readonly type: 'accounts-changed' }
  /** It has left the run with all that it held. */
  | { readonly type: 'account-left'; readonly account: AccountId };

export type FleetOptions = {
  readonly caps: FleetCaps;
  /** Wishes wait for every account's bar, and are answered in their order. */
  readonly isLockstep: boolean;
  /** All that run, in the order of accounts.json. Asked at every message. */
  readonly accounts: () => readonly AccountId[];
  /** All that belong to the run, those among them that do not run: what they hold counts. Default: those that run. */
  readonly members?: () => readonly AccountId[];
  /** What was known of each. It outlives the ledger: who does not run cannot be asked again. Default: nothing. */
  readonly memory?: Map<AccountId, LedgerEntry>;
  readonly accountRef: (account: AccountId) => ActorRef<AccountMessage>;
};

/** Knows nothing of who runs at its start: whoever starts it again asks the accounts to tell what they hold. */
export function createFleet({
  caps,
  isLockstep,
  accounts,
  members = accounts,
  memory = new Map(),
  accountRef,
}: FleetOptions): Actor<FleetMessage> {
  let ledger = blankLedger(caps);
  return {
    receive(message) {
      if (message.type === 'account-left') memory.delete(message.account);
      const running = accounts();
      const away = members().filter((account) => !running.includes(account));
      const known = recalled(noted(ledger, message), away, memory);
      const settled = settle(known, running, isLockstep, members());
      ledger = settled.ledger;
      for (const [account, entry] of ledger.entries) memory.set(account, entry);
      for (const { account, wish, denial } of settled.answers) {
        const answer = { holding: wish.holding, ...(denial && { denial }) };
        accountRef(account).tell({ type: 'reservation-answered', answer });
      }
    },
  };
}

function recalled(
  ledger: Ledger,
  away: readonly AccountId[],
  memory: ReadonlyMap<AccountId, LedgerEntry>,
): Ledger {
  return away.reduce((known, account) => {
    const entry = memory.get(account);
    return entry === undefined ? known : recall(known, account, entry);
  }, ledger);
}

function noted(ledger: Ledger, message: FleetMessage): Ledger {
  switch (message.type) {
    case 'holdings-told':
      return tell(ledger, message.account, message.told);
    case 'account-left':
      return forget(ledger, message.account);
    case 'accounts-changed':
      return ledger;
    default:
      return unreachable(message);
  }
}
