import type { Refusal } from '../../domain/order.ts';

/**
 * What an answer of the trade server means for a market order, a close or a change of SL and TP (contract §5.6).
 * `gone`: the position is closed already. `unchanged`: it stands so already. `rejected`: nothing happened.
 */
export type RetcodeMeaning = 'done' | 'partial' | 'unknown' | 'rejected' | 'gone' | 'unchanged';

export const retcodes = { done: 10009, positionClosed: 10036 } as const;

const table: Readonly<Record<number, readonly [RetcodeMeaning, string]>> = {
  10004: ['rejected', 'requote'],
  10006: ['rejected', 'request rejected'],
  10007: ['rejected', 'request cancelled'],
  // A market order that was accepted and not filled yet: it may fill at any time.
  10008: ['unknown', 'order placed, not filled yet'],
  10009: ['done', 'done'],
  10010: ['partial', 'done in part'],
  10011: ['rejected', 'error while the request was processed'],
  10012: ['unknown', 'timed out at the broker'],
  10013: ['rejected', 'invalid request'],
  10014: ['rejected', 'invalid volume'],
  10015: ['rejected', 'invalid price'],
  10016: ['rejected', 'invalid stops'],
  10017: ['rejected', 'trading is disabled'],
  10018: ['rejected', 'market closed'],
  10019: ['rejected', 'not enough money'],
  10020: ['rejected', 'price changed'],
  10021: ['rejected', 'no quotes'],
  10022: ['rejected', 'invalid expiration'],
  10023: ['rejected', 'order changed meanwhile'],
  10024: ['rejected', 'too many requests'],
  10025: ['unchanged', 'no changes'],
  10026: ['rejected', 'automated trading is off at the server'],
  10027: ['rejected', 'automated trading is off in the terminal'],
  10028: ['unknown', 'request locked for processing'],
  10029: ['rejected', 'too near to the price to be changed'],
  10030: ['rejected', 'filling not allowed for this symbol'],
  10031: ['unknown', 'no connection with the trade server'],
  10032: ['rejected', 'allowed for real accounts only'],
  10033: ['rejected', 'limit of pending orders reached'],
  10034: ['rejected', 'limit of volume reached'],
  10035: ['rejected', 'invalid order type'],
  10036: ['gone', 'position is closed already'],
  10038: ['rejected', 'more than the volume of the position'],
  10039: ['rejected', 'the position is being closed already'],
  10040: ['rejected', 'limit of positions reached'],
  10042: ['rejected', 'only long positions are allowed'],
  10043: ['rejected', 'only short positions are allowed'],
  10044: ['rejected', 'only closing is allowed'],
  10045: ['rejected', 'the oldest position has to be closed first'],
  10046: ['rejected', 'opposite positions are not allowed'],
};

/**
 * The contract pauses at 10018, too. Here a closed market is told and final for its bar: it opens again by itself, and a
 * pause would outlast it on all symbols until a person comes, while the guards deny what has no fresh quote.
 */
const refusals: Readonly<Record<number, Refusal>> = {
  10004: 'price',
  10020: 'price',
  10021: 'price',
  10013: 'request',
  10014: 'request',
  10015: 'request',
  10016: 'request',
  10022: 'request',
  10030: 'request',
  10035: 'request',
  10038: 'request',
  10017: 'trading-off',
  10018: 'market-closed',
  10026: 'trading-off',
  10027: 'trading-off',
  10032: 'trading-off',
  10042: 'trading-off',
  10043: 'trading-off',
  10044: 'trading-off',
};

/** What has to be done about a refusal; undefined where it is final and asks for nothing. */
export function refusalOf(retcode: number): Refusal | undefined {
  return refusals[retcode];
}

/** A code that the table lacks may mean anything, so it means `unknown`. */
export function meaningOf(retcode: number): RetcodeMeaning {
  return table[retcode]?.[0] ?? 'unknown';
}

/** `10019 not enough money: <what the broker wrote>` */
export function describeRetcode(retcode: number, comment: string): string {
  const words = table[retcode]?.[1] ?? 'code unknown here';
  return comment === '' ? `${retcode} ${words}` : `${retcode} ${words}: ${comment}`;
}
