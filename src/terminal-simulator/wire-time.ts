import type { EpochMs } from '../domain/units.ts';

const hourMs = 3_600_000;

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

type Offsets = {
  readonly brokerMs: number;
  readonly configuredMs: number;
  /** From here on the broker's clock is an hour further ahead; undefined: never. */
  readonly summerTimeFrom?: EpochMs | undefined;
};

/**
 * The broker's clock runs `brokerMs` ahead of UTC, and the server takes off `configuredMs` of it: what remains is how
 * far times on the wire stand from UTC, in both directions.
 */
export function wireTime({ brokerMs, configuredMs, summerTimeFrom }: Offsets): WireTime {
  const summerFrom = summerTimeFrom ?? Number.POSITIVE_INFINITY;
  const toBrokerMs = (at: EpochMs) => at + brokerMs + (at < summerFrom ? 0 : hourMs);
  /** The hour that the clock leaves out is read as the one after it. */
  const fromBrokerMs = (shown: number) =>
    (shown - brokerMs < summerFrom + hourMs
      ? Math.min(shown - brokerMs, summerFrom)
      : shown - brokerMs - hourMs) as EpochMs;
  return {
    toSeconds: (at) => Math.floor((toBrokerMs(at) - configuredMs) / 1000),
    toMs: (at) => toBrokerMs(at) - configuredMs,
    fromSeconds: (seconds) => fromBrokerMs(seconds * 1000 + configuredMs),
    toBrokerMs,
    fromBrokerMs,
    configuredMs,
  };
}
