import type { AccountFact } from '../account/account-fact.ts';
import { type TradeRow, TradeTable } from '../account/trade-table.ts';
import { timeframeMs } from '../domain/bar.ts';
import type { JournalReader } from '../journal/sqlite/journal-reader.ts';
import type { BarRange } from './decision-log.ts';

/** A trade as the report shows it, and what only the log says. */
export type TradeLogRow = TradeRow & {
  readonly currency: string;
  /** How many bars it has been open, or was: 0 when it ended on the bar on which it began; null while it is open. */
  readonly barsHeld: number | null;
};

/** Everything that a trade is made of. */
const types = [
  'account-seen',
  'policy-changed',
  'instrument-read',
  'position-opened',
  'position-adopted',
  'position-grown',
  'broker-read',
  'bar-decided',
  'deal-booked',
  'position-closed',
] as const;

/** Trades that were opened between `from` and `to`, both included, oldest first. */
export function tradeLog(
  reader: JournalReader<AccountFact>,
  { from, to }: BarRange,
): readonly TradeLogRow[] {
  const trades = new TradeTable();
  let currency = '';
  let barMs: number = timeframeMs.M15;
  for (const { fact } of reader.facts({ types })) {
    trades.add(fact);
    if (fact.type === 'account-seen') currency = fact.currency;
    if (fact.type === 'policy-changed') barMs = fact.policy.barMs;
  }
  return trades
    .rows()
    .filter(({ openTime }) => {
      const opened = Date.parse(openTime);
      return opened >= (from ?? 0) && opened <= (to ?? Number.MAX_SAFE_INTEGER);
    })
    .map((row) => ({ ...row, currency, barsHeld: barsHeld(row, barMs) }));
}

function barsHeld({ openTime, closeTime }: TradeRow, barMs: number): number | null {
  if (closeTime === null) return null;
  return Math.floor(Date.parse(closeTime) / barMs) - Math.floor(Date.parse(openTime) / barMs);
}
