/** How a fault bends a request on its way in and the answer on its way out. */
import { unreachable } from '../domain/assert.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import type { RequestFault } from './fault.ts';
import { failed, htmlError, ok, type Reply, type WireRequest } from './reply.ts';

/** An answer, bytes that JSON could not be, or a connection that breaks. */
export type Delivery = Reply | { readonly status: number; readonly rawJson: string } | 'dropped';

export type Answering = {
  readonly handle: (request: WireRequest) => Reply;
  readonly clock: Clock;
  /** Ends waits when the simulator closes. */
  readonly signal: AbortSignal;
  readonly tradeOverrides: TradeOverrides;
};

/** Answers of faults that need to know the account. */
export type TradeOverrides = {
  /** The request with a smaller volume. */
  readonly reduced: (request: WireRequest, share: number) => WireRequest;
  /** The position or deal that a trade request just made, as NOVOSKY's own server would show it. */
  readonly novoskyAnswer: (request: WireRequest, done: Reply) => Reply;
};

/** At once where no fault strikes. */
export function deliver(
  request: WireRequest,
  fault: RequestFault | undefined,
  answering: Answering,
): Delivery | Promise<Delivery> {
  return fault === undefined ? answering.handle(request) : bent(request, fault, answering);
}

async function bent(
  request: WireRequest,
  fault: RequestFault,
  answering: Answering,
): Promise<Delivery> {
  const { handle, clock, signal, tradeOverrides } = answering;
  switch (fault.kind) {
    case 'delay':
      await sleep(fault.ms, clock, signal);
      return handle(request);
    case 'gateway-timeout':
      return timedOut(request, fault, answering);
    case 'drop-socket':
      if (fault.executes) handle(request);
      return 'dropped';
    case 'unavailable':
      return failed(503, fault.error);
    case 'html-error':
      if (fault.executes) handle(request);
      return htmlError(fault.status);
    case 'empty-list':
      return emptied(handle(request), request);
    case 'reject':
      return rejected(request, fault);
    case 'partial':
      return partly(handle(tradeOverrides.reduced(request, fault.share)), request);
    case 'novosky-answer':
      return tradeOverrides.novoskyAnswer(request, handle(request));
    case 'zero-tick':
      return ok({
        ask: 0,
        bid: 0,
        flags: 0,
        last: 0,
        time: 0,
        time_msc: 0,
        volume: 0,
        volume_real: 0,
      });
    case 'infinity':
      return withInfinity(handle(request), fault.field);
    case 'null-terminal':
      return ok(null);
    case 'disconnected':
      return changed(handle(request), { connected: false });
    default:
      return unreachable(fault);
  }
}

/** The orphaned call may still be executed after the 504 went out. */
async function timedOut(
  request: WireRequest,
  fault: Extract<RequestFault, { kind: 'gateway-timeout' }>,
  { handle, clock, signal }: Answering,
): Promise<Reply> {
  if (fault.executes && fault.executeAfterMs === 0) handle(request);
  if (fault.executes && fault.executeAfterMs > 0) {
    const cancel = clock.after(fault.executeAfterMs, () => {
      signal.removeEventListener('abort', cancel);
      handle(request);
    });
    signal.addEventListener('abort', cancel, { once: true });
  }
  await sleep(fault.answerAfterMs, clock, signal);
  if (fault.format === 'html') return htmlError(504);
  return failed(504, 'mt5 call timed out: call timed out after 30s');
}

function emptied(reply: Reply, request: WireRequest): Reply {
  if (!('json' in reply) || reply.status !== 200) return reply;
  if (Array.isArray(reply.json)) return ok([]);
  const [folder, ticket] = request.path;
  return folder === 'positions' ? failed(404, `Position ${ticket} not found`) : reply;
}

function rejected(
  { method }: WireRequest,
  { retcode, comment, dialect }: Extract<RequestFault, { kind: 'reject' }>,
): Reply {
  if (dialect === 'novosky') return { status: 400, json: { message: comment, retcode } };
  if (method === 'PUT') return failed(500, `Failed to update position: ${comment}`);
  if (method === 'DELETE') return failed(500, `Failed to close position: ${comment}`);
  return ok({
    ask: 0,
    bid: 0,
    comment,
    deal: 0,
    order: 0,
    price: 0,
    request: [],
    request_id: 0,
    retcode,
    retcode_external: 0,
    volume: 0,
  });
}

/** A partial execution: 10010 where the retcode is shown, an error that hides it where it is not. */
function partly(reply: Reply, { method }: WireRequest): Reply {
  if (!('json' in reply) || reply.status >= 300) return reply;
  if (method === 'DELETE') {
    return failed(500, 'Failed to close position: Request executed partially');
  }
  const done = changed(reply, { retcode: 10010, comment: 'Request executed partially' });
  return { ...done, status: 200 };
}

function changed(reply: Reply, fields: Readonly<Record<string, unknown>>): Reply {
  if (!('json' in reply) || typeof reply.json !== 'object' || reply.json === null) return reply;
  return { ...reply, json: { ...reply.json, ...fields } };
}

const infinityMark = '\u0000infinity';

function withInfinity(reply: Reply, field: string): Delivery {
  if (!('json' in reply)) return reply;
  const marked = JSON.stringify(reply.json, (key, value: unknown) =>
    key === field ? infinityMark : value,
  );
  const rawJson = marked.replaceAll(JSON.stringify(infinityMark), 'Infinity');
  return { status: reply.status, rawJson };
}
