/** What `trades`, `equity` and `decisions` have in common: whose journal, which part of it, in which form. */
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AccountFact } from '../../account/account-fact.ts';
import type { AccountConfig, Config } from '../../config/config.ts';
import { environment } from '../../config/environment.ts';
import { loadConfig } from '../../config/load-config.ts';
import { UsageError } from '../../config/usage-error.ts';
import type { EpochMs } from '../../domain/units.ts';
import {
  JournalCorruptError,
  JournalUnavailableError,
} from '../../journal/sqlite/journal-error.ts';
import { type JournalReader, openJournalReader } from '../../journal/sqlite/journal-reader.ts';
import { csvRecord } from '../../trade-log/csv.ts';
import type { CtlOutput } from '../ctl.ts';
import { parseLastMoment, parseMoment } from '../moment.ts';
import { table } from '../table.ts';

export type QueryOptions = {
  readonly account?: string;
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly limit?: number;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly config: string;
  readonly state: string;
};

/** A column: its name with the unit for CSV, its short name for people, and what a row has in it. */
export type Column<Row> = {
  readonly csv: string;
  readonly exact: (row: Row) => string | number | null;
  /** Absent: people are not shown it. */
  readonly title?: string;
  readonly shown?: (row: Row) => string;
};

/** How many rows people are shown where they say nothing. */
const rowsShown = 50;

export function queryOptions(command: Command, what: string): Command {
  return command
    .option('--account <id>', 'whose journal; default: the only account of the configuration')
    .option('--from <time>', `first ${what}, UTC: 2025-01-01 or 2025-01-01T06:30`, parseMoment)
    .option('--to <time>', `last ${what}, UTC; a plain date means its whole day`, parseLastMoment)
    .option(
      '--limit <n>',
      `the newest n of them; default: ${rowsShown} in a table, all as JSON or CSV`,
      parseLimit,
    )
    .addOption(
      new Option('--json', 'JSON Lines: one object per line, nothing else').conflicts('csv'),
    )
    .option('--csv', 'CSV after RFC 4180, with units in the header line')
    .option('--config <dir>', 'folder of the configuration files: it names the journal', 'config')
    .option('--state <dir>', 'where journals are kept', 'state');
}

/** The journal is only read: the help of every command that reads one ends with this. */
export const readOnlyNote = `The journal is read while the engine trades; nothing is written or migrated. Times are UTC.
Exit codes: 0 done, 1 the journal cannot be read or does not exist yet, 2 bad usage or configuration.`;

/** Opens the journal of the account asked for; what a person can mend is said in a sentence, with exit code 1. */
export function withJournal(
  options: Pick<QueryOptions, 'account' | 'from' | 'to' | 'config' | 'state'>,
  output: CtlOutput,
  read: (reader: JournalReader<AccountFact>, account: AccountConfig) => void,
): void {
  const { from, to } = options;
  if (from !== undefined && to !== undefined && from > to) {
    throw new UsageError('--from lies after --to: nothing is in between');
  }
  const account = accountOf(configOf(options.config), options.account);
  const path = journalPath(account, options.state);
  try {
    const reader = openJournalReader<AccountFact>(path);
    if (reader === undefined) {
      output.fail(
        `${account.id} has no journal yet: ${path} does not exist or is still empty. The engine begins it when it first starts the account; name another state folder with --state`,
      );
      return;
    }
    try {
      read(reader, account);
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!isJournalTrouble(error)) throw error;
    output.fail(error.message);
  }
}

/** No token is needed to read a journal, and no address. */
export function configOf(folder: string): Config {
  return loadConfig(folder, environment, { replay: true });
}

export function accountOf(config: Config, id: string | undefined): AccountConfig {
  const ids = Object.keys(config.accounts);
  const account = config.accounts[id ?? (ids.length === 1 ? (ids[0] ?? '') : '')];
  if (account !== undefined) return account;
  throw new UsageError(
    id === undefined
      ? `name the account with --account: there are ${ids.join(', ')}`
      : `accounts.json has no account ${id}; there are ${ids.join(', ')}`,
  );
}

export function journalPath({ stateFile }: AccountConfig, stateFolder: string): string {
  return join(resolve(stateFolder), stateFile);
}

export function isJournalTrouble(error: unknown): error is Error {
  return error instanceof JournalCorruptError || error instanceof JournalUnavailableError;
}

type Order = 'oldest-first' | 'newest-first';

/**
 * Writes rows, oldest first: all of them one by one, or the newest `limit`.
 *
 * @param rows told in which order they are wanted; read no further than needed
 */
export function writeRows<Row extends object>(
  rows: (order: Order) => Iterable<Row>,
  columns: readonly Column<Row>[],
  { json, csv, limit }: Pick<QueryOptions, 'json' | 'csv' | 'limit'>,
  output: CtlOutput,
): void {
  const isTable = !json && !csv;
  const { kept, hasOlder } = selected(rows, limit ?? (isTable ? rowsShown : undefined));
  if (isTable) {
    writeTable([...kept], columns, output);
    if (hasOlder) output.write('(older ones are not shown: --limit, --from, --csv)');
    return;
  }
  // RFC 4180 ends every line with CR LF; the output ends them with LF.
  if (csv) output.write(`${csvRecord(columns.map((column) => column.csv))}\r`);
  for (const row of kept) {
    if (csv) output.write(`${csvRecord(columns.map(({ exact }) => exact(row)))}\r`);
    else output.write(JSON.stringify(row));
  }
}

function selected<Row>(rows: (order: Order) => Iterable<Row>, limit: number | undefined) {
  if (limit === undefined) return { kept: rows('oldest-first'), hasOlder: false };
  const kept: Row[] = [];
  for (const row of rows('newest-first')) {
    if (kept.length === limit) return { kept: kept.toReversed(), hasOlder: true };
    kept.push(row);
  }
  return { kept: kept.toReversed(), hasOlder: false };
}

function writeTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  output: CtlOutput,
): void {
  if (rows.length === 0) {
    output.write('(none)');
    return;
  }
  const shown = columns.flatMap(({ title, shown: cell, exact }) =>
    title === undefined ? [] : [{ title, cell: cell ?? ((row: Row) => String(exact(row) ?? '-')) }],
  );
  const cells = rows.map((row) => shown.map(({ cell }) => cell(row)));
  for (const line of table([shown.map(({ title }) => title), ...cells])) output.write(line);
}

function parseLimit(text: string): number {
  if (/^\d+$/.test(text) && Number(text) >= 1) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}
