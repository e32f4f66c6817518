/** The doctor on the terminals: reachable, the right account behind them, their clock, and what stands there unprotected. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BrokerProtocolError, BrokerUnavailableError } from '../../brokers/broker.ts';
import type { ServerKind } from '../../brokers/terms.ts';
import type { AccountConfig, Config, TerminalConfig } from '../../config/config.ts';
import type { AccountView } from '../../domain/account.ts';
import { planTerminal } from '../../engine/run-plan.ts';
import type { Clock } from '../../runtime/clock.ts';
import { DeadlineError, within } from '../../runtime/deadline.ts';
import { connectTerminal, connectTerms } from '../../threads/terminal-connection.ts';
import { about, type DoctorFinding, fail, pass, warn } from './doctor-finding.ts';

export type TerminalMeans = {
  readonly config: Config;
  readonly stateFolder: string;
  readonly clock: Clock;
};

/** Everything that is asked of one terminal. */
const answerWithinMs = 30_000;

/** Terminals that an enabled account, or the signal of one, needs; all at the same time. */
export async function terminalFindings(means: TerminalMeans): Promise<readonly DoctorFinding[]> {
  const { config } = means;
  const enabled = Object.values(config.accounts).filter(({ isEnabled }) => isEnabled);
  const needed = new Set([
    ...enabled.map(({ terminalKey }) => terminalKey),
    ...enabled.flatMap(({ symbols }) =>
      symbols.flatMap((name) => config.signalSources[name] ?? []),
    ),
  ]);
  const findings = await Promise.all(
    Object.values(config.terminals)
      .filter(({ key }) => needed.has(key))
      .map((terminal) => {
        const account = enabled.find(({ terminalKey }) => terminalKey === terminal.key);
        return findingsOf(terminal, account, means);
      }),
  );
  return findings.flat();
}

async function findingsOf(
  terminal: TerminalConfig,
  account: AccountConfig | undefined,
  means: TerminalMeans,
): Promise<readonly DoctorFinding[]> {
  const area = about(terminal.key);
  if (terminal.kind === 'simulator') {
    const books = join(means.stateFolder, 'terminals', `${terminal.key}.db`);
    const kept = existsSync(books) ? `, its books are in ${books}` : '';
    return [area('terminal', pass(`built in, starts with the engine${kept}`))];
  }
  const token = tokenFinding(terminal, means.config);
  try {
    const answers = await within(answerWithinMs, means.clock, undefined, (signal) =>
      ask(terminal, account, { ...means, signal }),
    );
    return [token, ...answers];
  } catch (error) {
    if (!isTerminalTrouble(error)) throw error;
    const next = `start it, and check "url" and the token of ${terminal.key} in terminals.json`;
    return [token, area('terminal', fail(`${terminal.url}: ${error.message}`, next))];
  }
}

/** The name of the variable alone. */
function tokenFinding({ key }: TerminalConfig, { files }: Config): DoctorFinding {
  const file = files['terminals.json'][key];
  const name = file !== undefined && 'token_env' in file ? file.token_env : undefined;
  return about(key)('token', pass(name === undefined ? 'none is needed' : `$${name} is set`));
}

function isTerminalTrouble(error: unknown): error is Error {
  return (
    error instanceof BrokerUnavailableError ||
    error instanceof BrokerProtocolError ||
    error instanceof DeadlineError
  );
}

type Asking = TerminalMeans & { readonly signal: AbortSignal };

async function ask(
  terminal: TerminalConfig,
  account: AccountConfig | undefined,
  asking: Asking,
): Promise<readonly DoctorFinding[]> {
  const { config, stateFolder, clock, signal } = asking;
  const area = about(terminal.key);
  const { connection } = planTerminal(terminal, 0, { config, stateFolder, modelsFolder: '' });
  const options = { clock, magic: config.magic, deviationPoints: 0 };
  // Nothing here needs UTC, and a market that is shut would not tell its clock.
  const broker = connectTerminal({ ...connection, nature: 'external' }, options);
  const view = await broker.account(signal);
  const { login, currency, balance, leverage } = view;
  const who = `login ${login}, ${balance} ${currency}, leverage ${leverage}`;
  const positions = await broker.positions(signal);
  const symbols = account?.symbols ?? Object.keys(terminal.symbols);
  const findings = [
    area('terminal', pass(who)),
    area('trading allowed', allowedVerdict(view, account)),
  ];
  if (account !== undefined) findings.push(area('account type', typeVerdict(view, account)));
  for (const symbol of symbols) {
    const found = await broker.instrument(symbol, signal).then(
      ({ brokerSymbol, isTradable }) =>
        isTradable
          ? pass(brokerSymbol)
          : warn(`${brokerSymbol} takes no entries now`, 'wait for its session, or ask the broker'),
      (error: unknown) => missingSymbol(error, symbol, terminal.key),
    );
    findings.push(area(`symbol ${symbol}`, found));
  }
  const terms = connectTerms(connection, options);
  if (terminal.kind === 'mt5') {
    findings.push(area('server', serverVerdict(await terms.serverKind(signal), account)));
    findings.push(await clockFinding(terminal.key, symbols, terms, asking));
  }
  return [...findings, positionsFinding(terminal.key, positions)];
}

function missingSymbol(error: unknown, symbol: string, key: string) {
  if (!isTerminalTrouble(error)) throw error;
  return fail(error.message, `name the broker's own symbol for ${symbol} in "symbols" of ${key}`);
}

function allowedVerdict({ isTradeAllowed }: AccountView, account: AccountConfig | undefined) {
  if (isTradeAllowed) return pass('yes');
  const next =
    'allow algorithmic trading in the terminal, and ask the broker whether the login may trade';
  return account?.mode === 'live' ? fail('no', next) : warn('no', next);
}

/** Real money asks for 4.3.1, by the contract's history of versions; no answer tells 4.3.0 and 4.3.1 apart. */
function serverVerdict(kind: ServerKind, account: AccountConfig | undefined) {
  if (kind === '4.3.0 or later') return pass(`${kind} by its answers`);
  const judge = account?.mode === 'live' && kind === 'before 4.3.0' ? fail : warn;
  const found = `${kind}: a server before 4.3.1 may fail every order, and cannot move a stop`;
  return judge(found, 'update the HTTP server of the terminal to 4.3.1 or later before real money');
}

/** Hundredths of a currency, as brokers name them. */
const centCurrencies: readonly string[] = ['USC', 'EUC', 'GBC'];

function typeVerdict({ currency }: AccountView, account: AccountConfig) {
  const { accountType, id, currencyMultiplier } = account;
  const isCent = centCurrencies.includes(currency);
  if (isCent !== (accountType === 'cent')) {
    return fail(
      `${id} is "${accountType}", the terminal counts in ${currency}`,
      `set account_type and currency_multiplier of ${id} as the terminal counts`,
    );
  }
  if (isCent && currencyMultiplier !== 0.01) {
    return warn(
      `${id} counts ${currency} at ${currencyMultiplier}`,
      `set currency_multiplier of ${id} to 0.01: totals of the fleet are wrong else`,
    );
  }
  return pass(`${accountType}, ${currency}`);
}

const quarterMs = 900_000;
/** What the adapter allows when it measures the offset. */
const skewAllowedMs = 120_000;
const skewWarnedMs = 10_000;

/** The newest tick beside our clock: whole quarters of an hour are the server's zone, the rest is one of the clocks. */
async function clockFinding(
  key: string,
  symbols: readonly string[],
  terms: ReturnType<typeof connectTerms>,
  { clock, signal }: Asking,
): Promise<DoctorFinding> {
  const area = about(key);
  const ticks = await Promise.allSettled(symbols.map((name) => terms.symbolTerms(name, signal)));
  const times = ticks.flatMap((each) =>
    each.status === 'fulfilled' ? [each.value.tickServerMs] : [],
  );
  if (times.length === 0) {
    const next = 'look again when its market trades';
    return area('clock', warn('no tick tells its time', next));
  }
  const residual = Math.max(...times) - clock.now();
  const offsetMs = Math.round(residual / quarterMs) * quarterMs;
  const skewMs = Math.abs(residual - offsetMs);
  const found = `server time is UTC ${offsetMs < 0 ? '-' : '+'}${Math.abs(offsetMs) / 3_600_000} h, newest tick ${(skewMs / 1_000).toFixed(1)} s off`;
  if (skewMs <= skewWarnedMs) return area('clock', pass(found));
  const next =
    "if its market trades now, set this host's clock (NTP): bars and days would be wrong";
  return area('clock', skewMs <= skewAllowedMs ? warn(found, next) : fail(found, next));
}

function positionsFinding(
  key: string,
  positions: Awaited<ReturnType<ReturnType<typeof connectTerminal>['positions']>>,
): DoctorFinding {
  const area = about(key);
  const owned = positions.filter(({ isOwned }) => isOwned);
  const foreign = positions.length - owned.length;
  const naked = owned.filter(({ stopLoss }) => stopLoss === undefined);
  if (naked.length > 0) {
    const tickets = naked.map(({ ticket }) => ticket).join(', ');
    return area(
      'positions',
      fail(
        `no stop at the broker: ${tickets}`,
        'start the engine, which protects or closes them, or do it by hand now',
      ),
    );
  }
  const found = `${owned.length} of ours, each with its stop`;
  if (foreign === 0) return area('positions', pass(found));
  const next = 'they are never touched, but they use margin and block entries of their symbol';
  return area('positions', warn(`${found}; ${foreign} of others`, next));
}
