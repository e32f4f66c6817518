import type { AccountFact } from '../account/account-fact.ts';
import type { AccountState } from '../account/account-state.ts';
import type { AccountPolicy } from '../account/policy.ts';
import type { Quotes, Trading } from '../brokers/broker.ts';
import type { AccountId } from '../domain/units.ts';
import type { Journal } from '../journal/journal.ts';
import type { ActorRef } from '../runtime/actor.ts';
import type { Clock } from '../runtime/clock.ts';
import type { AccountMessage } from './account-message.ts';
import type { FleetMessage } from './fleet.ts';
import type { InferenceMessage } from './inference.ts';
import type { MarketTimeMessage } from './market-time.ts';
import type { ObserverMessage } from './observer.ts';
import type { ReceiptMessage } from './receipt.ts';

export type AccountActorOptions = {
  readonly account: AccountId;
  /** Grows with every incarnation; the journal's owner has the highest. */
  readonly incarnation: number;
  readonly policy: AccountPolicy;
  /** The fold of the journal, and the number of its newest fact. */
  readonly state: AccountState;
  readonly sequence: number;
  readonly journal: Journal<AccountFact>;
  readonly trading: Trading;
  readonly quotes: Quotes;
  readonly clock: Clock;
  readonly self: ActorRef<AccountMessage>;
  readonly observer: ActorRef<ObserverMessage>;
  /** Told of every command that is on disk. */
  readonly receipts: ActorRef<ReceiptMessage>;
  /** The fleet's ledger; heard of only where the policy has caps. */
  readonly fleet?: ActorRef<FleetMessage>;
  /** Asked about open positions, where the models can judge them. */
  readonly positionModel?: ActorRef<InferenceMessage>;
  /** Lockstep: told when a bar is finished. Live: undefined. */
  readonly marketTime?: ActorRef<MarketTimeMessage>;
  /** Live: how often the broker is read between bars. */
  readonly pollEveryMs?: number;
  readonly timeouts: { readonly readMs: number; readonly tradeMs: number };
};
