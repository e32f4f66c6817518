/** The one ledger of what all accounts hold together: grants what fits into the caps, and knows nothing else. */
import { unreachable } from '../domain/assert.ts';
import type { AccountId } from '../domain/units.ts';
import type { FleetCaps } from '../risk/exposure.ts';
import {
  blankLedger,
  forget,
  type Ledger,
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
  readonly accountRef: (account: AccountId) => ActorRef<AccountMessage>;
};

/** Knows nothing at its start: whoever starts it again asks the accounts to tell what they hold. */
export function createFleet({
  caps,
  isLockstep,
  accounts,
  accountRef,
}: FleetOptions): Actor<FleetMessage> {
  let ledger = blankLedger(caps);
  return {
    receive(message) {
      const settled = settle(noted(ledger, message), accounts(), isLockstep);
      ledger = settled.ledger;
      for (const { account, wish, denial } of settled.answers) {
        const answer = { holding: wish.holding, ...(denial && { denial }) };
        accountRef(account).tell({ type: 'reservation-answered', answer });
      }
    },
  };
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
