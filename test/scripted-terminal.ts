import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** What the terminal's server is to say to a request. */
export type Said =
  | { readonly status?: number; readonly json: unknown; readonly zipped?: boolean }
  | { readonly status: number; readonly html: string }
  /** JSON as it stands, be it none. */
  | { readonly status?: number; readonly raw: string }
  /** The connection breaks instead of an answer. */
  | 'drop'
  /** No answer at all. */
  | 'silence';

export type Asked = {
  readonly method: string;
  /** Decoded path with its query, below the prefix. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
  /** Tells connections apart. */
  readonly clientPort: number;
};

/**
 * `GET /positions` -> what is said. A list is said one after the other and its last item for ever; a function may look
 * at the request. The longest matching start wins, so `GET /symbols/BTCUSD` answers for ticks too unless told otherwise.
 */
export type Script = Readonly<
  Record<string, Said | readonly Said[] | ((asked: Asked) => Said | Promise<Said>)>
>;

/** A server that says what a test wrote down: for the answers that a working terminal would never give. */
export class ScriptedTerminal {
  readonly asked: Asked[] = [];
  readonly url: string;
  readonly #said = new Map<string, number>();
  readonly #script: Script;
  readonly #server: Server;
  /** Connections that were made so far. */
  connections = 0;
  #connected = () => {};

  private constructor(script: Script, url: string, server: Server) {
    this.#script = script;
    this.url = url;
    this.#server = server;
    server.on('connection', () => {
      this.connections += 1;
      this.#connected();
    });
  }

  /** Resolves when so many connections have been made. */
  connected(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#connected = () => {
        if (this.connections >= count) resolve();
      };
      this.#connected();
    });
  }

  static async start(script: Script, prefix = ''): Promise<ScriptedTerminal> {
    let terminal: ScriptedTerminal | undefined;
    const server = createServer((request, response) => {
      void terminal?.answer(request, response, prefix);
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    terminal = new ScriptedTerminal(script, `http://127.0.0.1:${port}${prefix}`, server);
    return terminal;
  }

  /** The requests that began with this, as `POST /orders`. */
  askedFor(start: string): Asked[] {
    return this.asked.filter(({ method, path }) => `${method} ${path}`.startsWith(start));
  }

  /** Breaks every connection, as a server does that starts anew, and goes on listening. */
  hangUp(): void {
    this.#server.closeAllConnections();
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async answer(request: IncomingMessage, response: ServerResponse, prefix: string): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const full = decodeURIComponent(request.url ?? '');
    const asked: Asked = {
      method: request.method ?? '',
      path: full.startsWith(prefix) ? full.slice(prefix.length) : `outside the prefix: ${full}`,
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
      clientPort: request.socket.remotePort ?? 0,
    };
    this.asked.push(asked);
    say(await this.#sayingFor(asked), response);
  }

  async #sayingFor(asked: Asked): Promise<Said> {
    const line = `${asked.method} ${asked.path}`;
    const keys = Object.keys(this.#script).filter((key) => line.startsWith(key));
    const key = keys.toSorted((a, b) => b.length - a.length)[0];
    const said = key === undefined ? undefined : this.#script[key];
    if (key === undefined || said === undefined) return { status: 404, html: 'no route' };
    if (typeof said === 'function') return said(asked);
    if (!Array.isArray(said)) return said as Said;
    const count = this.#said.get(key) ?? 0;
    this.#said.set(key, count + 1);
    return said[Math.min(count, said.length - 1)] as Said;
  }
}

function say(said: Said, response: ServerResponse): void {
  if (said === 'drop') return void response.destroy();
  if (said === 'silence') return;
  if ('html' in said) {
    response.writeHead(said.status, { 'content-type': 'text/html' }).end(said.html);
    return;
  }
  const text = 'raw' in said ? said.raw : JSON.stringify(said.json);
  const isZipped = 'zipped' in said && said.zipped === true;
  response
    .writeHead(said.status ?? 200, {
      'content-type': 'application/json',
      ...(isZipped && { 'content-encoding': 'gzip' }),
    })
    .end(isZipped ? gzipSync(text) : text);
}

/** A healthy terminal with one symbol, hedging, flat, with one deposit in its history. */
export const healthyTerminal: Script = {
  'GET /ping': { json: { status: 'ok', mode: 'live' } },
  'GET /terminal': { json: { connected: true, trade_allowed: true, tradeapi_disabled: false } },
  'GET /account': {
    json: {
      login: 7,
      currency: 'USD',
      currency_digits: 2,
      leverage: 200,
      margin_mode: 2,
      trade_allowed: true,
      trade_expert: true,
      balance: 10_000,
      equity: 10_000,
      margin: 0,
      margin_free: 10_000,
      margin_level: 0,
    },
  },
  'GET /symbols/BTCUSDc': { json: aSymbol() },
  'GET /symbols/BTCUSDc/tick': { json: aTick() },
  'GET /positions': { json: [] },
  'GET /positions/': { status: 404, json: { error: 'Position not found' } },
  'GET /orders': { json: [] },
  'GET /history/deals': { json: [] },
};

export function aSymbol(fields: Readonly<Record<string, unknown>> = {}) {
  return {
    name: 'BTCUSDc',
    digits: 2,
    point: 0.01,
    spread: 1_400,
    trade_tick_size: 0.01,
    trade_tick_value: 1,
    trade_contract_size: 1,
    volume_min: 0.01,
    volume_max: 100,
    volume_step: 0.01,
    trade_stops_level: 0,
    trade_mode: 4,
    trade_exemode: 2,
    filling_mode: 3,
    ...fields,
  };
}

export function aTick(fields: Readonly<Record<string, unknown>> = {}) {
  return {
    bid: 100_000,
    ask: 100_014,
    time: 1_735_725_600,
    time_msc: 1_735_725_600_250,
    ...fields,
  };
}

export function aPosition(fields: Readonly<Record<string, unknown>> = {}) {
  return {
    ticket: 501,
    time: 1_735_725_000,
    time_msc: 1_735_725_000_500,
    type: 0,
    magic: 42,
    identifier: 501,
    volume: 0.3,
    price_open: 100_000.5,
    sl: 99_000,
    tp: 102_000,
    swap: 0,
    profit: 12.34,
    symbol: 'BTCUSDc',
    comment: 'abcdefghijklmnopqrstuvwxyz',
    ...fields,
  };
}

export function aDeal(fields: Readonly<Record<string, unknown>> = {}) {
  return {
    ticket: 900,
    order: 501,
    time: 1_735_725_000,
    time_msc: 1_735_725_000_500,
    type: 0,
    entry: 0,
    magic: 42,
    position_id: 501,
    reason: 3,
    volume: 0.3,
    price: 100_000.5,
    commission: -1.5,
    swap: 0,
    profit: 0,
    fee: -0.5,
    symbol: 'BTCUSDc',
    comment: 'abcdefghijklmnopqrstuvwxyz',
    ...fields,
  };
}

export function tradeResult(fields: Readonly<Record<string, unknown>> = {}) {
  return {
    retcode: 10009,
    deal: 900,
    order: 501,
    volume: 0.3,
    price: 100_014,
    bid: 100_000,
    ask: 100_014,
    comment: 'Request executed',
    request: [1, 0, 0, '', 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, '', 0, 0],
    request_id: 1,
    retcode_external: 0,
    ...fields,
  };
}
