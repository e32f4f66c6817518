import type { AccountId } from '../domain/units.ts';

/** What a person said is on disk, and so in force over every restart. Numbers grow; an earlier one is taken too. */
export type ReceiptMessage = {
  readonly type: 'command-taken';
  readonly account: AccountId;
  readonly number: number;
};
