import type { ComparedBar, Explained } from '../../backtest/parity/parity-day.ts';
import { type Kind, kinds } from '../../backtest/parity/statements.ts';
import type { EpochMs } from '../../domain/units.ts';
import { dateOf } from './parity-journal.ts';

export type ParityReport = {
  readonly account: string;
  /** UTC. */
  readonly day: string;
  readonly series: string;
  readonly bars: number;
  /** Statements that both sides made alike, of all that either made. */
  readonly equal: Readonly<Partial<Record<Kind, { readonly equal: number; readonly of: number }>>>;
  readonly differences: readonly (Explained & { readonly bar: string })[];
  readonly unexplained: number;
};

export async function parityReport(
  bars: AsyncIterable<ComparedBar>,
  about: { readonly account: string; readonly day: EpochMs; readonly series: string },
): Promise<ParityReport> {
  const counts = new Map<Kind, { equal: number; of: number }>();
  const differences: ParityReport['differences'][number][] = [];
  let count = 0;
  for await (const { barTime, statements, differences: found } of bars) {
    count += 1;
    for (const { kind, differences: ofStatement } of statements) {
      const { equal, of } = counts.get(kind) ?? { equal: 0, of: 0 };
      counts.set(kind, { equal: equal + (ofStatement.length === 0 ? 1 : 0), of: of + 1 });
    }
    const bar = new Date(barTime).toISOString();
    differences.push(...found.map((difference) => ({ bar, ...difference })));
  }
  return {
    ...{ account: about.account, day: dateOf(about.day), series: about.series, bars: count },
    equal: Object.fromEntries(
      kinds.flatMap((kind) => (counts.has(kind) ? [[kind, counts.get(kind)]] : [])),
    ),
    differences,
    unexplained: differences.filter(({ cause }) => cause === undefined).length,
  };
}
