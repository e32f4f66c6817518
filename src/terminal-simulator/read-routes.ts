import type { EpochMs } from '../domain/units.ts';
import { marketOf } from '../exchange/terms.ts';
import { quoteOf } from '../exchange/valuation.ts';
import { ratesReply } from './rates.ts';
import { failed, ok, type Reply, UncaughtError, type WireRequest } from './reply.ts';
import type { Terminal } from './terminal.ts';
import {
  wireAccount,
  wireDeal,
  wireOrder,
  wirePosition,
  wireSymbol,
  wireTerminal,
  wireTick,
} from './wire.ts';
import type { WireTime } from './wire-time.ts';

/** What handlers answer from. */
export type Desk = { readonly terminal: Terminal; readonly time: WireTime };

export const pingReply = (): Reply => ok({ mode: 'live', status: 'ok' });

export const errorReply = (): Reply => ok({ code: 1, message: 'Success' });

export function terminalReply({ time }: Desk): Reply {
  return ok(wireTerminal(time, true));
}

export function accountReply({ terminal }: Desk): Reply {
  return ok(wireAccount(terminal.account, terminal.terms));
}

/** `group` is MT5's mask: parts divided by commas, `*` for anything, `!` to leave out. */
export function symbolsReply({ terminal }: Desk, { query }: WireRequest): Reply {
  const name = terminal.brokerSymbol;
  const masks = (query.get('group') ?? '*').split(',').map((mask) => mask.trim());
  const isIn = masks.some((mask) => !mask.startsWith('!') && matches(mask, name));
  const isOut = masks.some((mask) => mask.startsWith('!') && matches(mask.slice(1), name));
  return ok(isIn && !isOut ? [name] : []);
}

export function symbolReply(desk: Desk, request: WireRequest): Reply {
  const { terminal, time } = desk;
  const name = request.path[1] ?? '';
  if (name !== terminal.brokerSymbol) return unknownSymbol(name);
  const { terms, symbol } = terminal;
  return ok(wireSymbol(marketOf(terms, symbol), quoteOf(terminal.account, symbol), time));
}

export function tickReply({ terminal, time }: Desk, request: WireRequest): Reply {
  const name = request.path[1] ?? '';
  if (name !== terminal.brokerSymbol) return failed(404, `No tick for ${name}`);
  return ok(wireTick(quoteOf(terminal.account, terminal.symbol), time));
}

export function symbolRatesReply({ terminal, time }: Desk, request: WireRequest): Reply {
  const name = request.path[1] ?? '';
  if (name !== terminal.brokerSymbol) return unknownSymbol(name);
  return ratesReply(terminal, request.query, time);
}

export function positionsReply({ terminal, time }: Desk, { query }: WireRequest): Reply {
  const symbol = query.get('symbol');
  const { account, terms, brokerSymbol } = terminal;
  const isListed = symbol === null || symbol === brokerSymbol;
  const positions = isListed ? account.positions : [];
  return ok(positions.map((position) => wirePosition(position, account, terms, time)));
}

export function positionReply({ terminal, time }: Desk, request: WireRequest): Reply {
  const { account, terms } = terminal;
  const ticket = ticketOf(request);
  const position = account.positions.find((each) => each.ticket === ticket);
  if (position === undefined) return failed(404, `Position ${ticket} not found`);
  return ok(wirePosition(position, account, terms, time));
}

/** Market orders are filled at once, so nothing ever pends. */
export const pendingOrdersReply = (): Reply => ok([]);

export function pendingOrderReply(_desk: Desk, request: WireRequest): Reply {
  return failed(404, `Order ${ticketOf(request)} not found`);
}

export function historyDealsReply({ terminal, time }: Desk, { query }: WireRequest): Reply {
  const period = periodOf(query, time);
  if ('status' in period) return period;
  const deals = terminal.books.dealsBetween(period.from, period.to);
  return ok(deals.map((deal) => wireDeal(deal, terminal.terms, time)));
}

export function historyOrdersReply({ terminal, time }: Desk, { query }: WireRequest): Reply {
  const period = periodOf(query, time);
  if ('status' in period) return period;
  const orders = terminal.books.ordersBetween(period.from, period.to);
  return ok(orders.map((order) => wireOrder(order, terminal.terms, time)));
}

/** The ticket of a path such as `/positions/12`; anything but digits is no route. */
export function ticketOf({ path }: WireRequest): number {
  const text = path[1] ?? '';
  if (!/^\d+$/.test(text)) throw new UncaughtError(`${text} is no ticket`, 404);
  return Number(text);
}

export function unknownSymbol(name: string): Reply {
  return failed(404, `Symbol ${name} not found`);
}

function periodOf(
  query: URLSearchParams,
  time: WireTime,
): { readonly from: EpochMs; readonly to: EpochMs } | Reply {
  const [from, to] = [query.get('from'), query.get('to')];
  if (!from || !to) {
    return failed(400, "'from' and 'to' query params required (unix timestamps)");
  }
  const seconds = [from, to].map(pythonInteger);
  if (seconds.some(Number.isNaN)) {
    return failed(400, "'from' and 'to' must be unix timestamps");
  }
  const [first = 0, last = 0] = seconds;
  if (Math.max(first, last) > 32_536_799_999) throw new UncaughtError('beyond the year 3000');
  return {
    from: time.fromSeconds(first),
    to: (time.fromSeconds(last) + 999) as EpochMs,
  };
}

/** Python's `int` reads underscores as digit separators: `2024_01_15` is 20240115. */
function pythonInteger(text: string): number {
  return /^[+-]?\d+(_\d+)*$/.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN;
}

function matches(mask: string, name: string): boolean {
  const pattern = mask.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`).test(name);
}
