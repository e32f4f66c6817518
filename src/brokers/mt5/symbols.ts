import * as z from 'zod';
import { assert } from '../../domain/assert.ts';
import type { Instrument } from '../../domain/instrument.ts';
import { roundTo, type Steps, steps } from '../../domain/units.ts';
import { BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';
import type { Reads } from './reads.ts';

const symbolRow = z.object({
  digits: z.int().min(0).max(10),
  point: z.number().positive(),
  trade_tick_size: z.number().nonnegative(),
  trade_tick_value: z.number().nonnegative(),
  trade_contract_size: z.number().positive(),
  volume_min: z.number().positive(),
  volume_max: z.number().positive(),
  volume_step: z.number().positive(),
  trade_stops_level: z.int().nonnegative(),
  trade_freeze_level: z.int().nonnegative().default(0),
  spread: z.number().nonnegative(),
  trade_mode: z.int(),
  trade_exemode: z.int(),
  filling_mode: z.int(),
});
export type SymbolRow = z.output<typeof symbolRow>;

type Filling = 'FOK' | 'IOC' | 'RETURN';

/** What the adapter has to know of a symbol, beside what everybody may know. */
export type SymbolSpec = {
  readonly instrument: Instrument;
  /** How market orders are to be filled here. */
  readonly filling: Filling;
};

const tradeModes = { full: 4 };
const marketExecution = 2;
const fillingBits = { fok: 1, ioc: 2 };

/**
 * Symbols by the broker's name and by ours. The fields that never change (steps, digits, filling) are read once;
 * `refresh` reads anew what does (tick value, trade mode).
 */
export class SymbolTable {
  readonly #reads: Reads;
  readonly #brokerNames: Readonly<Record<string, string>>;
  readonly #logicalNames: ReadonlyMap<string, string>;
  readonly #specs = new Map<string, SymbolSpec>();

  constructor(reads: Reads, symbols: Readonly<Record<string, string>>) {
    this.#reads = reads;
    this.#brokerNames = symbols;
    this.#logicalNames = new Map(Object.entries(symbols).map(([ours, theirs]) => [theirs, ours]));
  }

  /** A symbol that the configuration does not name is called by the broker's name. */
  brokerName(symbol: string): string {
    if (symbol.endsWith(foreignSuffix)) return symbol.slice(0, -foreignSuffix.length);
    return this.#brokerNames[symbol] ?? symbol;
  }

  /** Never one of our names for something else: a broker's own `BTCUSD` is not ours when ours is its `BTCUSDc`. */
  logicalName(brokerSymbol: string): string {
    const ours = this.#logicalNames.get(brokerSymbol);
    if (ours !== undefined) return ours;
    return brokerSymbol in this.#brokerNames ? brokerSymbol + foreignSuffix : brokerSymbol;
  }

  isConfigured(brokerSymbol: string): boolean {
    return this.#logicalNames.has(brokerSymbol);
  }

  async spec(brokerSymbol: string, signal: AbortSignal): Promise<SymbolSpec> {
    return this.#specs.get(brokerSymbol) ?? this.refresh(brokerSymbol, signal);
  }

  /** Makes sure that `loaded` knows all of these: asks once for each, however often they occur. */
  async load(brokerSymbols: readonly string[], signal: AbortSignal): Promise<void> {
    for (const name of brokerSymbols) {
      if (!this.#specs.has(name)) await this.refresh(name, signal);
    }
  }

  loaded(brokerSymbol: string): SymbolSpec {
    const spec = this.#specs.get(brokerSymbol);
    assert(spec !== undefined, () => `${brokerSymbol} was not loaded`);
    return spec;
  }

  async refresh(brokerSymbol: string, signal: AbortSignal): Promise<SymbolSpec> {
    const row = await this.#reads.get(symbolPath(brokerSymbol), symbolRow, signal);
    const spec = symbolSpec(row, { symbol: this.logicalName(brokerSymbol), brokerSymbol });
    this.#specs.set(brokerSymbol, spec);
    return spec;
  }
}

type Names = { readonly symbol: string; readonly brokerSymbol: string };

/** A symbol as its broker words it, in our units. @throws BrokerUnavailableError before its first quote */
export function symbolSpec(row: SymbolRow, names: Names): SymbolSpec {
  return { instrument: instrumentOf(row, names), filling: fillingOf(row) };
}

function instrumentOf(row: SymbolRow, { symbol, brokerSymbol }: Names): Instrument {
  if (row.trade_tick_value === 0) {
    throw new BrokerUnavailableError(`${brokerSymbol} has no tick value yet: no quote arrived`);
  }
  const inSteps = (lots: number) => roundTo(lots / row.volume_step, 6);
  return {
    symbol,
    brokerSymbol,
    digits: row.digits,
    point: row.point,
    tickSize: row.trade_tick_size > 0 ? row.trade_tick_size : row.point,
    tickValue: row.trade_tick_value,
    contractSize: row.trade_contract_size,
    volumeStep: row.volume_step,
    volumeMin: steps(Math.ceil(inSteps(row.volume_min))),
    volumeMax: steps(Math.floor(inSteps(row.volume_max))),
    stopsLevelPoints: row.trade_stops_level,
    ...(row.trade_freeze_level > 0 && { freezeLevelPoints: row.trade_freeze_level }),
    spreadPoints: row.spread,
    isTradable: row.trade_mode === tradeModes.full,
  };
}

const foreignSuffix = ' (broker)';

/** `#` and blanks occur in symbols; a `/` cannot be reached at all (contract §4.3). */
export function symbolPath(brokerSymbol: string): string {
  return `/symbols/${encodeURIComponent(brokerSymbol)}`;
}

/** The number of steps nearest to a volume that the broker reported. */
export function nearestSteps({ instrument }: SymbolSpec, lots: number): Steps {
  return steps(Math.round(lots / instrument.volumeStep));
}

/** Steps of a volume that the broker reported; one off the grid makes no sense. */
export function volumeOf(spec: SymbolSpec, lots: number): Steps {
  const { instrument } = spec;
  const whole = nearestSteps(spec, lots);
  if (Math.abs(lots / instrument.volumeStep - whole) > 1e-4) {
    const { brokerSymbol, volumeStep } = instrument;
    throw new BrokerProtocolError(
      `${lots} lots of ${brokerSymbol} are no multiple of ${volumeStep}`,
    );
  }
  return whole;
}

/** Immediate-or-cancel where the symbol allows it: what is left of a partial fill dies at once. */
function fillingOf({ filling_mode, trade_exemode }: SymbolRow): Filling {
  if ((filling_mode & fillingBits.ioc) !== 0) return 'IOC';
  if ((filling_mode & fillingBits.fok) !== 0) return 'FOK';
  return trade_exemode === marketExecution ? 'IOC' : 'RETURN';
}
