import type { EpochMs } from '../domain/units.ts';

/** Moves a simulated terminal through its data. Steps are absolute, so that asking twice changes nothing. */
export type SimulationControl = {
  state(signal: AbortSignal): Promise<SimulationState>;
  /** Plays bars until `step` bars of the replay have closed; does nothing when they already have. */
  advance(step: number, signal: AbortSignal): Promise<SimulationState>;
};

export type SimulationState = {
  /** Bars of the replay that have closed. */
  readonly step: number;
  /** How many there are; undefined for a generator, which has no end. */
  readonly stepsMax?: number;
  /** Open time of the last closed bar, and the market time now (that of the newest quote). */
  readonly lastBarTime: EpochMs;
  readonly now: EpochMs;
};
