import * as z from 'zod';
import { BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';
import type { Reads } from './reads.ts';
import { symbolPath } from './symbols.ts';

const tickRow = z.compile(
  z.object({
    bid: z.number().nonnegative(),
    ask: z.number().nonnegative(),
    /** Seconds of the server's clock. */
    time: z.int().nonnegative(),
    time_msc: z.int().nonnegative().default(0),
  }),
);

/** The newest quote, still on the server's clock. */
export type Tick = { readonly bid: number; readonly ask: number; readonly serverMs: number };

/** The terminal answers, and has no quote yet. */
export class NoQuoteError extends BrokerUnavailableError {}

/** The first tick after a symbol was selected is all zeros: that is no quote yet. */
export async function readTick(
  reads: Reads,
  brokerSymbol: string,
  signal: AbortSignal,
): Promise<Tick> {
  const path = `${symbolPath(brokerSymbol)}/tick`;
  const { bid, ask, time, time_msc } = await reads.get(path, tickRow, signal);
  const serverMs = time_msc > 0 ? time_msc : time * 1_000;
  if (bid === 0 || ask === 0 || serverMs === 0) {
    throw new NoQuoteError(`${brokerSymbol} has no quote yet: its tick is all zeros`);
  }
  if (ask < bid) {
    throw new BrokerProtocolError(`${brokerSymbol} is quoted ${bid}/${ask}: ask below bid`);
  }
  return { bid, ask, serverMs };
}
