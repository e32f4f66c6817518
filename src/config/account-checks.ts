import { closestName } from './closest-name.ts';
import type { ConfigSurroundings } from './config.ts';
import { enabledAccounts, type LooseAccount, type LooseFiles } from './loose-files.ts';
import { managementFindings } from './management-checks.ts';
import type { ConfigMistake } from './mistake.ts';
import { overrideMistakes, withOverrides } from './overrides.ts';
import { regimeWeightFindings } from './regime-weights.ts';

type Finding = Omit<ConfigMistake, 'file'>;

/** What accounts.json gets wrong in the light of the other files, of the other accounts and of the environment. */
export function accountMistakes(files: LooseFiles, around: ConfigSurroundings): ConfigMistake[] {
  const findings = [...files.accounts].flatMap(([id, account]) => [
    ...overrideMistakes(id, account.overrides ?? {}),
    ...[
      ...terminalFindings(id, account, files),
      ...(around.isReplay ? [] : modeFindings(id, account, files)),
      ...symbolFindings(id, account, files),
      ...currencyFindings(id, account, files),
      ...limitFindings(id, account, files),
      ...ownManagementFindings(id, account, files),
      ...ownWeightFindings(id, account, files),
      ...(around.isReplay ? [] : telegramFindings(id, account, around.env)),
    ],
  ]);
  const shared = [...sharedStateFindings(files), ...sharedTerminalFindings(files)];
  const none: Finding[] =
    files.accounts.size > 0 && enabledAccounts(files).length === 0
      ? [{ path: 'accounts', problem: 'has no account that is enabled' }]
      : [];
  return [...findings, ...shared, ...none].map((finding) => ({
    ...finding,
    file: 'accounts.json',
  }));
}

function terminalFindings(
  id: string,
  { terminal_key: key }: LooseAccount,
  { terminals }: LooseFiles,
): Finding[] {
  if (key === undefined || terminals === undefined || terminals.has(key)) return [];
  const known = [...terminals.keys()];
  const near = closestName(key, known);
  const problem = `"${key}" is not a terminal of terminals.json`;
  const hint = near === undefined ? `there are: ${known.join(', ')}` : `did you mean "${near}"?`;
  return [{ path: `accounts.${id}.terminal_key`, problem, hint }];
}

function modeFindings(
  id: string,
  { mode, terminal_key: key = '' }: LooseAccount,
  { terminals }: LooseFiles,
): Finding[] {
  const kind = terminals?.get(key)?.kind;
  const path = `accounts.${id}.mode`;
  if (mode === 'paper' && kind === 'mt5') {
    const problem = `is "paper", but the terminal "${key}" is a real one`;
    const hint =
      '"dry" decides and journals there and sends nothing; "paper" needs a terminal of kind "simulator"; "live" trades with real money';
    return [{ path, problem, hint }];
  }
  if (mode === 'live' && kind === 'simulator') {
    const problem = `is "live", but the terminal "${key}" is a simulator`;
    return [{ path, problem, hint: 'use "paper" there, or a terminal of kind "mt5"' }];
  }
  return [];
}

function symbolFindings(
  id: string,
  { symbols = [], terminal_key: key = '' }: LooseAccount,
  { terminals }: LooseFiles,
): Finding[] {
  const known = terminals?.get(key)?.symbols;
  return symbols.flatMap((symbol, index) => {
    const path = `accounts.${id}.symbols.${index}`;
    if (symbols.indexOf(symbol) !== index) return [{ path, problem: `"${symbol}" stands twice` }];
    if (known === undefined || Object.hasOwn(known, symbol)) return [];
    const problem = `"${symbol}" is not among the symbols of the terminal "${key}"`;
    return [{ path, problem, hint: `there are: ${Object.keys(known).join(', ')}` }];
  });
}

const centCurrencies: readonly string[] = ['USC', 'EUC', 'GBC'];
/** Fleet totals are in USD. */
const multipliers: Readonly<Record<string, number>> = { USC: 0.01, USD: 1 };

function currencyFindings(
  id: string,
  { account_type: type, currency_multiplier: multiplier, terminal_key: key = '' }: LooseAccount,
  { terminals }: LooseFiles,
): Finding[] {
  const terminal = terminals?.get(key);
  const currency = terminal?.url === undefined ? terminal?.simulator?.currency : undefined;
  const isCent = currency !== undefined && centCurrencies.includes(currency);
  if (currency !== undefined && type !== undefined && isCent !== (type === 'cent')) {
    const problem = `is "${type}", but the terminal "${key}" counts ${currency}`;
    const hint = isCent ? `${currency} is the currency of a "cent" account` : 'cent accounts: USC';
    return [{ path: `accounts.${id}.account_type`, problem, hint }];
  }
  if (multiplier === undefined) return [];
  const wanted = multipliers[currency ?? ''];
  const path = `accounts.${id}.currency_multiplier`;
  if (wanted !== undefined && multiplier !== wanted) {
    const problem = `must be ${wanted} for an account in ${currency}, was ${multiplier}`;
    return [{ path, problem }];
  }
  if (type !== 'cent' || multiplier <= 0.1) return [];
  const problem = `must be about 0.01 for a cent account, was ${multiplier}`;
  return [{ path, problem, hint: 'a cent account counts hundredths of its currency' }];
}

function limitFindings(id: string, account: LooseAccount, files: LooseFiles): Finding[] {
  if (files.trading === undefined) return [];
  const own = withOverrides(files.trading, account.overrides ?? {});
  const risk = account.risk_pct ?? own.risk_percent;
  const lotsMax = Math.min(own.max_lot, account.max_lot ?? own.max_lot);
  const findings: Finding[] = [];
  if (risk > own.max_risk_per_trade_pct) {
    const problem = `risks ${risk} % per trade, more than max_risk_per_trade_pct = ${own.max_risk_per_trade_pct}`;
    findings.push({ path: `accounts.${id}.risk_pct`, problem });
  }
  if (lotsMax < own.min_lot) {
    const problem = `allows ${lotsMax} lots at most, less than min_lot = ${own.min_lot}`;
    findings.push({ path: `accounts.${id}.max_lot`, problem });
  }
  return findings;
}

/** What an account's own overrides make of the active management; what config.json says is its own business. */
function ownManagementFindings(id: string, account: LooseAccount, files: LooseFiles): Finding[] {
  const { trading } = files;
  if (trading === undefined) return [];
  const overrides = account.overrides ?? {};
  const known = managementFindings(trading.ml_active_management).map(({ problem }) => problem);
  const own = withOverrides(trading, overrides).ml_active_management;
  return managementFindings(own)
    .filter(({ path, problem }) => {
      const isSwitchedOff = !own.enabled && overrides[path] !== true;
      return !known.includes(problem) && !isSwitchedOff;
    })
    .map((finding) => ({ ...finding, path: `accounts.${id}.overrides.${finding.path}` }));
}

/** Regimes that an account's own overrides leave without a model. */
function ownWeightFindings(id: string, account: LooseAccount, { trading }: LooseFiles): Finding[] {
  if (trading === undefined) return [];
  const known = regimeWeightFindings(trading.regime_weights).map(({ path }) => path);
  const own = withOverrides(trading, account.overrides ?? {}).regime_weights;
  return regimeWeightFindings(own)
    .filter(({ path }) => !known.includes(path))
    .map((finding) => ({ ...finding, path: `accounts.${id}.overrides.${finding.path}` }));
}

function telegramFindings(
  id: string,
  { enabled, telegram }: LooseAccount,
  env: ConfigSurroundings['env'],
): Finding[] {
  if (enabled === false || telegram === undefined || env[telegram.token_env]) return [];
  const problem = `the environment variable ${telegram.token_env} is not set`;
  const hint = 'set it to the token of the bot, or remove "telegram" of this account';
  return [{ path: `accounts.${id}.telegram.token_env`, problem, hint }];
}

/** A journal belongs to one account, enabled or not; file systems that ignore capitals exist. */
function sharedStateFindings({ accounts }: LooseFiles): Finding[] {
  const owners = new Map<string, string>();
  return [...accounts].flatMap(([id, { state_file: file }]) => {
    if (file === undefined) return [];
    const owner = owners.get(file.toLowerCase());
    if (owner === undefined) {
      owners.set(file.toLowerCase(), id);
      return [];
    }
    const problem = `"${file}" is the state file of "${owner}" already`;
    const hint = `every account keeps a journal of its own: "state_${id}.db"`;
    return [{ path: `accounts.${id}.state_file`, problem, hint }];
  });
}

function sharedTerminalFindings(files: LooseFiles): Finding[] {
  const owners = new Map<string, string>();
  return enabledAccounts(files).flatMap(([id, { terminal_key: key }]) => {
    if (key === undefined) return [];
    const owner = owners.get(key);
    if (owner === undefined) {
      owners.set(key, id);
      return [];
    }
    const problem = `"${key}" is used by the enabled account "${owner}" already`;
    const hint =
      'a terminal is one login: give it a terminal of its own, or disable one of the two';
    return [{ path: `accounts.${id}.terminal_key`, problem, hint }];
  });
}
