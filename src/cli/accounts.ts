/** `novosky accounts`: where each account stands, and the way back for one that is quarantined. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { AccountFact } from '../account/account-fact.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import { environment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import { UsageError } from '../config/usage-error.ts';
import type { TradingState } from '../domain/account.ts';
import { quarantineFiles } from '../engine/quarantine.ts';
import { newestFact } from '../journal/sqlite/newest-fact.ts';
import { AccountOwnedError, type Lease } from '../ownership/ownership.ts';
import { singleHostOwnership } from '../ownership/single-host.ts';
import { systemClock } from '../runtime/clock.ts';
import { ConsoleClient, ConsoleClientError } from './console-client.ts';
import { consoleTokenPath } from './console-token.ts';
import { type CtlOutput, standardOutput } from './ctl.ts';
import { table } from './table.ts';

type Place = { readonly config: string; readonly state: string };
type ListOptions = Place & { readonly json?: boolean };
type ReviveOptions = Place & { readonly url?: string; readonly token?: string };

/** One account, whether an engine runs or not. */
type AccountRow = {
  readonly account: string;
  readonly terminal: string;
  readonly mode: AccountConfig['mode'];
  readonly isolation: string;
  readonly enabled: boolean;
  /** Of the journal; null before the account was ever started. */
  readonly state: TradingState | null;
  readonly stateReason: string | null;
  readonly quarantine: { readonly at: string; readonly reason: string } | null;
};

export function accountsCommand(output: CtlOutput = standardOutput): Command {
  const accounts = new Command('accounts')
    .description('Shows the accounts of the configuration, and takes back one that is quarantined.')
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 refused, 2 bad usage.

  $ novosky accounts
  $ novosky accounts --json
  $ novosky accounts revive exness_main
      asks the running engine; where none runs, the next start finds the account taken back`,
    );
  placed(accounts)
    .option('--json', 'one JSON document')
    .action((options: ListOptions) => list(options, output));
  placed(accounts.command('revive'))
    .description('Takes an account out of quarantine.')
    .argument('<account>', 'its id')
    .option('--url <url>', 'where the console of the engine listens; default: as configured')
    .addOption(
      new Option('--token <token>', 'of the console; default: the one in the state folder').env(
        'NOVOSKY_CONSOLE_TOKEN',
      ),
    )
    .action((id: string, _options: ReviveOptions, command: Command) =>
      revive(id, command.optsWithGlobals<ReviveOptions>(), output),
    );
  return accounts;
}

function placed(command: Command): Command {
  return command
    .option('--config <dir>', 'folder of the four configuration files', 'config')
    .option('--state <dir>', 'where journals are kept', 'state');
}

function list({ config: folder, state, json }: ListOptions, output: CtlOutput): void {
  const config = loadConfig(folder, environment);
  const rows = Object.values(config.accounts).map((account) => rowOf(account, resolve(state)));
  if (json) output.write(JSON.stringify(rows, undefined, 2));
  else for (const line of table([columns, ...rows.map(cells)])) output.write(line);
}

function rowOf(account: AccountConfig, stateFolder: string): AccountRow {
  const { id, terminalKey, mode, isolation, isEnabled, stateFile } = account;
  const path = join(stateFolder, stateFile);
  const changed = newestFact<AccountFact, 'trading-state-changed'>(path, 'trading-state-changed');
  const hasStarted =
    changed ?? newestFact<AccountFact, 'incarnation-started'>(path, 'incarnation-started');
  const quarantine = quarantineFiles.read(path);
  return {
    account: id,
    terminal: terminalKey,
    mode,
    isolation,
    enabled: isEnabled,
    state: changed?.to ?? (hasStarted ? 'active' : null),
    stateReason: changed?.reason ?? null,
    quarantine: quarantine
      ? { at: new Date(quarantine.at).toISOString(), reason: quarantine.reason }
      : null,
  };
}

const columns = ['account', 'terminal', 'mode', 'isolation', 'state', 'quarantined'];

function cells(row: AccountRow): string[] {
  const { account, terminal, mode, isolation, enabled, state, stateReason, quarantine } = row;
  const why = state === null || state === 'active' || !stateReason ? '' : ` (${stateReason})`;
  return [
    account,
    terminal,
    mode,
    isolation,
    enabled ? `${state ?? 'never started'}${why}` : 'disabled',
    quarantine ? `since ${quarantine.at}: ${quarantine.reason}` : '-',
  ];
}

async function revive(id: string, options: ReviveOptions, output: CtlOutput): Promise<void> {
  const config = loadConfig(options.config, environment);
  const account = config.accounts[id];
  if (account === undefined) {
    const known = Object.keys(config.accounts).join(', ');
    throw new UsageError(`accounts.json has no account ${id}; there are ${known}`);
  }
  const stateFolder = resolve(options.state);
  const lease = leaseOf(stateFolder);
  if (lease === undefined) return reviveInEngine(account, { config, stateFolder, options, output });
  try {
    reviveOnDisk(account, join(stateFolder, account.stateFile), output);
  } finally {
    lease.release();
  }
}

/** The state folder, for as long as it takes; undefined while an engine runs on it. */
function leaseOf(stateFolder: string): Lease | undefined {
  try {
    return singleHostOwnership(stateFolder).acquire('engine');
  } catch (error) {
    if (error instanceof AccountOwnedError) return undefined;
    throw new UsageError(
      `the state folder ${stateFolder} cannot be used: name the one of the engine with --state`,
      { cause: error },
    );
  }
}

function reviveOnDisk({ id }: AccountConfig, journalPath: string, output: CtlOutput): void {
  const quarantine = quarantineFiles.read(journalPath);
  const state = newestFact<AccountFact, 'trading-state-changed'>(
    journalPath,
    'trading-state-changed',
  )?.to;
  if (quarantine) {
    quarantineFiles.remove(journalPath);
    output.write(
      `${id} is taken back (${quarantine.reason}): no engine runs, the next start finds it`,
    );
  } else if (state === 'halted') {
    output.fail(`${id} is halted: start the engine, then: novosky ctl revive ${id}`);
  } else {
    output.write(`${id} is not quarantined: nothing to do`);
  }
}

type Asked = {
  readonly config: Config;
  readonly stateFolder: string;
  readonly options: ReviveOptions;
  readonly output: CtlOutput;
};

async function reviveInEngine(
  { id }: AccountConfig,
  { config, stateFolder, options, output }: Asked,
): Promise<void> {
  const { host, port, token } = config.console;
  const client = new ConsoleClient(options.url ?? `ws://${host}:${port}`, systemClock);
  try {
    await client.login(options.token ?? token ?? tokenIn(stateFolder));
    const result = await client.command('revive', id);
    if (result.ok) output.write(`revive ${id}: done`);
    else output.fail(`revive ${id}: ${result.error}`);
  } catch (error) {
    if (!(error instanceof ConsoleClientError)) throw error;
    output.fail(
      `an engine runs on ${stateFolder}, and only it can take ${id} back. ${error.message}`,
    );
  } finally {
    client.close();
  }
}

function tokenIn(stateFolder: string): string {
  const path = consoleTokenPath(stateFolder);
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new UsageError(`no token: ${path} cannot be read; give it with --token`, { cause });
  }
}
