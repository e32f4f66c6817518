import type { AccountFact } from '../../account/account-fact.ts';
import { traceParts } from '../../account/trace-parts.ts';
import type { Trace } from '../../domain/bar.ts';
import type { JournalReader } from '../../journal/sqlite/journal-reader.ts';
import type { BarRange } from '../../trade-log/decision-log.ts';
import type { DecidedFact } from '../../trade-log/decision-replay.ts';

/** The trace of the decision that is named by its trace, by an order of it, or by its trade; undefined where there is none. */
export function findDecision(reader: JournalReader<AccountFact>, id: string): Trace | undefined {
  const types = ['bar-decided', 'order-intended'] as const;
  for (const { fact } of reader.facts({ types, order: 'newest-first' })) {
    if (fact.type === 'bar-decided') {
      if (fact.trace === id) return fact.trace;
      continue;
    }
    const { order, trace } = fact.intent;
    if (order.id === id || order.tradeId === id) return trace;
  }
  return undefined;
}

/** Which decisions are meant: that of one bar, or those of a range of bars. */
export function wantsBar(
  wanted: BarRange | { readonly trace: Trace },
): (decided: DecidedFact) => boolean {
  if ('trace' in wanted) return ({ trace }) => trace === wanted.trace;
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = wanted;
  return ({ trace }) => {
    const { barTime } = traceParts(trace);
    return barTime >= from && barTime <= to;
  };
}
