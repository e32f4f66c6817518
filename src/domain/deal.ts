import type { Side } from './order.ts';
import type { EpochMs, Money, Price, Steps } from './units.ts';

export type DealReason = 'client' | 'expert' | 'stop-loss' | 'take-profit' | 'stop-out' | 'other';

/** One booked execution or balance operation, in our units and the account's currency. */
export type Deal =
  | {
      readonly kind: 'trade';
      readonly ticket: number;
      readonly positionTicket: number;
      readonly at: EpochMs;
      readonly entry: 'in' | 'out';
      readonly symbol: string;
      readonly side: Side;
      readonly volume: Steps;
      readonly price: Price;
      readonly profit: Money;
      readonly swap: Money;
      /** Commission and fee, negative when paid. */
      readonly commission: Money;
      readonly reason: DealReason;
      readonly comment: string;
      readonly isOwned: boolean;
    }
  /** A deposit or a withdrawal: nobody's result. */
  | {
      readonly kind: 'balance';
      readonly ticket: number;
      readonly at: EpochMs;
      readonly amount: Money;
      readonly comment: string;
    }
  /** A result without a trade: a charge, a commission, interest, a dividend, a tax, a correction; negative when paid. */
  | {
      readonly kind: 'charge';
      readonly ticket: number;
      readonly at: EpochMs;
      readonly amount: Money;
      readonly comment: string;
    };
