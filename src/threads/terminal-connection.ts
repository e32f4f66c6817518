import type { AbsenceProof, Quotes, Trading } from '../brokers/broker.ts';
import { type Mt5Options, mt5Terminal } from '../brokers/mt5/terminal.ts';
import { mt5Terms } from '../brokers/mt5/terms.ts';
import type { Terms } from '../brokers/terms.ts';
import type { Clock } from '../runtime/clock.ts';
import type { TerminalConnection } from './thread-data.ts';

/**
 * How long absence must be seen. A built-in simulator executes what it has read before it answers the next request.
 * One that runs by itself may have been told to execute up to 20 s after its 504. At a real terminal an orphaned call
 * may still act minutes later: the MT5 contract, §8.4.
 */
const absenceProofs = {
  'built-in': { sinceCallMs: 250, emptyForMs: 100 },
  external: { sinceCallMs: 30_000, emptyForMs: 5_000 },
  real: { sinceCallMs: 180_000, emptyForMs: 90_000 },
} as const satisfies Record<TerminalConnection['nature'], AbsenceProof>;

type ConnectOptions = {
  readonly clock: Clock;
  readonly magic: number;
  readonly deviationPoints: number;
  readonly http?: NonNullable<Mt5Options['http']>;
};

export function connectTerminal(
  connection: TerminalConnection,
  options: ConnectOptions,
): Quotes & Trading {
  return mt5Terminal(mt5Options(connection, options));
}

/** The way to what only an audit asks for. */
export function connectTerms(connection: TerminalConnection, options: ConnectOptions): Terms {
  return mt5Terms(mt5Options(connection, options));
}

function mt5Options(connection: TerminalConnection, options: ConnectOptions): Mt5Options {
  return {
    url: connection.url,
    token: connection.token,
    symbols: connection.symbols,
    ...options,
    readTimeoutMs: 8_000,
    tradeTimeoutMs: 65_000,
    absenceProof: connection.absenceProof ?? absenceProofs[connection.nature],
    // A simulator's clock is market time: it says nothing about an offset.
    serverOffset: connection.nature === 'real' ? 'measure' : { ms: 0 },
  };
}
