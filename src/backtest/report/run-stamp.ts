import type { EpochMs } from '../../domain/units.ts';

/** The two things of a report that differ between two runs of the same backtest. */
export type RunStamp = { readonly generatedAtMs: EpochMs; readonly wallMs: number };
