import {
  accountReply,
  type Desk,
  errorReply,
  historyDealsReply,
  historyOrdersReply,
  pendingOrderReply,
  pendingOrdersReply,
  pingReply,
  positionReply,
  positionsReply,
  symbolRatesReply,
  symbolReply,
  symbolsReply,
  terminalReply,
  tickReply,
} from './read-routes.ts';
import { htmlError, type Reply, UncaughtError, type WireRequest } from './reply.ts';
import { closeReply, protectReply, submitReply } from './trade-routes.ts';

type Handler = (desk: Desk, request: WireRequest) => Reply;

/** The whole surface: a path in which `:` stands for one segment, and what its methods do. */
const surface: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  ping: { GET: pingReply },
  error: { GET: errorReply },
  terminal: { GET: terminalReply },
  account: { GET: accountReply },
  symbols: { GET: symbolsReply },
  'symbols/:': { GET: symbolReply },
  'symbols/:/tick': { GET: tickReply },
  'symbols/:/rates': { GET: symbolRatesReply },
  positions: { GET: positionsReply },
  'positions/:': { GET: positionReply, PUT: protectReply, DELETE: closeReply },
  orders: { GET: pendingOrdersReply, POST: submitReply },
  'orders/:': { GET: pendingOrderReply, PUT: pendingOrderReply, DELETE: pendingOrderReply },
  'history/deals': { GET: historyDealsReply },
  'history/orders': { GET: historyOrdersReply },
};
type Route = {
  readonly pattern: readonly string[];
  readonly on: Readonly<Record<string, Handler>>;
};

/** Routes by their first segment, which is never open. */
const routesUnder = new Map<string, Route[]>();
for (const [path, on] of Object.entries(surface)) {
  const pattern = path.split('/');
  const [first = ''] = pattern;
  routesUnder.set(first, [...(routesUnder.get(first) ?? []), { pattern, on }]);
}

/** The terminal's answer to a request when nothing goes wrong. */
export function handle(desk: Desk, request: WireRequest): Reply {
  const { path } = request;
  const route = routesUnder.get(path[0] ?? '')?.find(({ pattern }) => isPath(pattern, path));
  if (route === undefined) return htmlError(404);
  const handler = route.on[request.method];
  if (handler === undefined) return htmlError(405);
  try {
    return handler(desk, request);
  } catch (error) {
    if (error instanceof UncaughtError) return htmlError(error.status);
    throw error;
  }
}

function isPath(pattern: readonly string[], path: readonly string[]): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((segment, index) => segment === ':' || segment === path[index])
  );
}
