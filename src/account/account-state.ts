import type { AccountView, TradingState } from '../domain/account.ts';
import type { Denial } from '../domain/account-event.ts';
import type { DecisionSnapshot } from '../domain/account-snapshot.ts';
import type { Deal } from '../domain/deal.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { BrokerPosition } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import {
  type AccountId,
  type EpochMs,
  epochMs,
  type Money,
  type Price,
  type Steps,
} from '../domain/units.ts';
import type { Momentum } from '../strategy/trailing.ts';
import type { BookedDeal, OpenedPosition, OrderIntent } from './account-fact.ts';
import type { UnseenDeal } from './coherent-money.ts';
import { blankMemory, type GuardMemory } from './guard-memory.ts';
import type { AbsenceProof } from './input.ts';
import type { Managed } from './managed-position.ts';
import type { OrderStage } from './order-machine.ts';
import type { AccountPolicy } from './policy.ts';

/** Rises when a state of an earlier program can no longer be continued: its snapshots are then folded anew. */
export const stateVersion: number = 4;

/** All that an account knows: plain JSON, the fold of its facts. */
export type AccountState = {
  readonly account: AccountId;
  /** Market time of the newest fact. */
  readonly at: EpochMs;
  readonly epoch: number;
  readonly absenceProof: AbsenceProof;
  readonly policy?: AccountPolicy;
  /** What is wanted where a part of it waits until the account is flat. */
  readonly policyWaiting?: AccountPolicy;
  readonly trading: { readonly state: TradingState; readonly reason: string };
  /** A person asked for flat, and it is not proven yet. */
  readonly isFlattening: boolean;
  /** The call that cancels what pends at the broker, while flat is wanted. */
  readonly cancelling?: Call;
  /** Whether the broker was read in this incarnation. */
  readonly isRead: boolean;
  /** Failed reads in a row. */
  readonly readFailures: number;
  /** What the broker said last. */
  readonly books?: Books;
  readonly instruments: Readonly<Record<string, Instrument>>;
  /** Our own account of the money, from the first sight on. */
  readonly money?: AccountMoney;
  /** Deals that are booked or history, as far back as a late one may still turn up. */
  readonly deals: readonly BookedDeal[];
  /**
   * `unexplained`: what no deal explained of the balance when the day began; absent = nothing. `scaled`: what transfers
   * add to the result of the day so that it stays the same share of the equity; absent = nothing.
   */
  readonly day?: {
    readonly index: number;
    readonly realised: Money;
    readonly unexplained?: Money;
    readonly scaled?: Money;
  };
  readonly consecutiveLosses: number;
  /** Guards that latch, by the limit's name. */
  readonly tripped: Readonly<Record<string, Denial>>;
  /** What guards have to know of the past. */
  readonly memory: GuardMemory;
  /** Orders under way, by id. */
  readonly orders: Readonly<Record<string, LiveOrder>>;
  /** Orders that were proven absent or given up: should one turn up after all, it is known. Newest last. */
  readonly watched: readonly OrderIntent[];
  /** Open owned positions, by ticket. */
  readonly positions: Readonly<Record<string, TrackedPosition>>;
  /** The newest decided bar of each `symbol/timeframe`. */
  readonly decided: Readonly<Record<string, number>>;
  /** The newest ATR of each symbol, in price units. */
  readonly atrs: Readonly<Record<string, Price>>;
  /** The newest momentum of each symbol, where a trailing stop looks at it. */
  readonly momenta?: Readonly<Record<string, Momentum>>;
  readonly decision?: DecisionSnapshot;
  readonly counts: AccountCounts;
};

export type Books = {
  readonly at: EpochMs;
  readonly view: AccountView;
  readonly positions: readonly BrokerPosition[];
  readonly quotes: Readonly<Record<string, Quote>>;
  /** Booked since, in the order of their time; absent = none. */
  readonly unseen?: readonly UnseenDeal[];
  /** What no deal explained of the balances before this one, in a row, newest last; absent = nothing. */
  readonly doubts?: readonly Money[];
};

type AccountMoney = {
  readonly currency: string;
  readonly currencyDigits: number;
  readonly startingBalance: Money;
  readonly balance: Money;
  /** Deposits and withdrawals that are booked and have not moved the starts yet; absent = none. */
  readonly transferred?: Money;
  /** Market time of the first sight. */
  readonly seenAt: EpochMs;
};

type AccountCounts = {
  readonly predictions: number;
  readonly entered: number;
  readonly held: number;
  readonly denied: number;
  readonly closed: number;
};

export type LiveOrder = {
  readonly intent: OrderIntent;
  readonly stage: OrderStage;
  /** The broker said done once: it is never sent again. */
  readonly wasAccepted: boolean;
  /** Where the broker named it. */
  readonly ticket?: number;
  /** What the broker said to have filled: less than was ordered, where it filled a part. */
  readonly filled?: Steps;
  /** How often this trade was not sent, and how often the broker wanted another price for it. */
  readonly timesNotSent: number;
  readonly timesRequoted?: number;
  readonly search?: AbsenceSearch;
};

/** How long the effect of a call was looked for, on the I/O clock. */
export type AbsenceSearch = {
  readonly lastIoAt: EpochMs;
  readonly waitedMs: number;
  /** Since the first of the healthy answers without it; absent before. */
  readonly emptyMs?: number;
};

export type TrackedPosition = OpenedPosition &
  Managed & {
    readonly stage: OrderStage;
    /** What was ordered, while less than that is filled. */
    readonly ordered?: Steps;
    readonly tradeId: string;
    readonly orderId?: string;
    /** SL and TP as they were first placed. */
    readonly stopLossFirst?: Price;
    readonly takeProfitFirst?: Price;
    readonly isAdopted: boolean;
    /** All of the deals that opened it are booked. */
    readonly isEntryBooked: boolean;
    /** What the deals that opened it brought so far. */
    readonly entered?: { readonly volume: Steps; readonly turnover: number };
    /** The broker lists it no more, and no deal says why. */
    readonly vanished?: { readonly reads: number; readonly lastIoAt: EpochMs };
    /** Result of the deals booked so far, costs included. */
    readonly realised: Money;
    readonly closed: ClosedPart;
    readonly closing?: Closing;
    readonly protecting?: Protecting;
  };

/** What the closing deals took from a position. */
type ClosedPart = {
  readonly volume: Steps;
  /** Sum of price x steps. */
  readonly turnover: number;
  /** The newest of them. */
  readonly last?: Pick<TradeDeal, 'price' | 'at' | 'reason'>;
};

type TradeDeal = Extract<Deal, { kind: 'trade' }>;

type Closing = Call & {
  readonly reason: string;
  /** What is to stay: nothing where absent. */
  readonly leaves?: Steps;
  /** While nobody knows whether it was executed, and another one might close more than was wanted. */
  readonly search?: AbsenceSearch;
};

/** SL and TP that were asked for. */
type Protecting = Call & { readonly stopLoss: Price; readonly takeProfit?: Price };

/** A call that changes a position. */
export type Call = {
  readonly status: 'sending' | 'done' | 'failed' | 'unknown';
  readonly attempts: number;
  readonly at: EpochMs;
};

export function initialState(account: AccountId): AccountState {
  return {
    account,
    at: epochMs(0),
    epoch: 0,
    absenceProof: { sinceCallMs: 180_000, emptyForMs: 90_000 },
    trading: { state: 'active', reason: 'new account' },
    isFlattening: false,
    isRead: false,
    readFailures: 0,
    instruments: {},
    deals: [],
    consecutiveLosses: 0,
    tripped: {},
    memory: blankMemory,
    orders: {},
    watched: [],
    positions: {},
    decided: {},
    atrs: {},
    counts: { predictions: 0, entered: 0, held: 0, denied: 0, closed: 0 },
  };
}
