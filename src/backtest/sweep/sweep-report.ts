import type { EpochMs } from '../../domain/units.ts';
import { type AxisValue, isOneByOne, type SetOverride, type SweepTarget } from './grids.ts';
import { type HeatMap, heatMap } from './heat-map.ts';
import type { SetResult } from './set-player.ts';
import { type Surface, surfaceOf } from './surface.ts';
import { type PlayedSet, type SweepRow, sweepRows } from './sweep-rows.ts';
import { decidedFrom, decidedTo, holdoutFrom, type SweepWorld } from './sweep-world.ts';

/** All that is said of a sweep. */
export type SweepReport = {
  readonly symbol: string;
  readonly target: SweepTarget;
  /** Open of the first and the last bar that is decided. */
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  /** Nothing from here on was looked at. */
  readonly holdoutMs: EpochMs;
  readonly bars: number;
  /** Bars of them whose inside is known from finer ones. */
  readonly barsWithDetail: number;
  /** Sets that were ever played on the same inputs. */
  readonly tried: number;
  readonly rows: readonly SweepRow[];
  /** The configuration as it stands. */
  readonly baseKey: string;
  /** Keys that any set changes, in the order of the grid. */
  readonly keys: readonly string[];
  readonly heat: HeatMap | undefined;
  readonly surface: Surface | undefined;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
};

export function sweepReport(
  world: SweepWorld,
  of: {
    readonly target: SweepTarget;
    readonly sets: readonly PlayedSet[];
    readonly tried: readonly SetResult[];
    readonly baseKey: string;
    readonly settings: SweepReport['settings'];
  },
): SweepReport {
  const { target, tried, baseKey, settings } = of;
  const rows = sweepRows(of.sets, tried);
  return {
    ...{ symbol: world.symbol, target, baseKey, settings, rows },
    fromMs: decidedFrom(world),
    toMs: decidedTo(world),
    holdoutMs: holdoutFrom(world),
    bars: world.bars.length - 1,
    barsWithDetail: world.bars.slice(0, -1).filter((bar) => world.detail.has(bar.openTime)).length,
    tried: tried.length,
    keys: [...new Set(of.sets.flatMap(({ override }) => Object.keys(override)))],
    heat: heatMap(rows),
    surface: target === 'surface' ? surfaceOf(rows) : undefined,
  };
}

/** The arguments that make `novosky backtest` play a set. */
export function overrideArguments(override: SetOverride): string {
  return Object.entries(override)
    .map(([key, value]) => `--override ${key}=${value}`)
    .join(' ');
}

/** The last word of a key, or two where the last says nothing alone: `kelly_lot_sizing.enabled`, `ranging.rf`. */
export function keyName(key: string): string {
  const words = key.split('.');
  const isTwo = words.at(-1) === 'enabled' || words[0] === 'regime_weights';
  return words.slice(isTwo ? -2 : -1).join('.');
}

/** A column of what the sets change. */
export type ChangeColumn = {
  readonly head: string;
  readonly short: (override: SetOverride) => string;
  readonly exact: (override: SetOverride) => string;
};

/** One for each key, or one for all of them where each set changes one. */
export function changeColumns({ target, keys }: SweepReport): readonly ChangeColumn[] {
  if (isOneByOne(target)) return [{ head: 'change', short: changeName, exact: changeName }];
  return keys.map((key) => ({
    head: keyName(key),
    short: (override) => valueText(override[key]),
    exact: (override) => String(override[key] ?? 'as configured'),
  }));
}

function changeName(override: SetOverride): string {
  const changes = Object.entries(override).map(([key, value]) => `${keyName(key)} = ${value}`);
  return changes.join(', ') || 'as configured';
}

/** At most four significant digits; `–` where a set does not change the key. */
export function valueText(value: AxisValue | undefined): string {
  if (value === undefined) return '–';
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
}
