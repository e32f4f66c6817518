import { type Instrument, onGrid } from '../../domain/instrument.ts';
import type { TradeOutcome } from '../../domain/order.ts';
import type { ProtectRequest } from '../broker.ts';
import type { PositionRow } from './positions.ts';
import { describeRetcode, retcodes } from './retcode.ts';
import { reasonOf, type TradeOptions } from './submit.ts';
import { nearestSteps, type SymbolSpec } from './symbols.ts';
import { type TradeAnswer, tradeAnswer } from './trade-answer.ts';

/** SL and TP on the symbol's grid. Without a TP the present one stays. */
type Levels = { readonly sl: number; readonly tp?: number };

/** Compares, sets with one call, and reads back: the server says 500 to every answer that is not a plain "done". */
export async function protect(
  options: TradeOptions,
  request: ProtectRequest,
  signal: AbortSignal,
): Promise<TradeOutcome> {
  const { positions, symbols, http, timeoutMs } = options;
  let spec: SymbolSpec;
  let row: PositionRow | undefined;
  try {
    spec = await symbols.spec(symbols.brokerName(request.symbol), signal);
    row = await positions.find(request.ticket, signal);
  } catch (cause) {
    return { outcome: 'not-sent', reason: reasonOf(cause) };
  }
  const levels = levelsOf(spec.instrument, request);
  if (row === undefined) return gone();
  if (stands(row, levels, spec.instrument)) return protectedNow(row, spec);
  const path = `/positions/${request.ticket}`;
  const answer = tradeAnswer(
    await http.send({ method: 'PUT', path, body: levels, timeoutMs }, signal),
  );
  const otherwise = outcomeIfNotSeen(answer);
  if (otherwise.outcome === 'not-sent') return otherwise;
  try {
    const after = await positions.find(request.ticket, signal);
    if (after === undefined) return gone();
    if (stands(after, levels, spec.instrument)) return protectedNow(after, spec);
    return otherwise;
  } catch (cause) {
    return { outcome: 'unknown', reason: `reading the levels back failed: ${reasonOf(cause)}` };
  }
}

function levelsOf(instrument: Instrument, { stopLoss, takeProfit }: ProtectRequest): Levels {
  const sl = onGrid(instrument, stopLoss);
  return takeProfit === undefined ? { sl } : { sl, tp: onGrid(instrument, takeProfit) };
}

function stands(row: PositionRow, { sl, tp }: Levels, instrument: Instrument): boolean {
  return (
    onGrid(instrument, row.sl) === sl && (tp === undefined || onGrid(instrument, row.tp) === tp)
  );
}

/** The outcome when the position does not show the levels afterwards. */
function outcomeIfNotSeen(answer: TradeAnswer): TradeOutcome {
  switch (answer.type) {
    case 'not-sent':
      return { outcome: 'not-sent', reason: answer.reason };
    case 'failed':
    case 'not-found':
      return { outcome: 'rejected', code: 0, reason: answer.reason };
    case 'retcode':
      if (answer.meaning === 'rejected' || answer.meaning === 'gone') {
        return { outcome: 'rejected', code: answer.code, reason: answer.reason };
      }
      return { outcome: 'unknown', reason: answer.reason };
    case 'booked':
      return { outcome: 'unknown', reason: 'accepted, but the position does not show the levels' };
    default:
      return { outcome: 'unknown', reason: answer.reason };
  }
}

function protectedNow(row: PositionRow, spec: SymbolSpec): TradeOutcome {
  return { outcome: 'done', fill: { ticket: row.ticket, volume: nearestSteps(spec, row.volume) } };
}

function gone(): TradeOutcome {
  const code = retcodes.positionClosed;
  return { outcome: 'rejected', code, reason: describeRetcode(code, '') };
}
