import type { AccountFact } from '../account/account-fact.ts';
import type { FactQuery, JournalReader } from '../journal/sqlite/journal-reader.ts';
import type { BarRange } from './decision-log.ts';

/** What the broker said about the money, once. */
export type EquityRow = {
  readonly time: string;
  readonly balance: number;
  readonly equity: number;
  readonly margin: number;
  readonly currency: string;
  /** Open positions of the login, foreign ones included. */
  readonly openPositions: number;
};

/** The broker's word between `from` and `to` of market time, both included, as often as it was written down. */
export function* equityLog(
  reader: JournalReader<AccountFact>,
  { from, to }: BarRange,
  order: NonNullable<FactQuery<string>['order']>,
): Iterable<EquityRow> {
  for (const { fact } of reader.facts({ types: ['broker-read'], order })) {
    if (fact.at < (from ?? 0) || fact.at > (to ?? Number.MAX_SAFE_INTEGER)) continue;
    const { balance, equity, margin, currency } = fact.view;
    yield {
      time: new Date(fact.at).toISOString(),
      ...{ balance, equity, margin, currency },
      openPositions: fact.positions.length,
    };
  }
}
