/** What all sets of a sweep are played on: the same for each of them, and nothing beyond the window. */
import { type Bar, timeframeMs } from '../../domain/bar.ts';
import { type EpochMs, epochMs, type Money } from '../../domain/units.ts';
import type { ExchangeTerms } from '../../exchange/terms.ts';
import type { Manifest } from '../../inference/manifest.ts';
import type { FleetCaps } from '../../risk/exposure.ts';
import type { DetailBars } from '../detail-bars.ts';
import type { FinerBars } from '../exchange-broker.ts';
import { hashBytes, type PredictionTable } from '../prediction-table.ts';
import type { SweepWindow } from './sweep-window.ts';

/** Plain values: it goes to the workers as it is. */
export type SweepWorld = {
  readonly symbol: string;
  /** Of the window, and one more that fills what the last of them decides. M15, oldest first. */
  readonly bars: readonly Bar[];
  /** What the models gave for these bars, row by row. */
  readonly table: PredictionTable;
  /** What is known of the inside of these bars, by their open time. */
  readonly detail: ReadonlyMap<number, FinerBars>;
  readonly manifest: Manifest;
  readonly terms: ExchangeTerms;
  readonly deposit: Money;
  readonly magic: number;
  readonly fleetCaps?: FleetCaps;
};

type WorldParts = Omit<SweepWorld, 'bars' | 'table' | 'detail'> & {
  /** The whole series, what the models gave for it, and shorter bars of it. */
  readonly bars: readonly Bar[];
  readonly table: PredictionTable;
  readonly detail?: DetailBars;
};

/** What lies before the window or beyond it is cut off. */
export function sweepWorld(parts: WorldParts, { first, holdout }: SweepWindow): SweepWorld {
  const { symbol, bars, table, manifest, terms, deposit, magic, fleetCaps } = parts;
  const seen = bars.slice(first, holdout);
  return {
    ...{ symbol, manifest, terms, deposit, magic, ...(fleetCaps && { fleetCaps }) },
    bars: seen,
    detail: detailOf(seen, parts.detail),
    table: rowsOf(table, first - table.first, holdout - table.first),
  };
}

function detailOf(bars: readonly Bar[], detail: DetailBars | undefined): SweepWorld['detail'] {
  const finer = new Map<number, FinerBars>();
  for (const bar of bars) {
    const known = detail?.of(bar);
    if (known !== undefined) finer.set(bar.openTime, known);
  }
  return finer;
}

/** Open of the first bar that is decided, and of the last. */
export function decidedFrom({ bars }: SweepWorld): EpochMs {
  return (bars[0] as Bar).openTime;
}

export function decidedTo({ bars }: SweepWorld): EpochMs {
  return (bars.at(-2) as Bar).openTime;
}

/** When the window ends, the bar that only fills included: from here on nothing was looked at. */
export function holdoutFrom({ bars }: SweepWorld): EpochMs {
  return epochMs((bars.at(-1) as Bar).openTime + timeframeMs.M15);
}

function rowsOf(table: PredictionTable, from: number, to: number): PredictionTable {
  const { raw, told, hashes, rows } = table;
  const part = <T extends Float32Array | Float64Array>(values: T) => {
    const width = values.length / rows;
    return values.slice(from * width, to * width) as T;
  };
  return {
    ...table,
    first: 0,
    rows: to - from,
    raw: part(raw),
    told: part(told),
    hashes: Buffer.from(hashes.subarray(from * hashBytes, to * hashBytes)),
  };
}
