import { Api, GrammyError } from 'grammy';
import { z } from 'zod';
import { backoffMs } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';

/** A message that somebody wrote to the bot. */
export type ChatMessage = {
  readonly updateId: number;
  readonly chatId: string;
  /** When it was written, by Telegram's clock. */
  readonly sentAtMs: number;
  readonly text: string;
  /** The writer, for the record. */
  readonly from: string;
};

/** What came since the last call, and where the next one goes on. */
type ChatUpdates = {
  readonly messages: readonly ChatMessage[];
  readonly nextOffset?: number;
};

/** The three calls of Telegram's Bot API that we make. Each ends within its own limit; all reject with `BotApiError`. */
export type BotApi = {
  /** The bot's own name, in lower case. Shows that the token is right. */
  username(signal: AbortSignal): Promise<string>;
  /** Waits for messages, `pollSeconds` at most. Those before `offset` are forgotten by Telegram. */
  updates(offset: number | undefined, signal: AbortSignal): Promise<ChatUpdates>;
  send(
    message: { readonly chatId: string; readonly text: string },
    signal: AbortSignal,
  ): Promise<void>;
};

export class BotApiError extends Error {
  override readonly name = 'BotApiError';
  /** The same call will fail again: wrong token, unknown chat, bot blocked. */
  readonly isFinal: boolean;
  /** What Telegram asked for before the next call. */
  readonly retryAfterMs: number | undefined;
  constructor(
    message: string,
    { isFinal, retryAfterMs, cause }: { isFinal: boolean; retryAfterMs?: number; cause: unknown },
  ) {
    super(message, { cause });
    this.isFinal = isFinal;
    this.retryAfterMs = retryAfterMs;
  }
}

const pollSeconds = 25;
const answerLimitMs = 10_000;

const Update = z.object({
  update_id: z.int(),
  message: z
    .object({
      date: z.int(),
      chat: z.object({ id: z.int() }),
      text: z.string(),
      from: z.object({ id: z.int(), username: z.string().optional() }).optional(),
    })
    .optional()
    .catch(undefined), // photos, joins and the like carry no text
});

export function connectBot({
  token,
  apiRoot,
  clock,
}: {
  readonly token: string;
  readonly apiRoot?: string | undefined;
  readonly clock: Clock;
}): BotApi {
  const api = new Api(token, apiRoot === undefined ? {} : { apiRoot });
  const call = <T>(
    limitMs: number,
    signal: AbortSignal,
    work: (limit: GrammySignal) => Promise<T>,
  ) =>
    within(limitMs, clock, signal, (limit) =>
      Promise.race([work(limit as unknown as GrammySignal), rejectedBy(limit)]),
    ).catch((error: unknown) => {
      throw botApiError(error);
    });
  return {
    username: (signal) =>
      call(answerLimitMs, signal, async (limit) => {
        const me = z.object({ username: z.string() }).parse(await api.getMe(limit));
        return me.username.toLowerCase();
      }),
    updates: (offset, signal) =>
      call(pollSeconds * 1_000 + answerLimitMs, signal, async (limit) => {
        const wanted = { timeout: pollSeconds, allowed_updates: ['message'] as const };
        const start = offset === undefined ? {} : { offset };
        return parseUpdates(await api.getUpdates({ ...wanted, ...start }, limit));
      }),
    send: ({ chatId, text }, signal) =>
      call(answerLimitMs, signal, async (limit) => {
        await api.sendMessage(chatId, text, { link_preview_options: { is_disabled: true } }, limit);
      }),
  };
}

/** How long to wait after `failures` failed calls in a row, at least what Telegram asked for. */
export function retryDelayMs(error: unknown, failures: number): number {
  const backoff = { immediate: 0, minMs: 1_000, maxMs: 60_000, jitter: 0, resetAfterMs: 0 };
  const asked = error instanceof BotApiError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(asked, backoffMs(backoff, failures - 1, 0));
}

/** The library's type of a signal is that of a package of its own; at run time it takes the platform's. */
type GrammySignal = NonNullable<Parameters<Api['getMe']>[0]>;

function parseUpdates(answer: unknown): ChatUpdates {
  const updates = z.array(Update).parse(answer);
  const messages = updates.flatMap(({ update_id: updateId, message }) => {
    if (message === undefined) return [];
    const { chat, date, text, from } = message;
    const writer = from?.username ?? String(from?.id ?? 'unknown');
    return [{ updateId, chatId: String(chat.id), sentAtMs: date * 1_000, text, from: writer }];
  });
  const last = updates.at(-1);
  return { messages, ...(last === undefined ? {} : { nextOffset: last.update_id + 1 }) };
}

/** Rejects with the signal: a call must not outlive its limit, whatever the library does. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** The message names the call and the answer; an address, which would hold the token, is in none of them. */
function botApiError(error: unknown): BotApiError {
  if (!(error instanceof GrammyError)) {
    return new BotApiError((error as Error).message, { isFinal: false, cause: error });
  }
  const { error_code: code, description, parameters } = error;
  const seconds = parameters.retry_after;
  return new BotApiError(`${code}: ${description}`, {
    isFinal: code >= 400 && code < 500 && code !== 429 && code !== 409,
    ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1_000 }),
    cause: error,
  });
}
