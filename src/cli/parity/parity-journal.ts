/** What has to be read of a journal before one of its days can be played again. */
import type { AccountFact } from '../../account/account-fact.ts';
import { type AccountState, initialState } from '../../account/account-state.ts';
import { traceParts } from '../../account/trace-parts.ts';
import type { JournalStep } from '../../backtest/parity/journal-bars.ts';
import { UsageError } from '../../config/usage-error.ts';
import { timeframeMs } from '../../domain/bar.ts';
import type { AccountId, EpochMs } from '../../domain/units.ts';
import type { JournalReader } from '../../journal/sqlite/journal-reader.ts';
import { folded } from '../../trade-log/decision-replay.ts';

/** The bars that were decided on a day. */
export type DecidedDay = {
  readonly series: string;
  /** Open times, ascending. */
  readonly times: readonly number[];
  /** The first and the last bar that the account ever decided. */
  readonly ever: { readonly first: number; readonly last: number };
};

const daysListed = 10;

/** @throws UsageError for a day on which nothing was decided, or more than one series */
export function decidedDay(
  reader: JournalReader<AccountFact>,
  { account, day }: { readonly account: AccountId; readonly day: EpochMs },
): DecidedDay {
  const days = new Set<number>();
  const bySeries = new Map<string, number[]>();
  const ever = { first: Number.POSITIVE_INFINITY, last: 0 };
  for (const { fact } of reader.facts({ types: ['bar-decided'] })) {
    const { series, barTime } = traceParts(fact.trace);
    days.add(dayOf(barTime));
    ever.first = Math.min(ever.first, barTime);
    ever.last = Math.max(ever.last, barTime);
    if (dayOf(barTime) === day) bySeries.set(series, [...(bySeries.get(series) ?? []), barTime]);
  }
  const [first, ...others] = [...bySeries];
  if (first === undefined) {
    throw new UsageError(`${account} decided nothing on ${dateOf(day)}: ${daysText([...days])}`);
  }
  if (others.length > 0) {
    const names = [...bySeries.keys()].join(' and ');
    throw new UsageError(
      `${account} decided about ${names} on ${dateOf(day)}: the backtester plays accounts of one symbol`,
    );
  }
  const [series, times] = first;
  return { series, times, ever };
}

function daysText(days: readonly number[]): string {
  const dates = days.toSorted((a, b) => a - b).map(dateOf);
  if (dates.length === 0) return 'its journal holds no decision yet';
  if (dates.length <= daysListed) return `there are ${dates.join(', ')}`;
  return `there are ${dates.length} days from ${dates[0]} to ${dates.at(-1)}, the last ones ${dates.slice(-3).join(', ')}`;
}

/** Midnight of the UTC day. */
function dayOf(barTime: number): number {
  return barTime - (barTime % timeframeMs.D1);
}

export function dateOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Every fact with the state after it. @throws JournalFoldError */
export function* journalSteps(
  reader: JournalReader<AccountFact>,
  account: AccountId,
): Iterable<JournalStep> {
  let after: AccountState = initialState(account);
  for (const { fact, sequence } of reader.facts()) {
    after = folded(after, fact, sequence);
    yield { fact, after };
  }
}
