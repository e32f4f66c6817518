/** The account that a backtest plays, made concrete: its policy, its broker's terms, what it begins with. */
import type { AccountPolicy } from '../account/policy.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import { defaultAccount, defaultConfig } from '../config/default-config.ts';
import { overrideAccount } from '../config/override-account.ts';
import { UsageError } from '../config/usage-error.ts';
import { timeframeMs } from '../domain/bar.ts';
import { type Money, money } from '../domain/units.ts';
import { accountPolicy } from '../engine/account-policy.ts';
import { fleetCaps } from '../engine/fleet-caps.ts';
import { planTerminal } from '../engine/run-plan.ts';
import type { ExchangeTerms } from '../exchange/terms.ts';
import type { FleetCaps } from '../risk/exposure.ts';
import { simulatedTerms, UnknownSymbolError } from '../terminal-simulator/terminal-simulator.ts';

/** What the command line says otherwise than the configuration. */
export type AccountWishes = {
  readonly symbol: string;
  /** An account of accounts.json, `defaults` for none of them; absent: the first enabled one that trades the symbol. */
  readonly account?: string;
  readonly balance?: number;
  readonly leverage?: number;
  /** Points. */
  readonly spread?: number;
  readonly slippage?: number;
  /** Per lot and side, in the account's currency. */
  readonly commission?: number;
  /** Points per lot and night, negative when paid. */
  readonly swapLong?: number;
  readonly swapShort?: number;
  readonly maxLot?: number;
  readonly centAccount?: boolean;
  /** Dotted key of the configuration -> value. */
  readonly override?: Readonly<Record<string, unknown>>;
};

export type BacktestAccount = {
  readonly id: string;
  readonly policy: AccountPolicy;
  readonly terms: ExchangeTerms;
  readonly deposit: Money;
  readonly magic: number;
  readonly fleetCaps?: FleetCaps;
  /** Grid of round numbers, in price units. */
  readonly roundStep: number;
  /** What is said of it beside the figures, by name. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
};

/**
 * @param load reads the configuration's files; not called for `defaults`
 * @throws UsageError, ConfigError
 */
export function backtestAccount(wishes: AccountWishes, load: () => Config): BacktestAccount {
  const { symbol } = wishes;
  const isDefault = wishes.account === defaultAccount;
  const loaded = isDefault ? defaultConfig(symbol) : load();
  const id = accountIdOf(loaded, wishes);
  const config = withWishes(loaded, id, wishes);
  const account = config.accounts[id] as AccountConfig;
  const { terms, deposit } = brokerOf(config, account, wishes);
  const roundStep = config.ml.roundSteps[symbol];
  if (roundStep === undefined) {
    throw new UsageError(`ml_config.json: features.round_step has no value for ${symbol}`);
  }
  const policy = accountPolicy({ ...account, symbols: [symbol] }, timeframeMs.M15);
  return {
    ...{ id, policy, terms, deposit, roundStep },
    magic: config.magic,
    ...(config.fleetCaps && { fleetCaps: fleetCaps(config.fleetCaps) }),
    settings: { ...settingsOf(id, account, { terms, deposit, wishes }), policy: policy.hash },
  };
}

function accountIdOf({ accounts }: Config, { account: wanted, symbol }: AccountWishes): string {
  if (wanted !== undefined) {
    if (accounts[wanted]) return wanted;
    const known = Object.keys(accounts).join(', ');
    throw new UsageError(
      `accounts.json has no account ${wanted}: there are ${known}; "${defaultAccount}" is one with the default of every key`,
    );
  }
  const found = Object.values(accounts).find(
    ({ isEnabled, symbols }) => isEnabled && symbols.includes(symbol),
  );
  if (found) return found.id;
  throw new UsageError(
    `accounts.json has no enabled account that trades ${symbol}: name one with --account, or --account ${defaultAccount}`,
  );
}

function withWishes(config: Config, account: string, { override, maxLot }: AccountWishes): Config {
  const values = { ...override, ...(maxLot !== undefined && { max_lot: maxLot }) };
  if (Object.keys(values).length === 0) return config;
  const around = { folder: config.folder, env: {}, isReplay: true };
  return overrideAccount(config, { account, values }, around);
}

function brokerOf(
  config: Config,
  { id, terminalKey }: AccountConfig,
  wishes: AccountWishes,
): Pick<BacktestAccount, 'terms' | 'deposit'> {
  const { symbol } = wishes;
  const terminal = config.terminals[terminalKey];
  const name = terminal?.symbols[symbol];
  if (terminal === undefined || name === undefined) {
    throw new UsageError(`terminals.json: ${terminalKey}, where ${id} trades, has no ${symbol}`);
  }
  const only = { ...terminal, symbols: { [symbol]: name } };
  const { simulator } = planTerminal(only, 0, { config, stateFolder: '', modelsFolder: '' });
  if (simulator === undefined) throw new UsageError(`${terminalKey} cannot be simulated`);
  const { brokerSymbol, account } = asCent(simulator, wishes.centAccount === true);
  const balance = wishes.balance ?? account.balance;
  const broker = {
    ...{ symbol, brokerSymbol },
    account: { ...account, balance, leverage: wishes.leverage ?? account.leverage },
    costs: costsOf(simulator, wishes),
  };
  try {
    return { terms: simulatedTerms(broker, timeframeMs.M15), deposit: money(balance) };
  } catch (error) {
    if (error instanceof UnknownSymbolError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

type Simulator = NonNullable<ReturnType<typeof planTerminal>['simulator']>;

function costsOf({ costs }: Simulator, wishes: AccountWishes): Simulator['costs'] {
  return {
    spreadPoints: wishes.spread ?? costs.spreadPoints,
    slippagePoints: wishes.slippage ?? costs.slippagePoints,
    commissionPerLot: wishes.commission ?? costs.commissionPerLot,
    swapLong: wishes.swapLong ?? costs.swapLong,
    swapShort: wishes.swapShort ?? costs.swapShort,
  };
}

/** The same broker for a cent account: its symbols have a name of their own, its amounts are US cents. */
function asCent(
  { brokerSymbol, account, symbol }: Simulator,
  isWanted: boolean,
): Pick<Simulator, 'brokerSymbol' | 'account'> {
  if (!isWanted || account.currency === 'USC') return { brokerSymbol, account };
  const balance = account.balance * 100;
  return { brokerSymbol: `${symbol}c`, account: { ...account, currency: 'USC', balance } };
}

function settingsOf(
  id: string,
  account: AccountConfig,
  {
    terms,
    deposit,
    wishes,
  }: Pick<BacktestAccount, 'terms' | 'deposit'> & { readonly wishes: AccountWishes },
): BacktestAccount['settings'] {
  const market = terms.markets[wishes.symbol];
  const overridden = Object.entries(wishes.override ?? {}).map(
    ([key, value]) => [`override ${key}`, JSON.stringify(value)] as const,
  );
  return {
    account: id,
    currency: terms.account.currency,
    balance: deposit,
    leverage: terms.account.leverage,
    brokerSymbol: market?.instrument.brokerSymbol ?? '',
    spreadPoints: market?.instrument.spreadPoints ?? 0,
    slippagePoints: market?.slippagePoints ?? 0,
    commissionPerLot: market?.commissionPerLot ?? 0,
    swapLongPoints: market?.swapLongPoints ?? 0,
    swapShortPoints: market?.swapShortPoints ?? 0,
    riskPct: account.riskPct,
    maxLot: account.maxLot,
    ...Object.fromEntries(overridden),
  };
}
