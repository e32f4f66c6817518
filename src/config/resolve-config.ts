import { resolve } from 'node:path';
import { accountMistakes } from './account-checks.ts';
import type { AccountFile } from './accounts-schema.ts';
import type {
  AccountConfig,
  Config,
  ConfigFiles,
  ConfigSurroundings,
  SimulatorConfig,
  TerminalConfig,
} from './config.ts';
import { fileMistakes } from './file-checks.ts';
import { enabledAccounts, type LooseFiles, looseFilesOf, symbolsOf } from './loose-files.ts';
import type { ConfigMistake } from './mistake.ts';
import { withOverrides } from './overrides.ts';
import { profileMistakes } from './profile-checks.ts';
import { regimeWeightsOf } from './regime-weights.ts';
import { fleetCapsOf, guardMistakes, guardsOf } from './resolve-guards.ts';
import { managementOf } from './resolve-management.ts';
import type { SimulatorFile, TerminalFile } from './terminals-schema.ts';
import type { TradingFile } from './trading-schema.ts';

/** What only shows when the files, the accounts and the environment are seen together. */
export function crossMistakes(files: LooseFiles, around: ConfigSurroundings): ConfigMistake[] {
  return [
    ...accountMistakes(files, around),
    ...fileMistakes(files, around),
    ...guardMistakes(files, around.folder),
    ...profileMistakes(files),
  ];
}

/** The configuration that valid files amount to, every account with what is in force for it. */
export function resolveConfig(files: ConfigFiles, around: ConfigSurroundings): Config {
  const trading = files['config.json'];
  const { features, labels, training } = files['ml_config.json'];
  const accounts = Object.entries(files['accounts.json'].accounts);
  const terminals = Object.entries(files['terminals.json']);
  const token = around.isReplay ? undefined : around.env[trading.console.token_env ?? ''];
  const fleetCaps = fleetCapsOf(trading);
  return {
    folder: resolve(around.folder),
    accounts: Object.fromEntries(
      accounts.map(([id, account]) => [id, resolveAccount(id, account, files, around)]),
    ),
    terminals: Object.fromEntries(
      terminals.map(([key, terminal]) => [key, resolveTerminal(key, terminal, files, around)]),
    ),
    signalSources: resolveSources(files),
    magic: trading.magic,
    dynamicSltp: stopDistances(trading),
    shutdown: trading.shutdown,
    ...(fleetCaps && { fleetCaps }),
    inferenceIsolation: trading.inference_isolation,
    console: {
      host: trading.console.host,
      port: trading.console.port,
      ...(token ? { token } : {}),
    },
    speedMinutesPerSecond: trading.speed,
    pollMs: Math.round(trading.poll_seconds * 1_000),
    ml: {
      roundSteps: features.round_step,
      labelHorizonBars: labels.horizon_bars,
      signalRate: training.signal_rate,
      trainingSeed: training.seed,
      recencyHalfLifeDays: training.recency_half_life_days,
    },
    files,
  };
}

function resolveAccount(
  id: string,
  account: AccountFile,
  files: ConfigFiles,
  around: ConfigSurroundings,
): AccountConfig {
  const own = withOverrides(files['config.json'], account.overrides);
  const telegram = around.isReplay ? undefined : account.telegram;
  const token = around.env[telegram?.token_env ?? ''];
  const management = managementOf(own, files['ml_config.json'].position_model);
  return {
    id,
    brokerId: account.broker_id,
    terminalKey: account.terminal_key,
    accountType: account.account_type,
    currencyMultiplier: account.currency_multiplier,
    isEnabled: account.enabled,
    mode: around.isReplay ? 'paper' : account.mode,
    symbols: symbolsOf(account, looseFilesOf(files)),
    isolation: account.isolation,
    stateFile: account.state_file,
    ...(own.risk_profile !== null && { riskProfile: own.risk_profile }),
    riskPct: account.risk_pct ?? own.risk_percent,
    maxLot: Math.min(own.max_lot, account.max_lot ?? own.max_lot),
    ...tradingOf(own),
    guards: guardsOf(own, {
      folder: around.folder,
      currencyMultiplier: account.currency_multiplier,
    }),
    ...(management && { management }),
    ...(telegram && token ? { telegram: { chatId: String(telegram.chat_id), token } } : {}),
  };
}

function tradingOf(own: TradingFile) {
  const regimeWeights = regimeWeightsOf(own.regime_weights);
  return {
    minLot: own.min_lot,
    maxRiskPerTradePct: own.max_risk_per_trade_pct,
    shrinksStop: own.hard_cap_pips === 'shrink',
    ...(own.min_confidence === null ? {} : { minConfidence: own.min_confidence }),
    ...(own.min_prob_gap === null ? {} : { minProbGap: own.min_prob_gap }),
    minVotes: own.min_votes,
    ...(regimeWeights && { regimeWeights }),
    maxDailyLossPct: own.max_daily_loss_pct,
    circuitBreaker: {
      isEnabled: own.circuit_breaker.enabled,
      maxConsecutiveLosses: own.circuit_breaker.max_consecutive_losses,
    },
    dynamicSltp: stopDistances(own),
    minAtr: own.risk_management.min_atr_threshold,
    maxApiFailures: own.api_failover.max_failures,
    localTzOffsetHours: own.local_tz_offset_hours,
    ...(own.local_tz === undefined ? {} : { localTz: own.local_tz }),
    deviationPoints: own.deviation_points,
    kelly: kellyOf(own.ml_active_management.kelly_lot_sizing),
  };
}

function kellyOf(sizing: TradingFile['ml_active_management']['kelly_lot_sizing']) {
  return {
    isEnabled: sizing.enabled,
    formula: sizing.kelly_formula,
    multiplier: sizing.kelly_multiplier,
    maxFraction: sizing.max_kelly_fraction,
    atNoEdge: sizing.no_edge,
  };
}

function stopDistances({ dynamic_sltp: distances }: TradingFile) {
  return {
    slAtrMultiplier: distances.sl_atr_multiplier,
    tpAtrMultiplier: distances.tp_atr_multiplier,
  };
}

function resolveTerminal(
  key: string,
  terminal: TerminalFile,
  files: ConfigFiles,
  { env, folder, isReplay }: ConfigSurroundings,
): TerminalConfig {
  const base = { key, symbols: terminal.symbols };
  if (terminal.kind === 'simulator' && terminal.url === undefined) {
    return { ...base, kind: 'simulator', simulator: simulatorOf(terminal.simulator, folder) };
  }
  if (isReplay) return standIn(key, terminal, files);
  const { url = '', token_env: name = '' } = terminal;
  const token = env[name] ?? ''; // a used terminal without its token was refused
  if (terminal.kind === 'mt5') return { ...base, kind: 'mt5', url, token };
  const controlToken = env[terminal.control_token_env ?? ''];
  const control = controlToken ? { controlToken } : {};
  return { ...base, kind: 'external-simulator', url, token, ...control };
}

function simulatorOf(settings: SimulatorFile, folder: string): SimulatorConfig {
  const { source, spread_points: spreadPoints } = settings;
  return {
    source: source === 'generator' ? source : resolve(folder, source),
    seed: settings.seed,
    balance: settings.balance,
    currency: settings.currency,
    leverage: settings.leverage,
    isHedging: settings.hedging,
    ...(spreadPoints === undefined ? {} : { spreadPoints }),
    slippagePoints: settings.slippage_points,
    commissionPerLot: settings.commission_per_lot,
    swapLongPoints: settings.swap_long,
    swapShortPoints: settings.swap_short,
  };
}

/** The simulator that takes the place of a real terminal in a replay: its currency is that of the account on it. */
function standIn(key: string, terminal: TerminalFile, files: ConfigFiles): TerminalConfig {
  const accounts = Object.values(files['accounts.json'].accounts);
  const isCent = accounts.some(
    (account) => account.enabled && account.terminal_key === key && account.account_type === 'cent',
  );
  const names = Object.keys(terminal.symbols);
  return {
    key,
    kind: 'simulator',
    symbols: Object.fromEntries(names.map((name) => [name, isCent ? `${name}c` : name])),
    simulator: {
      source: 'generator',
      seed: 1,
      balance: isCent ? 1_000_000 : 10_000,
      currency: isCent ? 'USC' : 'USD',
      leverage: 200,
      isHedging: true,
      slippagePoints: 0,
      commissionPerLot: 0,
      swapLongPoints: 0,
      swapShortPoints: 0,
    },
  };
}

function resolveSources(files: ConfigFiles): Readonly<Record<string, readonly string[]>> {
  const loose = looseFilesOf(files);
  const enabled = enabledAccounts(loose);
  const symbols = new Set(enabled.flatMap(([, account]) => symbolsOf(account, loose)));
  const configured = files['config.json'].signal_sources;
  const inOrder = Object.keys(files['terminals.json']);
  const tradedOn = (symbol: string) =>
    inOrder.filter((key) =>
      enabled.some(
        ([, account]) => account.terminal_key === key && symbolsOf(account, loose).includes(symbol),
      ),
    );
  return Object.fromEntries(
    [...symbols].map((symbol) => [
      symbol,
      (Object.hasOwn(configured, symbol) ? configured[symbol] : undefined) ?? tradedOn(symbol),
    ]),
  );
}
