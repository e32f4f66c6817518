import { resolve } from 'node:path';
import type { FleetCapsConfig, GuardsConfig } from './config.ts';
import { enabledAccounts, type LooseFiles } from './loose-files.ts';
import type { ConfigMistake } from './mistake.ts';
import { readNewsFile } from './news-file.ts';
import { withOverrides } from './overrides.ts';
import type { TradingFile } from './trading-schema.ts';

/** What config.json, with the overrides of an account in it, says about its guards. */
export function guardsOf(
  own: TradingFile,
  { folder, currencyMultiplier }: { readonly folder: string; readonly currencyMultiplier: number },
): GuardsConfig {
  const { equity_curve_filter: curve, adx_regime_filter: adx, session_filter: session } = own;
  const { max_orders: maxOrders, window_minutes: windowMinutes } = own.order_rate;
  const news = newsOf(own, folder);
  return {
    hardHaltPct: own.hard_halt_pct,
    maxWeeklyDrawdownPct: own.max_weekly_drawdown_pct,
    ...(curve.enabled && {
      equityCurve: {
        lookbackTrades: curve.lookback_trades,
        maxDrawdownPct: curve.max_drawdown_pct,
        cooldownHours: curve.cooldown_hours,
      },
    }),
    ...(adx.enabled && { minAdx: adx.min_adx }),
    ...(news && { news }),
    emaTrend: own.enable_ema_trend_filter,
    ...(session.enabled && { sessions: session.allowed }),
    maxSpreadPoints: own.max_spread_points,
    maxSpreadAtr: own.max_spread_atr,
    maxBarAgeMinutes: own.max_bar_age_minutes,
    maxModelAgeDays: own.max_model_age_days,
    ...(maxOrders > 0 && { orderRate: { maxOrders, windowMinutes } }),
    ...(fleetCapsOf(own) && { fleet: { currencyMultiplier } }),
  };
}

function newsOf(own: TradingFile, folder: string): GuardsConfig['news'] {
  const { events_file: file, currencies, fail_closed: failClosed } = own.news_filter;
  if (own.news_block_minutes <= 0 || file === undefined) return undefined;
  const calendar = readNewsFile(resolve(folder, file), currencies);
  return { blockMinutes: own.news_block_minutes, failClosed, calendar };
}

/** Undefined where nothing is capped. */
export function fleetCapsOf({ exposure, correlation }: TradingFile): FleetCapsConfig | undefined {
  const { max_symbol_notional: maxSymbolNotional, max_symbol_risk: maxSymbolRisk } = exposure;
  const { groups, max_group_risk: maxGroupRisk } = correlation;
  if (maxSymbolNotional <= 0 && maxSymbolRisk <= 0 && maxGroupRisk <= 0) return undefined;
  return { maxSymbolNotional, maxSymbolRisk, groups, maxGroupRisk };
}

/** What guards need and the configuration does not give them. */
export function guardMistakes(files: LooseFiles, folder: string): ConfigMistake[] {
  const { trading } = files;
  if (trading === undefined) return [];
  return [...newsMistakes(trading, files, folder), ...groupMistakes(trading)];
}

function newsMistakes(trading: TradingFile, files: LooseFiles, folder: string): ConfigMistake[] {
  const { events_file: file, currencies } = trading.news_filter;
  if (file === undefined) return blockersWithoutSource(trading, files);
  try {
    readNewsFile(resolve(folder, file), currencies);
    return [];
  } catch (error) {
    const problem = `"${file}" ${(error as Error).message}`;
    return [{ file: 'config.json', path: 'news_filter.events_file', problem }];
  }
}

function blockersWithoutSource(trading: TradingFile, files: LooseFiles): ConfigMistake[] {
  const problem = 'blocks entries around events, and no file of events is given';
  const hint = 'name one in `news_filter.events_file` of config.json, or write 0';
  const path = 'news_block_minutes';
  const everywhere: ConfigMistake[] =
    trading.news_block_minutes > 0 ? [{ file: 'config.json', path, problem, hint }] : [];
  const own = enabledAccounts(files).flatMap(([id, { overrides = {} }]) => {
    const isOwn = Object.hasOwn(overrides, path);
    if (!isOwn || withOverrides(trading, overrides).news_block_minutes <= 0) return [];
    return [{ file: 'accounts.json', path: `accounts.${id}.overrides.${path}`, problem, hint }];
  });
  return [...everywhere, ...own];
}

function groupMistakes({ correlation }: TradingFile): ConfigMistake[] {
  const { groups, max_group_risk: cap } = correlation;
  const place = { file: 'config.json' as const };
  if (cap > 0 && Object.keys(groups).length === 0) {
    const hint = 'name symbols that move together, such as { "crypto": ["BTCUSD", "ETHUSD"] }';
    const problem = 'caps groups of symbols, and `correlation.groups` has none';
    return [{ ...place, path: 'correlation.max_group_risk', problem, hint }];
  }
  return Object.entries(groups).flatMap(([name, members]) => {
    const symbols = members.map((member) => member.replace(/^-/, ''));
    const twice = symbols.find((symbol, index) => symbols.indexOf(symbol) !== index);
    if (twice === undefined) return [];
    return [{ ...place, path: `correlation.groups.${name}`, problem: `names ${twice} twice` }];
  });
}
