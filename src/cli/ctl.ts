/** `novosky ctl`: looks at a running engine and tells it what a person wants, over its console. */
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { UsageError } from '../config/usage-error.ts';
import { plainLine } from '../console/plain-line.ts';
import { unreachable } from '../domain/assert.ts';
import { fleetOrderText } from '../protocol/fleet-order-text.ts';
import {
  type CommandName,
  type CommandResult,
  type ConsoleEvent,
  type ServerMessage,
  wholeFleet,
} from '../protocol/message.ts';
import { systemClock } from '../runtime/clock.ts';
import { ConsoleClient, ConsoleClientError } from './console-client.ts';
import { fleetTable } from './fleet-table.ts';

type CtlOptions = {
  readonly url: string;
  readonly tokenFile: string;
  readonly token?: string;
  readonly json?: boolean;
  readonly all?: boolean;
  readonly fleet?: boolean;
};

/** Where the sentences go, one line each, and how the process is told that it failed. */
export type CtlOutput = {
  write(line: string): void;
  fail(line: string): void;
};

export function ctlCommand(output: CtlOutput = standardOutput): Command {
  const ctl = new Command('ctl')
    .description('Looks at a running engine and commands it, over its console.')
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 not reached or refused by the engine, 2 bad usage.

  $ novosky ctl status
  $ novosky ctl pause exness_main
  $ novosky ctl flatten --all
  $ novosky ctl kill --fleet
  $ novosky ctl restart market`,
    );
  const say = (name: string, description: string, run: (options: CtlOptions) => Promise<void>) =>
    connected(ctl.command(name).description(description)).action((options: CtlOptions) =>
      explained(run(options), output),
    );
  say('status', 'Prints the fleet as it is now.', (options) => status(options, output));
  say('watch', 'Prints the fleet, then everything that happens, until it is stopped.', (options) =>
    watch(options, output),
  );
  for (const [name, description] of Object.entries(commandTexts) as [CommandName, string][]) {
    const command = connected(ctl.command(name).description(description));
    if (name === 'restart') command.argument('<target...>', 'accounts or nodes of the tree');
    else {
      command
        .argument('[target...]', 'accounts')
        .option('--all', 'every account, one by one')
        .option(
          '--fleet',
          'the fleet as a whole: it holds for those that join later, and over restarts',
        );
    }
    command.action((targets: string[], options: CtlOptions) =>
      explained(order(name, targets, options, output), output),
    );
  }
  return ctl;
}

const commandTexts = {
  pause: 'Denies entries until resume; exits are managed on.',
  reduce:
    'The same, in the state of an account that a person has to look at: it shall only become smaller.',
  resume: 'Lets a paused account trade again.',
  flatten: 'Closes every position of ours at the market and pauses the account.',
  kill: 'Closes every position of ours at the market and halts the account.',
  halt: 'Denies entries until revive; when every account is halted and flat, the engine ends with 99.',
  revive: 'Lets a halted account trade again, and takes back one that is quarantined.',
  restart: 'Stops an account or any node of the supervision tree in order and starts it again.',
} as const satisfies Record<CommandName, string>;

export const standardOutput: CtlOutput = {
  write: (line) => process.stdout.write(`${line}\n`),
  fail: (line) => {
    process.stderr.write(`novosky: ${line}\n`);
    process.exitCode = 1;
  },
};

function connected(command: Command): Command {
  return command
    .option('--url <url>', 'where the console of the engine listens', 'ws://127.0.0.1:8765')
    .option('--token-file <file>', 'file with the token', 'state/console.token')
    .addOption(
      new Option('--token <token>', 'the token itself, better given by the environment').env(
        'NOVOSKY_CONSOLE_TOKEN',
      ),
    )
    .option('--json', 'one JSON document per line');
}

/** What a person can do something about is a sentence; anything else is a bug and goes up. */
async function explained(run: Promise<void>, output: CtlOutput): Promise<void> {
  try {
    await run;
  } catch (error) {
    if (!(error instanceof ConsoleClientError)) throw error;
    output.fail(error.message);
  }
}

async function status(options: CtlOptions, output: CtlOutput): Promise<void> {
  await conversing(options, async (client, token) => {
    const fleet = await client.login(token);
    if (options.json) output.write(JSON.stringify(fleet));
    else for (const line of fleetTable(fleet)) output.write(line);
  });
}

async function watch(options: CtlOptions, output: CtlOutput): Promise<void> {
  const tell = (message: ServerMessage) => {
    const lines = options.json ? [JSON.stringify(message)] : linesOf(message);
    for (const line of lines) output.write(line);
  };
  await conversing(options, async (client, token) => {
    await client.login(token, tell);
    await client.ended();
  });
}

async function order(
  command: CommandName,
  targets: readonly string[],
  options: CtlOptions,
  output: CtlOutput,
): Promise<void> {
  const ways = [targets.length > 0, options.all === true, options.fleet === true];
  if (ways.filter((isChosen) => isChosen).length !== 1) {
    throw new UsageError(`name the accounts to ${command}, or give --all or --fleet`);
  }
  await conversing(options, async (client, token) => {
    const { accounts } = await client.login(token);
    const all = options.fleet ? [wholeFleet] : accounts.map(({ id }) => id);
    for (const target of targets.length > 0 ? targets : all) {
      tellResult({ command, target, ...(await client.command(command, target)) }, options, output);
    }
  });
}

function tellResult(
  result: { readonly command: CommandName; readonly target: string } & CommandResult,
  { json }: CtlOptions,
  output: CtlOutput,
): void {
  const whom = result.target === wholeFleet ? 'the fleet' : result.target;
  const what = `${result.command} ${whom}`;
  if (json) output.write(JSON.stringify(result));
  else if (result.ok) output.write(`${what}: done`);
  if (!result.ok) output.fail(`${what}: ${result.error}`);
}

async function conversing(
  options: CtlOptions,
  talk: (client: ConsoleClient, token: string) => Promise<void>,
): Promise<void> {
  if (!URL.canParse(options.url) || !/^wss?:$/.test(new URL(options.url).protocol)) {
    throw new UsageError(`--url must be like ws://127.0.0.1:8765, was ${options.url}`);
  }
  const token = options.token ?? (await tokenIn(options.tokenFile));
  const client = new ConsoleClient(options.url, systemClock);
  try {
    await talk(client, token);
  } finally {
    client.close();
  }
}

async function tokenIn(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? `${file} does not exist` : message;
    throw new UsageError(
      `no token: ${why}. An engine writes console.token into its state folder when it starts: name it with --token-file, or set NOVOSKY_CONSOLE_TOKEN`,
      { cause },
    );
  }
}

function linesOf(message: ServerMessage): readonly string[] {
  switch (message.type) {
    case 'snapshot':
      return [...fleetTable(message.fleet), ''];
    case 'event':
      return eventLines(message.event);
    case 'error':
      return [message.message];
    case 'welcome':
    case 'command-result':
    case 'heartbeat':
      return [];
    default:
      return unreachable(message);
  }
}

/** Account changes repeat what the account's own events say, and market time is in each of them. */
function eventLines(event: ConsoleEvent): readonly string[] {
  switch (event.type) {
    case 'account-event':
      return [plainLine(event.event)];
    case 'actor-restarted':
      return [`restart ${event.restart.actor}: ${event.restart.reason}`];
    case 'config-changed':
      return event.changes.map(
        ({ key, account, from, to }) => `config  ${account ?? 'fleet'} ${key} ${from} -> ${to}`,
      );
    case 'fleet-ordered':
      return [`fleet   ${fleetOrderText(event.order)}`];
    case 'account-left':
      return [`stop    ${event.account} has left`];
    case 'account-changed':
    case 'tree-changed':
    case 'market-time':
      return [];
    default:
      return unreachable(event);
  }
}
