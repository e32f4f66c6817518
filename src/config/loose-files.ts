import type { AccountFile } from './accounts-schema.ts';
import type { ConfigFiles } from './config.ts';
import type { MlFile } from './ml-schema.ts';
import type { SimulatorFile } from './terminals-schema.ts';
import type { TradingFile } from './trading-schema.ts';

/**
 * The files as far as they could be read: a value that its schema refused is absent. The checks that look at several
 * values at once work on this, so that a person sees all mistakes in one go.
 */
export type LooseFiles = {
  readonly accounts: ReadonlyMap<string, LooseAccount>;
  /** Undefined when the file could not be read: then nobody can say which terminals exist. */
  readonly terminals?: ReadonlyMap<string, LooseTerminal>;
  readonly trading?: TradingFile;
  readonly signalSources?: TradingFile['signal_sources'];
  readonly roundSteps?: MlFile['features']['round_step'];
};

export type LooseAccount = { readonly [Key in keyof AccountFile]?: AccountFile[Key] | undefined };
export type LooseTerminal = {
  readonly kind?: 'mt5' | 'simulator' | undefined;
  readonly url?: string | undefined;
  readonly token_env?: string | undefined;
  readonly control_token_env?: string | undefined;
  readonly symbols?: Readonly<Record<string, string>> | undefined;
  readonly simulator?: SimulatorFile | undefined;
};

export function looseFilesOf(files: ConfigFiles): LooseFiles {
  return {
    accounts: new Map(Object.entries(files['accounts.json'].accounts)),
    terminals: new Map(Object.entries(files['terminals.json'])),
    trading: files['config.json'],
    signalSources: files['config.json'].signal_sources,
    roundSteps: files['ml_config.json'].features.round_step,
  };
}

/** Only `enabled: false` takes an account out: one whose value could not be read is checked like the others. */
export function enabledAccounts({ accounts }: LooseFiles): readonly [string, LooseAccount][] {
  return [...accounts].filter(([, account]) => account.enabled !== false);
}

/** What an account trades: its own list, else all of its terminal's. */
export function symbolsOf(account: LooseAccount, { terminals }: LooseFiles): readonly string[] {
  const terminal = terminals?.get(account.terminal_key ?? '');
  return account.symbols ?? Object.keys(terminal?.symbols ?? {});
}
