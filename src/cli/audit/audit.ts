/** `novosky audit`: whether an account's broker is what sizing, stops and live trading take it for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { BrokerProtocolError, BrokerUnavailableError } from '../../brokers/broker.ts';
import type { AccountConfig, Config } from '../../config/config.ts';
import { environment } from '../../config/environment.ts';
import { loadConfig } from '../../config/load-config.ts';
import { UsageError } from '../../config/usage-error.ts';
import { freePorts, planTerminal } from '../../engine/run-plan.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { DeadlineError } from '../../runtime/deadline.ts';
import { startTerminalSimulator } from '../../terminal-simulator/terminal-simulator.ts';
import type { TerminalConnection } from '../../threads/thread-data.ts';
import { type CtlOutput, standardOutput } from '../ctl.ts';
import { accountOf, journalPath } from '../query/journal-query.ts';
import { leftTable } from '../table.ts';
import { auditAccount } from './audit-account.ts';
import { type AuditRecord, writeAudit } from './audit-record.ts';

type AuditOptions = {
  readonly account?: string;
  readonly json?: boolean;
  readonly config: string;
  readonly state: string;
};

export function auditCommand(output: CtlOutput = standardOutput): Command {
  return new Command('audit')
    .description('Checks the broker of an account: lots, values, stops, costs, margin, clock.')
    .exitOverride()
    .option('--account <id>', 'whose broker; default: the only account of the configuration')
    .option('--json', 'one JSON document')
    .option('--config <dir>', 'folder of the four configuration files', 'config')
    .option('--state <dir>', 'where the result is kept, beside the journal', 'state')
    .addHelpText(
      'after',
      `
Only reads: no order is sent. The result is kept in <journal>.audit.json, with what it depends on; an account with
"mode": "live" starts only while its last audit did not fail and still matches. A warning trades, a failure does not.
A built-in simulator is started for the audit, on books of its own.

Exit codes: 0 nothing failed, 1 a check failed or the terminal cannot be read, 2 bad usage or configuration.

  $ novosky audit --account exness_main
  $ novosky audit --account exness_main --json | jq '.rows[] | select(.verdict != "pass")'`,
    )
    .action((options: AuditOptions) => audit(options, output, systemClock));
}

async function audit(options: AuditOptions, output: CtlOutput, clock: Clock): Promise<void> {
  const config = loadConfig(options.config, environment);
  const account = accountOf(config, options.account);
  try {
    const record = await withTerminal(account, { config, clock }, (connection) =>
      auditAccount(account, { connection, magic: config.magic, clock }),
    );
    writeAudit(journalPath(account, options.state), record);
    if (options.json) output.write(JSON.stringify(record, undefined, 2));
    else for (const line of auditLines(record, account)) output.write(line);
    if (record.verdict === 'fail') output.fail(failureText(record));
  } catch (error) {
    if (!isTerminalTrouble(error)) throw error;
    output.fail(
      `${account.terminalKey} cannot be audited: ${error.message}; nothing was stored, the audit before stands`,
    );
  }
}

function isTerminalTrouble(error: unknown): error is Error {
  return (
    error instanceof BrokerUnavailableError ||
    error instanceof BrokerProtocolError ||
    error instanceof DeadlineError
  );
}

/** Runs a task against the account's terminal; one that is built in is up for as long as that takes. */
async function withTerminal<T>(
  { terminalKey }: AccountConfig,
  { config, clock }: { readonly config: Config; readonly clock: Clock },
  task: (connection: TerminalConnection) => Promise<T>,
): Promise<T> {
  const terminal = config.terminals[terminalKey];
  if (terminal === undefined) throw new UsageError(`terminals.json has no terminal ${terminalKey}`);
  const folder = mkdtempSync(join(tmpdir(), 'novosky-audit-'));
  try {
    const [port = 0] = terminal.kind === 'simulator' ? await freePorts(1) : [];
    const options = { config, stateFolder: folder, modelsFolder: folder };
    const { connection, simulator } = planTerminal(terminal, port, options);
    if (simulator === undefined || simulator.source.kind !== 'generator') {
      return await task(connection);
    }
    const { controlUrl: _, ...settings } = simulator;
    const running = await startTerminalSimulator({
      ...{ ...settings, source: simulator.source, clock },
      booksPath: join(folder, 'books.db'),
    });
    try {
      return await task(connection);
    } finally {
      await running.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function auditLines(record: AuditRecord, { id, terminalKey }: AccountConfig): readonly string[] {
  const { subject, rows, verdict, hash } = record;
  const cells = rows.map((row) => [
    row.verdict === 'pass' ? 'pass' : row.verdict.toUpperCase(),
    row.symbol ?? '-',
    row.check,
    row.observed,
    row.reference,
  ]);
  const hints = rows.flatMap(({ next, symbol, check }) =>
    next === undefined ? [] : [`  ${symbol === undefined ? '' : `${symbol} `}${check}: ${next}`],
  );
  return [
    `audit of ${id}: login ${subject.login} at ${subject.brokerId}, terminal ${terminalKey}`,
    '',
    ...leftTable([['', 'symbol', 'check', 'observed', 'reference'], ...cells]),
    ...(hints.length > 0 ? ['', 'what to do:', ...hints] : []),
    '',
    `${verdictTexts[verdict]} (${hash})`,
  ];
}

const verdictTexts = {
  pass: 'passed',
  warn: 'passed, with warnings',
  fail: 'FAILED: this account does not trade live',
} as const;

function failureText({ rows, account }: AuditRecord): string {
  const names = rows.flatMap(({ verdict, symbol, check }) =>
    verdict === 'fail' ? [symbol === undefined ? check : `${symbol} ${check}`] : [],
  );
  return `the audit of ${account} failed: ${names.join(', ')}`;
}
