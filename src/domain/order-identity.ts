import { createHash } from 'node:crypto';
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
  return base32(`${account}\n${symbol}\n${barTime}\n${side}\n${leg}`).slice(0, 20);
}

/** The broker-side identity of one attempt to place a trade: at most 26 characters of `[a-z2-7]`. */
export function orderIdOf(tradeId: string, attempt: number): string {
  return base32(`${tradeId}\n${attempt}`).slice(0, 26);
}

function base32(text: string): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let encoded = '';
  let [bits, count] = [0, 0];
  for (const byte of createHash('sha256').update(text).digest()) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 5; count -= 5) {
      encoded += alphabet[(bits >>> (count - 5)) & 31];
    }
    bits &= (1 << count) - 1;
  }
  return encoded;
}
