import type { AccountEvent } from '../domain/account-event.ts';
import type { Order } from '../domain/order.ts';
import type { Price, Steps } from '../domain/units.ts';
import type { Wish } from '../risk/exposure-ledger.ts';
import type { Holdings } from './reservation.ts';

/**
 * What the account's actor has to do, in this order, after the facts of the same decision are in the journal.
 * The answer of every trade effect comes back as an input.
 */
export type AccountEffect =
  | { readonly type: 'submit'; readonly order: Order }
  | {
      readonly type: 'close';
      readonly ticket: number;
      readonly symbol: string;
      readonly volume: Steps;
      /** What is to stay; nothing where absent. */
      readonly leaves?: Steps;
    }
  | {
      readonly type: 'protect';
      readonly ticket: number;
      readonly symbol: string;
      readonly stopLoss: Price;
      readonly takeProfit?: Price;
    }
  /** Everything of ours that pends at the broker. */
  | { readonly type: 'cancel-orders' }
  /** Read the broker again, now if `afterMs` is 0 (I/O clock): an outcome has to be found out, or a fill to be read. */
  | { readonly type: 'reconcile'; readonly afterMs: number }
  /** To the fleet's ledger; the answer to `asking` comes back with the prediction. */
  | { readonly type: 'tell-fleet'; readonly told: Holdings; readonly asking?: Wish }
  | { readonly type: 'announce'; readonly event: AccountEvent };
