import { hash } from 'node:crypto';
import type { Side } from './order.ts';
import type { AccountId, EpochMs } from './units.ts';

type TradeKey = {
  readonly account: AccountId;
  readonly symbol: string;
  /** Open time of the bar that the decision was made on. */
  readonly barTime: EpochMs;
  readonly side: Side;
  /** Tells several orders of one bar apart: `entry`, `close`. */
  readonly leg: string;
};

/**
 * The identity of a trade: 20 characters of base32 over a hash of its key. Computed, never drawn: a restart that
 * decides the same bar again asks for the same trade.
 */
export function tradeIdOf({ account, symbol, barTime, side, leg }: TradeKey): string {
  return base32(`${account}\n${symbol}\n${barTime}\n${side}\n${leg}`, 20);
}

/** The broker-side identity of one attempt to place a trade: at most 26 characters of `[a-z2-7]`. */
export function orderIdOf(tradeId: string, attempt: number): string {
  return base32(`${tradeId}\n${attempt}`, 26);
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** So many characters of five bits each, from the first on, of the SHA-256 of a text. */
function base32(text: string, length: number): string {
  const digest = hash('sha256', text, 'buffer');
  let encoded = '';
  for (let bit = 0; bit < 5 * length; bit += 5) {
    encoded += alphabet[(digest.readUInt16BE(bit >> 3) >> (11 - (bit & 7))) & 31];
  }
  return encoded;
}
