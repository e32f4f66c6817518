import { unreachable } from '../../domain/assert.ts';
import { lots } from '../../domain/instrument.ts';
import type { TradeOutcome } from '../../domain/order.ts';
import { type Steps, steps } from '../../domain/units.ts';
import type { CloseRequest } from '../broker.ts';
import type { Deals } from './deals.ts';
import type { HttpRequest } from './http.ts';
import type { PositionRow } from './positions.ts';
import { filled, reasonOf, type TradeOptions } from './submit.ts';
import { nearestSteps, type SymbolSpec } from './symbols.ts';
import { type TradeAnswer, tradeAnswer } from './trade-answer.ts';

type CloseOptions = TradeOptions & { readonly deals: Deals };

/** A close under way: what stood there before, and how much of it is to go. */
type Closing = {
  readonly ticket: number;
  readonly spec: SymbolSpec;
  readonly before: Steps;
  readonly wanted: Steps;
};

/**
 * Reads the position, closes it with one call, and looks again wherever the answer leaves a doubt. A ticket that is
 * gone counts as closed when the history shows the deal that closed it.
 */
export async function close(
  options: CloseOptions,
  request: CloseRequest,
  signal: AbortSignal,
): Promise<TradeOutcome> {
  const { positions, symbols, http } = options;
  const { ticket } = request;
  let spec: SymbolSpec;
  let row: PositionRow | undefined;
  try {
    spec = await symbols.spec(symbols.brokerName(request.symbol), signal);
    row = await positions.find(ticket, signal);
  } catch (cause) {
    return { outcome: 'not-sent', reason: reasonOf(cause) };
  }
  if (row === undefined) {
    const closing = { ticket, spec, before: request.volume, wanted: request.volume };
    return goneOutcome(options, closing, 'the position is not there', signal);
  }
  const before = nearestSteps(spec, row.volume);
  const most = before - (request.leaves ?? 0);
  if (most <= 0) return { outcome: 'done', fill: { ticket, volume: steps(0) } };
  const closing = { ticket, spec, before, wanted: steps(Math.min(request.volume, most)) };
  const answer = tradeAnswer(await http.send(closeRequest(options, closing, row), signal));
  return closeOutcome(options, closing, answer, signal);
}

/**
 * The server's own close always fills immediate-or-cancel; where that is not allowed, an opposite order with the
 * position's ticket does it. With a ticket that is wrong it would open a position, so it was read just before.
 */
function closeRequest(
  { magic, deviationPoints, timeoutMs }: CloseOptions,
  { ticket, spec, wanted }: Closing,
  row: PositionRow,
): HttpRequest {
  const volume = lots(spec.instrument, wanted);
  const terms = { volume, deviation: deviationPoints };
  if (spec.filling === 'IOC') {
    return { method: 'DELETE', path: `/positions/${ticket}`, body: terms, timeoutMs };
  }
  const body = {
    ...terms,
    symbol: spec.instrument.brokerSymbol,
    type: row.type === 0 ? 'SELL' : 'BUY',
    position: ticket,
    magic,
    type_filling: spec.filling,
  };
  return { method: 'POST', path: '/orders', body, timeoutMs };
}

async function closeOutcome(
  options: CloseOptions,
  closing: Closing,
  answer: TradeAnswer,
  signal: AbortSignal,
): Promise<TradeOutcome> {
  const { ticket, spec, wanted } = closing;
  switch (answer.type) {
    case 'booked':
      return filled({ ...answer, ticket }, spec, wanted);
    case 'not-sent':
      return { outcome: 'not-sent', reason: answer.reason };
    case 'not-found':
      return lookAgain(options, closing, signal, { outcome: 'not-sent', reason: answer.reason });
    case 'failed': {
      const unchanged: TradeOutcome = { outcome: 'rejected', code: 0, reason: answer.reason };
      return lookAgain(options, closing, signal, unchanged);
    }
    case 'unknown':
      return lookAgain(options, closing, signal, { outcome: 'unknown', reason: answer.reason });
    case 'retcode': {
      const { meaning, code, reason } = answer;
      if (meaning === 'done') return filled({ ...answer, ticket }, spec, wanted);
      const isInDoubt = meaning === 'unknown' || meaning === 'partial';
      const unchanged: TradeOutcome = isInDoubt
        ? { outcome: 'unknown', reason }
        : { outcome: 'rejected', code, reason };
      if (meaning === 'rejected') return unchanged;
      return lookAgain(options, closing, signal, unchanged);
    }
    default:
      return unreachable(answer);
  }
}

/** What the position itself says; `unchanged` is the outcome when it stands as before. */
async function lookAgain(
  options: CloseOptions,
  closing: Closing,
  signal: AbortSignal,
  unchanged: TradeOutcome,
): Promise<TradeOutcome> {
  const { positions } = options;
  const { ticket, spec, before, wanted } = closing;
  const reason = 'reason' in unchanged ? unchanged.reason : '';
  if (unchanged.outcome === 'unknown') positions.doubt();
  try {
    const row = await positions.find(ticket, signal);
    if (row === undefined) return await goneOutcome(options, closing, reason, signal);
    const closed = steps(Math.max(0, before - nearestSteps(spec, row.volume)));
    if (closed === 0) return unchanged;
    return { outcome: closed < wanted ? 'partial' : 'done', fill: { ticket, volume: closed } };
  } catch (cause) {
    return { outcome: 'unknown', reason: `${reason}; looking again failed: ${reasonOf(cause)}` };
  }
}

/** For a ticket that the proven list lacks: how it was closed, by the history. */
async function goneOutcome(
  { deals }: CloseOptions,
  { ticket, before }: Closing,
  reason: string,
  signal: AbortSignal,
): Promise<TradeOutcome> {
  try {
    const last = (await deals.closing(ticket, signal)).at(-1);
    if (last === undefined) {
      return { outcome: 'unknown', reason: `${reason}; no deal that closed it is known yet` };
    }
    return { outcome: 'done', fill: { ticket, volume: before, price: last.price, at: last.at } };
  } catch (cause) {
    return { outcome: 'unknown', reason: `${reason}; the history failed: ${reasonOf(cause)}` };
  }
}
