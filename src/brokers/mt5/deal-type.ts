/**
 * `trade`: bought or sold. `transfer`: paid in or out. `lent`: the broker's credit, which is in no balance. `charge`: a
 * result without a trade.
 */
export type DealMeaning = 'trade' | 'transfer' | 'lent' | 'charge';

/**
 * By `type` (contract §4.8; ENUM_DEAL_TYPE of the MQL5 reference, and the trade server's own for 18 to 20): 0 buy,
 * 1 sell, 2 balance, 3 credit, 6 bonus (booked into the credit), 20 credit that makes up for a stop out. All others are
 * charges: 4 charge, 5 correction, 7 to 11 commissions, 12 interest, 13 and 14 trades that were cancelled (their profit
 * is set to 0 and returned by a deal of type 2), 15 and 16 dividends, 17 tax, 18 agent, 19 what makes up for a stop out.
 * What nobody knows yet is a charge, too: a cost of it must not escape the guards.
 */
const meanings: Readonly<Record<number, DealMeaning>> = {
  0: 'trade',
  1: 'trade',
  2: 'transfer',
  3: 'lent',
  6: 'lent',
  20: 'lent',
};

export function dealMeaning(type: number): DealMeaning {
  return meanings[type] ?? 'charge';
}
