import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with the next call of a method instead of answering it. */
export type BotApiFault =
  | {
      readonly type: 'refuse';
      readonly status: number;
      readonly description: string;
      readonly retryAfter?: number;
    }
  | { readonly type: 'html'; readonly status: number }
  | { readonly type: 'hang' }
  | { readonly type: 'drop' };

type CallBody = { readonly chat_id?: unknown; readonly text?: unknown; readonly offset?: unknown };
type Call = {
  readonly token: string;
  readonly method: string;
  readonly body: CallBody;
};
type Bot = { readonly updates: { update_id: number }[]; poll: ServerResponse | undefined };

/**
 * Speaks Telegram's Bot API as far as bots of ours do: getMe, getUpdates with long polling and confirmation by offset,
 * sendMessage. A second poll of one bot ends the first with 409, as there.
 */
export class BotApiServer {
  readonly calls: Call[] = [];
  readonly #server: Server;
  readonly #bots = new Map<string, Bot>();
  readonly #faults = new Map<string, BotApiFault[]>();
  #updateId = 100;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** @param tokens the bots that exist */
  static async start(tokens: readonly string[]): Promise<BotApiServer> {
    const server = new BotApiServer();
    for (const token of tokens) server.#bots.set(token, { updates: [], poll: undefined });
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get root(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Texts that arrived in a chat, in order. */
  textsTo(chatId: string): string[] {
    const sent = this.calls.filter(
      ({ method, body }) => method === 'sendMessage' && body.chat_id === chatId,
    );
    return sent.map(({ body }) => String(body.text));
  }

  /** The next calls of a method meet these, in order. */
  fail(method: string, ...faults: BotApiFault[]): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), ...faults]);
  }

  /** Somebody writes to a bot. */
  say(message: { token: string; chatId: number; text?: string; sentAtMs: number }): void {
    const { token, chatId, text, sentAtMs } = message;
    this.#updateId += 1;
    const bot = this.#bots.get(token);
    bot?.updates.push({
      update_id: this.#updateId,
      message: {
        message_id: this.#updateId,
        date: Math.floor(sentAtMs / 1_000),
        chat: { id: chatId, type: 'private' },
        from: { id: 7, is_bot: false, first_name: 'Ann', username: 'ann' },
        ...(text === undefined ? { photo: [] } : { text }),
      },
    } as { update_id: number });
    if (bot?.poll !== undefined) this.#answerPoll(bot, bot.poll);
  }

  /** One round trip: whatever was on its way to the server before has arrived. */
  async turn(): Promise<void> {
    await (await fetch(`${this.root}/turn`)).text();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, token, method] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
    if (token === undefined || method === undefined) {
      response.end('turn');
      return;
    }
    const body = JSON.parse((await textOf(request)) || '{}') as CallBody;
    const fault = this.#faults.get(method)?.shift();
    if (fault === undefined) this.#answer({ token, method, body }, response);
    else carryOut(fault, response);
  }

  #answer(call: Call, response: ServerResponse): void {
    const bot = this.#bots.get(call.token);
    if (bot === undefined) return refuse(response, { status: 401, description: 'Unauthorized' });
    this.calls.push(call);
    if (call.method === 'getMe') return succeed(response, aBot);
    if (call.method === 'getUpdates')
      return this.#poll(bot, Number(call.body.offset ?? 0), response);
    succeed(response, { message_id: 1, date: 0, chat: { id: 1, type: 'private' } });
  }

  #poll(bot: Bot, offset: number, response: ServerResponse): void {
    if (bot.poll !== undefined) {
      refuse(bot.poll, { status: 409, description: 'Conflict: terminated by other getUpdates' });
    }
    bot.updates.splice(0, bot.updates.filter(({ update_id: id }) => id < offset).length);
    bot.poll = response;
    response.on('close', () => {
      if (bot.poll === response) bot.poll = undefined;
    });
    if (bot.updates.length > 0) this.#answerPoll(bot, response);
  }

  #answerPoll(bot: Bot, response: ServerResponse): void {
    bot.poll = undefined;
    succeed(response, [...bot.updates]);
  }
}

const aBot = { id: 1, is_bot: true, first_name: 'Novosky', username: 'Novosky_Bot' };

function succeed(response: ServerResponse, result: unknown): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ ok: true, result }));
}

function refuse(
  response: ServerResponse,
  { status, description, retryAfter }: { status: number; description: string; retryAfter?: number },
): void {
  const parameters = retryAfter === undefined ? {} : { parameters: { retry_after: retryAfter } };
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ ok: false, error_code: status, description, ...parameters }));
}

function carryOut(fault: BotApiFault, response: ServerResponse): void {
  if (fault.type === 'refuse') refuse(response, fault);
  if (fault.type === 'drop') response.destroy();
  if (fault.type === 'html') {
    response.statusCode = fault.status;
    response.end('<html><body>Bad gateway</body></html>');
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
