#!/usr/bin/env node
/** `novosky <command>`: finds the command, and turns its failure into a sentence and an exit code. */
import { Command, CommanderError } from 'commander';
import { accountsCommand } from './cli/accounts.ts';
import { auditCommand } from './cli/audit/audit.ts';
import { backtestCommand } from './cli/backtest.ts';
import { chaosCommand } from './cli/chaos.ts';
import { checkCommand } from './cli/check.ts';
import { ctlCommand } from './cli/ctl.ts';
import { doctorCommand } from './cli/doctor/doctor.ts';
import { featuresCommand } from './cli/features.ts';
import { parityCommand } from './cli/parity/parity.ts';
import { decisionsCommand } from './cli/query/decisions.ts';
import { equityCommand } from './cli/query/equity.ts';
import { tradesCommand } from './cli/query/trades.ts';
import { replayCommand } from './cli/replay/replay-decision.ts';
import { runCommand } from './cli/run.ts';
import { simulateCommand } from './cli/simulate.ts';
import { sweepCommand } from './cli/sweep.ts';
import { terminalCommand } from './cli/terminal.ts';
import { trainCommand } from './cli/train.ts';
import { walkForwardCommand } from './cli/walk-forward.ts';
import { ConfigError, formatMistakes } from './config/mistake.ts';
import { UsageError } from './config/usage-error.ts';
import { SqliteUnavailableError } from './sqlite/sqlite.ts';

const program = new Command('novosky')
  .description('Trades several accounts at once, each in its own supervised thread.')
  .addHelpText(
    'after',
    `
Exit codes: 0 done, 1 failed, 2 bad usage or configuration, 99 every account is halted and flat.

Begin here:
  $ novosky run                          two paper accounts on two built-in terminals (what npm start does)
  $ novosky run --help                   replays, your own configuration, reports
  $ novosky ctl status                   what the running engine is doing`,
  )
  .exitOverride();

for (const command of [
  runCommand(),
  terminalCommand(),
  backtestCommand(),
  sweepCommand(),
  walkForwardCommand(),
  checkCommand(),
  featuresCommand(),
  trainCommand(),
  ctlCommand(),
  accountsCommand(),
  auditCommand(),
  tradesCommand(),
  equityCommand(),
  decisionsCommand(),
  replayCommand(),
  parityCommand(),
  doctorCommand(),
  simulateCommand(),
  chaosCommand(),
]) {
  program.addCommand(command.exitOverride());
}

program.hook('preAction', (_, command) => {
  // Nobody is left to be told.
  process.stderr.on('error', () => undefined);
  // Trading goes on without a reader: a closed pipe, a full disk.
  process.stdout.on('error', command.name() === 'run' ? () => undefined : loseReader);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Says what went wrong and returns the exit code for it. */
function explain(error: unknown): number {
  // Commander has printed its own sentence, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ConfigError) {
    process.stderr.write(`${formatMistakes(error)}\n`);
    return 2;
  }
  if (error instanceof UsageError || error instanceof SqliteUnavailableError) {
    process.stderr.write(`novosky: ${error.message}\n`);
    return 2;
  }
  process.stderr.write(`novosky failed: ${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}

/** Who reads our lines may go away before the end, as `head` does: what is left is of no use to anybody then. */
function loseReader({ code, message }: NodeJS.ErrnoException): never {
  if (code === 'EPIPE') process.exit();
  process.stderr.write(`novosky: standard output: ${message}\n`);
  process.exit(1);
}
