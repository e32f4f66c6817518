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
  const digest = hash('sha256', text, 'hex');
  let encoded = '';
  for (let at = 0; encoded.length < length; at += 5) {
    const bits = Number.parseInt(digest.slice(at, at + 5), 16);
    for (let shift = 15; shift >= 0; shift -= 5) encoded += alphabet[(bits >> shift) & 31];
  }
  return encoded.slice(0, length);
}
