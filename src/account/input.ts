import type { AccountView } from '../domain/account.ts';
import type { Trace } from '../domain/bar.ts';
import type { Deal } from '../domain/deal.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { TradeOutcome } from '../domain/order.ts';
import type { BrokerPosition } from '../domain/position.ts';
import type { Prediction } from '../domain/prediction.ts';
import type { Quote } from '../domain/quote.ts';
import type { EpochMs } from '../domain/units.ts';
import type { AccountPolicy } from './policy.ts';
import type { PositionAnswer } from './position-questions.ts';
import type { ReservationAnswer } from './reservation.ts';

/**
 * Everything that can happen to an account. `at` is market time; `ioAt` is the I/O clock and serves the proof of
 * absence alone, so that no decision depends on the machine's speed.
 */
export type AccountInput = {
  readonly at: EpochMs;
  readonly ioAt: EpochMs;
} /** A new incarnation of the account's actor, after the journal was folded. The broker is read next. */ & (
  | {
      readonly type: 'opened';
      readonly epoch: number;
      readonly policy: AccountPolicy;
      /** The Trading port's. */
      readonly absenceProof: AbsenceProof;
    }
  | { readonly type: 'configured'; readonly policy: AccountPolicy }
  /**
   * The broker's word, read in one go; `ioAt` is when the reading began. `deals` from `dealsFrom(state)` on (known
   * ones may be among them), or none where `dealsNeeded` says so.
   */
  | {
      readonly type: 'reconciled';
      readonly view: AccountView;
      readonly positions: readonly BrokerPosition[];
      readonly deals: readonly Deal[];
      readonly quotes: Readonly<Record<string, Quote>>;
      readonly instruments: Readonly<Record<string, Instrument>>;
    }
  | { readonly type: 'read-failed'; readonly reason: string }
  /** Always preceded by a `reconciled` or `read-failed` of the same bar. The same trace twice decides nothing new. */
  | {
      readonly type: 'predicted';
      readonly prediction: Prediction;
      /** The answer of the fleet's ledger, where the same prediction asked for it. */
      readonly reservation?: ReservationAnswer | undefined;
    }
  /** The engine could not produce a prediction for the bar (no model, no features): entries are held. */
  | {
      readonly type: 'unpredicted';
      readonly trace: Trace;
      readonly symbol: string;
      readonly reason: string;
    }
  /** The position model was asked about a position: `positionQuestions`. */
  | { readonly type: 'position-judged'; readonly answer: PositionAnswer }
  | { readonly type: 'order-answered'; readonly orderId: string; readonly outcome: TradeOutcome }
  | { readonly type: 'close-answered'; readonly ticket: number; readonly outcome: TradeOutcome }
  | { readonly type: 'cancel-answered'; readonly outcome: TradeOutcome }
  | { readonly type: 'protect-answered'; readonly ticket: number; readonly outcome: TradeOutcome }
  /** The fleet's ledger has lost its memory. */
  | { readonly type: 'fleet-asks' }
  | { readonly type: 'controlled'; readonly command: AccountCommand; readonly by: string }
);

/** How long absence must be seen before an order of unknown outcome counts as not placed, on the I/O clock. */
export type AbsenceProof = {
  /** Time since the call. */
  readonly sinceCallMs: number;
  /** How long healthy answers must have been consistently empty. */
  readonly emptyForMs: number;
};

/**
 * What a person may say. `reduce` denies entries and manages exits, as after a discovery that a person has to look at;
 * `flatten` closes every owned position and pauses; `kill` closes them and halts.
 */
export type AccountCommand = 'pause' | 'reduce' | 'resume' | 'flatten' | 'halt' | 'kill' | 'revive';
