/** `novosky equity`: the money of an account over time, from its journal. */
import { Command } from 'commander';
import { epochMs } from '../../domain/units.ts';
import { amountText, momentText, resultText } from '../../protocol/amount-text.ts';
import { EquityCurve } from '../../trade-log/equity-curve.ts';
import { type EquityRow, equityLog } from '../../trade-log/equity-log.ts';
import { type CtlOutput, standardOutput } from '../ctl.ts';
import { table } from '../table.ts';
import {
  type Column,
  type QueryOptions,
  queryOptions,
  readOnlyNote,
  withJournal,
  writeRows,
} from './journal-query.ts';

export function equityCommand(output: CtlOutput = standardOutput): Command {
  const command = new Command('equity')
    .description("Prints an account's balance and equity over time, straight from its journal.")
    .exitOverride()
    .addHelpText(
      'after',
      `
Balance is settled money, equity includes open positions; both are the broker's word, written down at every bar and
whenever something changed. The table sums readings up: per hour, day or longer, whatever fits; JSON and CSV have every
reading. Amounts are in the account's own currency. Deposits and withdrawals show as jumps.

${readOnlyNote}

  $ novosky equity --account exness_main
  $ novosky equity --account exness_main --from 2025-01-01 --csv > equity.csv`,
    );
  return queryOptions(command, 'reading').action((options: QueryOptions) =>
    withJournal(options, output, (reader) => {
      const rows = (order: 'oldest-first' | 'newest-first') => equityLog(reader, options, order);
      if (options.json || options.csv) writeRows(rows, columns, options, output);
      else draw(rows, options.limit, output);
    }),
  );
}

const columns: readonly Column<EquityRow>[] = [
  { csv: 'time_utc', exact: ({ time }) => time },
  { csv: 'balance_account_currency', exact: ({ balance }) => balance },
  { csv: 'equity_account_currency', exact: ({ equity }) => equity },
  { csv: 'margin_account_currency', exact: ({ margin }) => margin },
  { csv: 'currency', exact: ({ currency }) => currency },
  { csv: 'open_positions', exact: ({ openPositions }) => openPositions },
];

function draw(
  rows: (order: 'oldest-first' | 'newest-first') => Iterable<EquityRow>,
  limit: number | undefined,
  output: CtlOutput,
): void {
  const curve = new EquityCurve();
  if (limit === undefined) for (const row of rows('oldest-first')) curve.add(row);
  else for (const row of newest(rows('newest-first'), limit)) curve.add(row);
  const { summary } = curve;
  if (summary === undefined) {
    output.write('(no reading)');
    return;
  }
  const { first, last, currency, drawdownMax } = summary;
  output.write(
    `equity ${amountText(last.equity)} ${currency} (${resultText(last.equity - first.equity)} since ${momentText(first.at)} UTC), largest fall from a peak ${(100 * drawdownMax).toFixed(2)} %`,
  );
  output.write('');
  for (const line of curve.chart({ width: 72, height: 8 })) output.write(line);
  output.write('');
  const periods = curve.periods(31);
  const cells = periods.map(({ from, balance, equity, low, high, result }) => [
    momentText(epochMs(from)),
    ...[balance, equity, low, high].map(amountText),
    resultText(result),
  ]);
  const head = ['from', 'balance', 'equity', 'lowest', 'highest', 'result'];
  for (const line of table([head, ...cells])) output.write(line);
}

function newest(rows: Iterable<EquityRow>, limit: number): readonly EquityRow[] {
  const kept: EquityRow[] = [];
  for (const row of rows) {
    if (kept.length === limit) break;
    kept.push(row);
  }
  return kept.toReversed();
}
