import { unreachable } from '../../domain/assert.ts';
import { lots, onGrid } from '../../domain/instrument.ts';
import type { Fill, Order, TradeOutcome } from '../../domain/order.ts';
import { price, type Steps } from '../../domain/units.ts';
import type { Http } from './http.ts';
import type { Positions } from './positions.ts';
import { refusalOf } from './retcode.ts';
import { nearestSteps, type SymbolSpec, type SymbolTable } from './symbols.ts';
import { type TradeAnswer, tradeAnswer } from './trade-answer.ts';

export type TradeOptions = {
  readonly http: Http;
  readonly symbols: SymbolTable;
  readonly positions: Positions;
  readonly magic: number;
  readonly deviationPoints: number;
  readonly timeoutMs: number;
  /** On a hedging account a new position bears the ticket of its order. */
  readonly isHedging: () => boolean;
};

/** One POST, never repeated. The price is left to the server, so that `deviation` counts from its newest quote. */
export async function submit(
  options: TradeOptions,
  order: Order,
  {
    signal,
    onWritten,
  }: { readonly signal: AbortSignal; readonly onWritten?: (() => void) | undefined },
): Promise<TradeOutcome> {
  const { http, symbols, positions, timeoutMs, isHedging } = options;
  const brokerSymbol = symbols.brokerName(order.symbol);
  let spec: SymbolSpec;
  try {
    spec = await symbols.spec(brokerSymbol, signal);
  } catch (cause) {
    return { outcome: 'not-sent', reason: reasonOf(cause) };
  }
  const body = orderBody(options, order, spec);
  const answer = await http.send(
    { method: 'POST', path: '/orders', body, timeoutMs, ...(onWritten && { onWritten }) },
    signal,
  );
  const outcome = orderOutcome(tradeAnswer(answer), spec, order.volume, isHedging());
  if (outcome.outcome === 'unknown') positions.doubt();
  return outcome;
}

function orderBody(
  { magic, deviationPoints }: TradeOptions,
  order: Order,
  { instrument, filling }: SymbolSpec,
): Readonly<Record<string, string | number>> {
  return {
    symbol: instrument.brokerSymbol,
    type: order.side === 'buy' ? 'BUY' : 'SELL',
    volume: lots(instrument, order.volume),
    sl: onGrid(instrument, order.stopLoss),
    tp: onGrid(instrument, order.takeProfit),
    deviation: deviationPoints,
    magic,
    comment: order.id,
    type_filling: filling,
    type_time: 'GTC',
  };
}

/** The outcome of a market order for `wanted` steps. */
export function orderOutcome(
  answer: TradeAnswer,
  spec: SymbolSpec,
  wanted: Steps,
  isHedging: boolean,
): TradeOutcome {
  switch (answer.type) {
    case 'retcode': {
      const { meaning, code, reason } = answer;
      if (meaning === 'unknown') return { outcome: 'unknown', reason };
      if (meaning !== 'done' && meaning !== 'partial') {
        const refusal = refusalOf(code);
        return { outcome: 'rejected', code, reason, ...(refusal && { refusal }) };
      }
      if (meaning === 'partial' && answer.lots === undefined) return { outcome: 'unknown', reason };
      const ticket = isHedging ? answer.order : undefined;
      return filled({ ticket, lots: answer.lots, price: answer.price }, spec, wanted);
    }
    case 'booked':
      return filled(answer, spec, wanted);
    case 'not-found':
    case 'not-sent':
      return { outcome: 'not-sent', reason: answer.reason };
    case 'failed':
    case 'unknown':
      return { outcome: 'unknown', reason: answer.reason };
    default:
      return unreachable(answer);
  }
}

type Execution = {
  readonly ticket: number | undefined;
  readonly lots: number | undefined;
  readonly price: number | undefined;
};

/** Done, or partial when less than `wanted` was filled. */
export function filled(execution: Execution, spec: SymbolSpec, wanted: Steps): TradeOutcome {
  const reported = nearestSteps(spec, execution.lots ?? 0);
  const volume = reported === 0 ? wanted : reported;
  const fill: Fill = {
    volume,
    ...(execution.ticket === undefined ? {} : { ticket: execution.ticket }),
    ...(execution.price === undefined ? {} : { price: price(execution.price) }),
  };
  return { outcome: volume < wanted ? 'partial' : 'done', fill };
}

export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
