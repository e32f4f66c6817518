import * as z from 'zod';
import { type RetryPolicy, retry } from '../../runtime/retry.ts';
import type { Terms } from '../terms.ts';
import { openHttp } from './http.ts';
import { openReads } from './reads.ts';
import { symbolPath } from './symbols.ts';
import type { Mt5Options } from './terminal.ts';
import { NoQuoteError, readTick } from './tick.ts';

const pingRow = z.object({ mode: z.string().optional(), time: z.number().optional() });

const kinds = ['demo', 'contest', 'real'] as const;

const accountRow = z.object({
  trade_mode: z.int().min(0).max(2),
  server: z.string().optional(),
});

/** Servers of former versions leave out what is optional here. */
const symbolRow = z.object({
  trade_mode: z.int(),
  currency_profit: z.string().optional(),
  swap_long: z.number().optional(),
  swap_short: z.number().optional(),
  swap_mode: z.int().optional(),
});
type SymbolRow = z.output<typeof symbolRow>;

/** The first tick after a symbol was selected is empty; the next one comes at once where there is a market. */
const firstTick: RetryPolicy = { attemptsMax: 3, firstDelayMs: 200, delayMaxMs: 400 };

/** The same terminal as `mt5Terminal`, over connections of its own. */
export function mt5Terms(options: Mt5Options): Terms {
  const { clock, symbols, readTimeoutMs } = options;
  const reads = openReads(options.http ?? openHttp(options), clock, readTimeoutMs);
  return {
    async accountTerms(signal) {
      const { trade_mode: mode, server } = await reads.get('/account', accountRow, signal);
      return { kind: kinds[mode] ?? 'real', ...(server ? { server } : {}) };
    },
    async symbolTerms(symbol, signal) {
      const name = symbols[symbol] ?? symbol;
      const row = await reads.get(symbolPath(name), symbolRow, signal);
      const isTransient = (error: unknown) => error instanceof NoQuoteError;
      const { bid, ask, serverMs } = await retry(
        { policy: firstTick, clock, signal, isTransient },
        () => readTick(reads, name, signal),
      );
      return { bid, ask, tickServerMs: serverMs, ...toldOf(row) };
    },
    async serverKind(signal) {
      const { mode, time } = await reads.get('/ping', pingRow, signal);
      if (mode !== undefined) return '4.3.0 or later';
      return time === undefined ? 'before 4.3.0' : 'other dialect';
    },
  };
}

function toldOf(row: SymbolRow) {
  const { trade_mode: tradeMode, currency_profit: currencyProfit } = row;
  const { swap_long: long, swap_short: short, swap_mode: mode } = row;
  const isSwapTold = long !== undefined && short !== undefined && mode !== undefined;
  return {
    tradeMode,
    ...(currencyProfit ? { currencyProfit } : {}),
    ...(isSwapTold && { swap: { long, short, mode } }),
  };
}
