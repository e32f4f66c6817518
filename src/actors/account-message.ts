/** What an account's actor is told, by whom it may be. */
import type { AccountCommand, AccountInput } from '../account/input.ts';
import type { AccountPolicy } from '../account/policy.ts';
import type { PositionAnswer } from '../account/position-questions.ts';
import type { ReservationAnswer } from '../account/reservation.ts';
import type { Trace } from '../domain/bar.ts';
import type { Prediction } from '../domain/prediction.ts';
import type { EpochMs } from '../domain/units.ts';

export type AccountMessage =
  /** A bar has closed: read the broker, then wait for its prediction. */
  | {
      readonly type: 'bar-closed';
      readonly trace: Trace;
      readonly symbol: string;
      readonly closedAt: EpochMs;
      /** When the response with the bar had been read, on `Clock.elapsed`. */
      readonly readAt: number;
    }
  /** A bar is being asked for, and is said to have closed: read the broker meanwhile. */
  | { readonly type: 'bar-due'; readonly trace: Trace; readonly closedAt: EpochMs }
  | { readonly type: 'prediction-ready'; readonly prediction: Prediction }
  | {
      readonly type: 'prediction-missing';
      readonly trace: Trace;
      readonly symbol: string;
      readonly reason: string;
    }
  | {
      readonly type: 'command';
      readonly command: AccountCommand;
      readonly by: string;
      /** Said back when the command is on disk: until then it is told again after every restart. */
      readonly number: number;
    }
  /** What the position model says to a question of this account; an old one is of no use and does no harm. */
  | { readonly type: 'position-judged'; readonly answer: PositionAnswer }
  | { readonly type: 'policy-changed'; readonly policy: AccountPolicy }
  /** The fleet's ledger answered a wish. */
  | { readonly type: 'reservation-answered'; readonly answer: ReservationAnswer }
  /** It has started again, and knows of nothing. */
  | { readonly type: 'fleet-started' }
  /** Live: its answer comes too late. */
  | { readonly type: 'reservation-overdue'; readonly incarnation: number; readonly id: string }
  /** The broker answered an incarnation of this actor; answers to earlier incarnations are void. */
  | {
      readonly type: 'broker-answered';
      readonly incarnation: number;
      readonly answer: BrokerAnswer;
    }
  /** Live: time to look at the broker. */
  | { readonly type: 'poll'; readonly incarnation: number }
  /** Live: whatever a bar still lacks comes too late. */
  | { readonly type: 'bar-overdue'; readonly incarnation: number; readonly trace: Trace };

/** Distributes over the union, which the built-in Omit does not. */
export type WithoutTimes<Input> = Input extends unknown ? Omit<Input, 'at' | 'ioAt'> : never;

export type BrokerAnswer = {
  /** Market time of the answer, where it tells one. */
  readonly at?: EpochMs;
  /** I/O clock: when the reading began, or when the answer to a trade call came. */
  readonly ioAt: EpochMs;
  /** Number of the read round that it ends. */
  readonly round?: number;
  readonly input: Extract<
    WithoutTimes<AccountInput>,
    {
      type:
        | 'reconciled'
        | 'read-failed'
        | 'order-answered'
        | 'close-answered'
        | 'cancel-answered'
        | 'protect-answered';
    }
  >;
};

/** Commands overtake data; the broker's answers come before new bars. */
export function laneOfAccountMessage(message: AccountMessage): 'control' | 'data' {
  switch (message.type) {
    case 'command':
    case 'policy-changed':
    case 'broker-answered':
    case 'reservation-answered':
    case 'fleet-started':
      return 'control';
    default:
      return 'data';
  }
}
