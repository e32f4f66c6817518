import { type Instrument, lots } from '../domain/instrument.ts';
import { opposite, type Side } from '../domain/order.ts';
import { type Price, roundTo, type Steps } from '../domain/units.ts';
import { type Retcode, retcodeText } from '../exchange/retcode.ts';
import { marketOf } from '../exchange/terms.ts';
import { type Answer, close, protect, submit } from '../exchange/trade.ts';
import { quoteOf } from '../exchange/valuation.ts';
import { type Desk, ticketOf, unknownSymbol } from './read-routes.ts';
import { failed, ok, type Reply, UncaughtError, type WireRequest } from './reply.ts';
import { type Fields, jsonBody, numberOf } from './request-body.ts';
import type { Terminal } from './terminal.ts';

const orderTypes = [
  'BUY',
  'SELL',
  'BUY_LIMIT',
  'SELL_LIMIT',
  'BUY_STOP',
  'SELL_STOP',
  'BUY_STOP_LIMIT',
  'SELL_STOP_LIMIT',
];
const sides: Readonly<Record<string, Side>> = { BUY: 'buy', SELL: 'sell' };
/** The shortest limit that brokers were seen to have. */
const commentLengthMax = 26;

/** The request as the SDK gives it back: a nested tuple, which JSON makes an array of 17 values. Worthless to clients. */
const requestTuple = [1, 0, 0, '', 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, '', 0, 0] as const;

/** POST /orders. 201 only for retcode 10009; every other retcode is a 200. */
export function submitReply(desk: Desk, request: WireRequest): Reply {
  const fields = jsonBody(request);
  for (const name of ['symbol', 'type', 'volume'] as const) {
    if (fields[name] === undefined) return failed(400, `'${name}' is required`);
  }
  const { type, symbol } = fields;
  if (typeof type !== 'string') throw new UncaughtError('type is no string');
  const orderType = type.toUpperCase();
  if (!orderTypes.includes(orderType)) return failed(400, `Invalid type: ${type}`);
  if (symbol !== desk.terminal.brokerSymbol) return unknownSymbol(String(symbol));
  const comment = fields.comment ?? '';
  if (!isCommentAllowed(comment)) {
    return failed(500, `order_send failed: (-2, 'Invalid "comment" argument')`);
  }
  const answer = orderAnswer(desk, fields, orderType, comment);
  const status = answer.retcode === 10009 ? 201 : 200;
  return { status, json: tradeResult(desk, answer) };
}

/** PUT /positions/:t: a missing level stays as it is, 0 removes it. */
export function protectReply(desk: Desk, request: WireRequest): Reply {
  const ticket = ticketOf(request);
  if (request.body.text === '') return failed(400, 'Request body required');
  const fields = jsonBody(request);
  const position = desk.terminal.account.positions.find((each) => each.ticket === ticket);
  if (position === undefined) return failed(404, `Position ${ticket} not found`);
  const { instrument } = marketOf(desk.terminal.terms, position.symbol);
  const levels = levelsOf(fields, instrument, position);
  const answer =
    levels === undefined
      ? refusedWith(desk, 10016)
      : desk.terminal.trade((state, terms) => protect(state, terms, { ticket, ...levels }));
  if (answer.retcode === 10009) return ok(tradeResult(desk, answer));
  return failed(500, `Failed to update position: ${retcodeText[answer.retcode]}`);
}

/** DELETE /positions/:t: closes all of it, or the `volume` of a body that says it is JSON. */
export function closeReply(desk: Desk, request: WireRequest): Reply {
  const ticket = ticketOf(request);
  const fields = request.body.isJson && request.body.text !== '' ? jsonBody(request) : {};
  const position = desk.terminal.account.positions.find((each) => each.ticket === ticket);
  if (position === undefined) return failed(404, `Position ${ticket} not found`);
  const { instrument } = marketOf(desk.terminal.terms, position.symbol);
  const volume =
    fields.volume === undefined ? position.volume : stepsOn(instrument, numberOf(fields, 'volume'));
  const answer =
    volume === undefined
      ? refusedWith(desk, 10014)
      : desk.terminal.trade((state, terms) =>
          close(state, terms, { ticket, volume, magic: 0, comment: '' }),
        );
  if (answer.retcode === 10009) return ok(tradeResult(desk, answer));
  return failed(500, `Failed to close position: ${retcodeText[answer.retcode]}`);
}

function orderAnswer(desk: Desk, fields: Fields, orderType: string, comment: string): Answer {
  const { terminal } = desk;
  const { instrument } = marketOf(terminal.terms, terminal.symbol);
  const side = sides[orderType];
  if (side === undefined) return refusedWith(desk, 10035);
  if (fields.type_filling === 'RETURN') return refusedWith(desk, 10030);
  const volume = stepsOn(instrument, numberOf(fields, 'volume'));
  if (volume === undefined) return refusedWith(desk, 10014);
  const magic = fields.magic === undefined ? 0 : numberOf(fields, 'magic');
  const ticket = fields.position === undefined ? 0 : numberOf(fields, 'position');
  if (ticket !== 0) return closeByOrder(desk, { ticket, side, volume, magic, comment });
  const levels = levelsOf(fields, instrument, {});
  if (levels === undefined) return refusedWith(desk, 10016);
  const { stopLoss, takeProfit } = levels;
  return terminal.trade((state, terms) =>
    submit(state, terms, {
      symbol: terminal.symbol,
      side,
      volume,
      ...(stopLoss === undefined ? {} : { stopLoss }),
      ...(takeProfit === undefined ? {} : { takeProfit }),
      magic,
      comment,
    }),
  );
}

/** An order that names a position closes it, or a part of it, if it goes the other way. */
function closeByOrder(
  desk: Desk,
  order: { ticket: number; side: Side; volume: Steps; magic: number; comment: string },
): Answer {
  const { ticket, side, volume, magic, comment } = order;
  const position = desk.terminal.account.positions.find((each) => each.ticket === ticket);
  if (position !== undefined && side !== opposite[position.side]) return refusedWith(desk, 10013);
  return desk.terminal.trade((state, terms) =>
    close(state, terms, { ticket, volume, magic, comment }),
  );
}

function refusedWith({ terminal }: Desk, retcode: Retcode): Answer {
  return { state: terminal.account, deals: [], orders: [], retcode };
}

/** SL and TP of a body: absent keeps what stands, 0 is none; undefined when one lies off the price grid. */
function levelsOf(
  fields: Fields,
  { digits }: Instrument,
  standing: { readonly stopLoss?: Price; readonly takeProfit?: Price },
): { stopLoss: Price | undefined; takeProfit: Price | undefined } | undefined {
  const sl = fields.sl === undefined ? (standing.stopLoss ?? 0) : numberOf(fields, 'sl');
  const tp = fields.tp === undefined ? (standing.takeProfit ?? 0) : numberOf(fields, 'tp');
  if ([sl, tp].some((level) => level < 0 || roundTo(level, digits) !== level)) return undefined;
  return {
    stopLoss: sl === 0 ? undefined : (sl as Price),
    takeProfit: tp === 0 ? undefined : (tp as Price),
  };
}

/** The steps of a volume in lots; undefined when it is off the grid, be it by the noise of `0.1 + 0.2`. */
function stepsOn(instrument: Instrument, volume: number): Steps | undefined {
  const whole = Math.round(volume / instrument.volumeStep) as Steps;
  return whole > 0 && lots(instrument, whole) === volume ? whole : undefined;
}

function isCommentAllowed(comment: unknown): comment is string {
  return (
    typeof comment === 'string' && comment.length <= commentLengthMax && !/[[\]]/.test(comment)
  );
}

function tradeResult({ terminal }: Desk, answer: Answer) {
  return wireTradeResult(answer, terminal);
}

/** What the server says of a trade. `account` is as it stands after it. */
export function wireTradeResult(
  answer: Answer,
  { account, terms, symbol }: Pick<Terminal, 'account' | 'terms' | 'symbol'>,
) {
  const quote = quoteOf(account, symbol);
  const deal = answer.deals.at(-1);
  const booked = deal?.kind === 'trade' ? deal : undefined;
  const { instrument } = marketOf(terms, symbol);
  return {
    ask: quote.ask,
    bid: quote.bid,
    comment: retcodeText[answer.retcode],
    deal: booked?.ticket ?? 0,
    order: booked?.orderTicket ?? 0,
    price: booked?.price ?? 0,
    request: requestTuple,
    request_id: account.orderTicketNext,
    retcode: answer.retcode,
    retcode_external: 0,
    volume: booked === undefined ? 0 : lots(instrument, booked.volume),
  };
}
