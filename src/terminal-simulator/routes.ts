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
const routes: readonly { readonly path: string; readonly on: Readonly<Record<string, Handler>> }[] =
  [
    { path: 'ping', on: { GET: pingReply } },
    { path: 'error', on: { GET: errorReply } },
    { path: 'terminal', on: { GET: terminalReply } },
    { path: 'account', on: { GET: accountReply } },
    { path: 'symbols', on: { GET: symbolsReply } },
    { path: 'symbols/:', on: { GET: symbolReply } },
    { path: 'symbols/:/tick', on: { GET: tickReply } },
    { path: 'symbols/:/rates', on: { GET: symbolRatesReply } },
    { path: 'positions', on: { GET: positionsReply } },
    { path: 'positions/:', on: { GET: positionReply, PUT: protectReply, DELETE: closeReply } },
    { path: 'orders', on: { GET: pendingOrdersReply, POST: submitReply } },
    {
      path: 'orders/:',
      on: { GET: pendingOrderReply, PUT: pendingOrderReply, DELETE: pendingOrderReply },
    },
    { path: 'history/deals', on: { GET: historyDealsReply } },
    { path: 'history/orders', on: { GET: historyOrdersReply } },
  ];

/** The terminal's answer to a request when nothing goes wrong. */
export function handle(desk: Desk, request: WireRequest): Reply {
  const route = routes.find(({ path }) => isPath(path.split('/'), request.path));
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
