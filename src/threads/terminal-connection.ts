import type { Quotes, Trading } from '../brokers/broker.ts';
import { mt5Terminal } from '../brokers/mt5/terminal.ts';
import type { Clock } from '../runtime/clock.ts';
import type { TerminalConnection } from './thread-data.ts';

/** Absence at a simulator: it executes what it has read before it answers the next request, or after a declared delay. */
const simulatedAbsence = { sinceCallMs: 250, emptyForMs: 100 };
/** The MT5 contract, §8.4: an orphaned call may still act minutes later. */
const realAbsence = { sinceCallMs: 180_000, emptyForMs: 90_000 };

export function connectTerminal(
  connection: TerminalConnection,
  options: { readonly clock: Clock; readonly magic: number; readonly deviationPoints: number },
): Quotes & Trading {
  return mt5Terminal({
    url: connection.url,
    token: connection.token,
    symbols: connection.symbols,
    magic: options.magic,
    deviationPoints: options.deviationPoints,
    clock: options.clock,
    readTimeoutMs: 8_000,
    tradeTimeoutMs: 65_000,
    absenceProof: connection.isSimulated ? simulatedAbsence : realAbsence,
    serverOffset: connection.isSimulated ? { ms: 0 } : 'measure',
  });
}
