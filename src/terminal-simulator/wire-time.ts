import type { EpochMs } from '../domain/units.ts';

/** How the terminal's clock reads on the wire. */
export type WireTime = {
  readonly toSeconds: (at: EpochMs) => number;
  readonly toMs: (at: EpochMs) => number;
  /** The moment that a client means by unix seconds. */
  readonly fromSeconds: (seconds: number) => EpochMs;
  /** What the broker's own clock shows, which higher timeframes are cut by. */
  readonly toBrokerMs: (at: EpochMs) => number;
  readonly fromBrokerMs: (brokerMs: number) => EpochMs;
  /** The offset that the server believes in and has taken off, in ms. */
  readonly configuredMs: number;
};

/**
 * The broker's clock runs `brokerMs` ahead of UTC, and the server takes off `configuredMs` of it: what remains is how
 * far times on the wire stand from UTC, in both directions.
 */
export function wireTime(offsets: {
  readonly brokerMs: number;
  readonly configuredMs: number;
}): WireTime {
  const residualMs = offsets.brokerMs - offsets.configuredMs;
  return {
    toSeconds: (at) => Math.floor((at + residualMs) / 1000),
    toMs: (at) => at + residualMs,
    fromSeconds: (seconds) => (seconds * 1000 - residualMs) as EpochMs,
    toBrokerMs: (at) => at + offsets.brokerMs,
    fromBrokerMs: (brokerMs) => (brokerMs - offsets.brokerMs) as EpochMs,
    configuredMs: offsets.configuredMs,
  };
}
