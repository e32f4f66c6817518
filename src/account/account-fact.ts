import type { AccountView, TradingState } from '../domain/account.ts';
import type { CloseDetail, CloseType, Denial } from '../domain/account-event.ts';
import type { Trace } from '../domain/bar.ts';
import type { Deal } from '../domain/deal.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Fill, Order, Side } from '../domain/order.ts';
import type { BrokerPosition } from '../domain/position.ts';
import type { PositionAction, PositionPrediction } from '../domain/position-prediction.ts';
import type { Prediction } from '../domain/prediction.ts';
import type { Quote } from '../domain/quote.ts';
import type { EpochMs, Money, Price, Steps } from '../domain/units.ts';
import type { RiskChain } from '../risk/risk-chain.ts';
import type { SizeBound } from '../risk/sizing.ts';
import type { PositionState } from '../strategy/position-state.ts';
import type { RegimeMean } from '../strategy/regime-mean.ts';
import type { AbsenceProof, AccountCommand } from './input.ts';
import type { AccountPolicy } from './policy.ts';
import type { Reservation } from './reservation.ts';

/**
 * Everything that is known to have happened to an account, and what it decided about it: the content of its journal.
 * The state is the fold of these facts and nothing else. `at` is market time.
 */
export type AccountFact = { readonly at: EpochMs } & (
  | LifeFact
  | BrokerFact
  | DecisionFact
  | OrderFact
  | PositionFact
  | AssessmentFact
  | ControlFact
);

/** Incarnations, configuration, days. */
export type LifeFact =
  | {
      readonly type: 'incarnation-started';
      readonly epoch: number;
      readonly absenceProof: AbsenceProof;
    }
  | {
      readonly type: 'policy-changed';
      /** Hash of the policy before, absent for the first. */
      readonly from?: string;
      readonly policy: AccountPolicy;
      readonly changes: readonly PolicyChange[];
      /** What is wanted where a part of it waits until the account is flat. */
      readonly waiting?: AccountPolicy;
    }
  /** A new local day: the day's result and the losses in a row begin anew. */
  | { readonly type: 'day-began'; readonly day: number }
  /** A new local week is measured from this equity. */
  | { readonly type: 'week-began'; readonly week: number; readonly startEquity: Money };

export type PolicyChange = { readonly key: string; readonly from: unknown; readonly to: unknown };

/** What the broker said. */
export type BrokerFact =
  /** The first healthy answer ever: what lies before it is history and is never booked. */
  | {
      readonly type: 'account-seen';
      readonly currency: string;
      readonly currencyDigits: number;
      readonly startingBalance: Money;
      readonly history: readonly BookedDeal[];
    }
  | {
      readonly type: 'broker-read';
      readonly view: AccountView;
      readonly positions: readonly BrokerPosition[];
      readonly quotes: Readonly<Record<string, Quote>>;
    }
  | { readonly type: 'instrument-read'; readonly instrument: Instrument }
  | { readonly type: 'read-failed'; readonly reason: string }
  | { readonly type: 'deal-booked'; readonly deal: Deal };

export type BookedDeal = { readonly ticket: number; readonly at: EpochMs };

/** What was decided about a bar. */
export type DecisionFact = {
  readonly type: 'bar-decided';
  readonly trace: Trace;
  readonly symbol: string;
  readonly policyHash: string;
  /** Absent when the engine had none for the bar. */
  readonly prediction?: Prediction;
  readonly side?: Side;
  /** What was judged in place of the plain mean; absent where the models have no weights. */
  readonly weighted?: RegimeMean;
  readonly confidence: number;
  readonly gap: number;
  readonly votes: number;
} /** No signal: `denial` is the gate that was not passed. */ & (
  | { readonly verdict: 'held'; readonly denial: Denial; readonly reason?: string }
  /** A signal that we refused: the first reason, and the names of the others. */
  | {
      readonly verdict: 'denied';
      readonly denial: Denial;
      readonly others: readonly string[];
      /** The others with their numbers; absent in journals of earlier versions, and where there are none. */
      readonly otherDenials?: readonly Denial[];
      /** The order that a dry account would have sent. */
      readonly order?: Order;
      readonly sizing?: SizingFact;
    }
  | { readonly verdict: 'entered'; readonly orderId: string }
);

/** The life of an order, from the intent to the proof of what became of it. */
export type OrderFact =
  | { readonly type: 'order-intended'; readonly intent: OrderIntent }
  | { readonly type: 'order-accepted'; readonly orderId: string; readonly fill: Fill }
  | {
      readonly type: 'order-rejected';
      readonly orderId: string;
      readonly code: number;
      readonly reason: string;
    }
  /** Refused for its price alone: it may be sent again at a fresh one. */
  | {
      readonly type: 'order-requoted';
      readonly orderId: string;
      readonly code: number;
      readonly reason: string;
    }
  | { readonly type: 'order-not-sent'; readonly orderId: string; readonly reason: string }
  /** Nobody knows what became of it. `ioAt` is the I/O clock. */
  | {
      readonly type: 'order-unresolved';
      readonly orderId: string;
      readonly reason: string;
      readonly ioAt: EpochMs;
    }
  /** A healthy answer did not contain the order. */
  | { readonly type: 'order-unseen'; readonly orderId: string; readonly ioAt: EpochMs }
  /** Unseen for as long as the broker's proof of absence asks for. */
  | { readonly type: 'order-absent'; readonly orderId: string }
  /** It is not placed and will not be tried again: `denial`, where a limit says no to the next attempt. */
  | {
      readonly type: 'order-given-up';
      readonly orderId: string;
      readonly reason: string;
      readonly denial?: Denial;
    };

/** The complete order and all that it was decided from. */
export type OrderIntent = {
  readonly order: Order;
  /** 1 for the first; rises only after proof that the last one is absent. */
  readonly attempt: number;
  readonly trace: Trace;
  readonly quote: Quote;
  readonly atr: Price;
  /** Where the confidence stood, 0 at its threshold and 1 at certainty: for whoever manages the position. */
  readonly confidenceNorm?: number;
  /** What the stop costs, in the account's currency. */
  readonly riskMoney: Money;
  readonly policyHash: string;
  readonly modelHash: string;
  /** How the volume came about; absent in journals of earlier programs. */
  readonly sizing?: SizingFact;
};

/** Base risk -> risk model -> Kelly -> lots, and the bound that decided the volume. */
export type SizingFact = RiskChain & {
  /** What the risk asks for before any bound, rounded down to whole steps. */
  readonly lotsWanted: number;
  readonly bound: SizeBound;
};

/** The life of an owned position. */
export type PositionFact =
  | {
      readonly type: 'position-opened';
      readonly orderId: string;
      readonly tradeId: string;
      readonly position: OpenedPosition;
    }
  /** An owned position that no intent of this journal explains. */
  | {
      readonly type: 'position-adopted';
      readonly tradeId: string;
      readonly position: OpenedPosition;
    }
  /** More of it than we knew: the rest of its order was filled, or somebody added to it. `volume` is all of it. */
  | {
      readonly type: 'position-grown';
      readonly ticket: number;
      readonly volume: Steps;
      readonly entry: Price;
      readonly riskMoney: Money;
    }
  /** SL, TP of a position stand elsewhere than we knew: moved by us or by hand. Absent = none. */
  | {
      readonly type: 'stops-moved';
      readonly ticket: number;
      readonly stopLoss?: Price;
      readonly takeProfit?: Price;
    }
  /** The broker lists it no more, and no deal says why yet. */
  | { readonly type: 'position-vanished'; readonly ticket: number; readonly ioAt: EpochMs }
  | {
      readonly type: 'position-closed';
      readonly ticket: number;
      readonly tradeId: string;
      readonly closeType: CloseType;
      /** `BE`: the stop that was hit stood at breakeven. */
      readonly closeDetail?: CloseDetail;
      readonly closedAt: EpochMs;
      /** Mean price of the closing deals. */
      readonly exit: Price;
      /** Over all deals of the position, the opening one included. */
      readonly profit: Money;
      readonly rMultiple: number;
    }
  /** `leaves`: what is to stay of it; absent where all of it is to go. */
  | {
      readonly type: 'close-intended';
      readonly ticket: number;
      readonly reason: string;
      readonly leaves?: Steps;
    }
  | { readonly type: 'close-answered'; readonly ticket: number; readonly answer: CallAnswer }
  /** A healthy answer shows the position as it stood before a close of unknown outcome. `ioAt` is the I/O clock. */
  | { readonly type: 'close-unseen'; readonly ticket: number; readonly ioAt: EpochMs }
  /** The close of unknown outcome is proven not to have been executed. */
  | { readonly type: 'close-absent'; readonly ticket: number }
  /** A part that could not be closed stays open. */
  | { readonly type: 'close-given-up'; readonly ticket: number; readonly reason: string }
  /** `reason` is absent where the position had no stop. */
  | {
      readonly type: 'protect-intended';
      readonly ticket: number;
      readonly stopLoss: Price;
      readonly takeProfit?: Price;
      readonly reason?: string;
    }
  | { readonly type: 'protect-answered'; readonly ticket: number; readonly answer: CallAnswer };

/** What the position model said of an open position at a bar, from the market features and this state of it. */
type AssessmentFact = {
  readonly type: 'position-assessed';
  readonly ticket: number;
  readonly trace: Trace;
  readonly state: PositionState;
  readonly prediction: PositionPrediction;
  readonly action: PositionAction;
  /** Distance between the probabilities of exit and hold. */
  readonly gap: number;
  readonly votes: number;
};

export type OpenedPosition = {
  readonly ticket: number;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: Steps;
  readonly entry: Price;
  readonly openedAt: EpochMs;
  /** As ordered; for an adopted one, as found. */
  readonly stopLoss?: Price;
  readonly takeProfit?: Price;
  /** What the stop costs from the real entry, in the account's currency. 0 without a stop. */
  readonly riskMoney: Money;
};

/** What became of a call that changes a position: what it changed is read from the broker. */
export type CallAnswer = {
  readonly outcome: 'done' | 'failed' | 'unknown';
  readonly reason: string;
};

/** Commands, states, guards that latch, what the fleet granted. */
export type ControlFact =
  | { readonly type: 'command-given'; readonly command: AccountCommand; readonly by: string }
  | {
      readonly type: 'trading-state-changed';
      readonly from: TradingState;
      readonly to: TradingState;
      readonly reason: string;
    }
  /** Orders of ours that pend at the broker are to go, before and until the account is flat. */
  | { readonly type: 'cancel-intended' }
  | { readonly type: 'cancel-answered'; readonly answer: CallAnswer }
  /** Every owned position is closed, no order is under way, and none pends at the broker. */
  | { readonly type: 'flattened' }
  | { readonly type: 'guard-tripped'; readonly denial: Denial }
  | { readonly type: 'guard-cleared'; readonly limit: string }
  /** The fleet's ledger holds so much for a trade: its order may be written down. */
  | ({ readonly type: 'exposure-reserved' } & Reservation);
