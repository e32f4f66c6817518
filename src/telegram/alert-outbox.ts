import type { AccountId } from '../domain/units.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { Mailbox } from '../runtime/mailbox.ts';
import { type BotApi, BotApiError, retryDelayMs } from './bot-api.ts';
import type { TelegramLogEvent } from './telegram-log-event.ts';

const capacity = 50;
/** Telegram takes about one message a second for a chat. */
const pauseMs = 1_000;
const textMax = 1_000;
/** Telegram's own limit is 4,096. */
const messageMax = 3_500;

type OutboxOptions = {
  readonly account: AccountId;
  readonly chatId: string;
  readonly api: BotApi;
  readonly clock: Clock;
  readonly log: (event: TelegramLogEvent) => void;
};

/**
 * The messages to one account's chat: taken without waiting, sent one by one. What waits together goes out together;
 * of more than fifty the oldest are dropped, and the chat is told how many.
 */
export class AlertOutbox {
  readonly account: AccountId;
  readonly chatId: string;
  readonly #options: OutboxOptions;
  readonly #waiting = new Mailbox<string>({ capacity, overflow: 'drop-oldest' });
  #dropped = 0;
  #isSending = false;
  #wake = () => {};
  #emptied: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.account = options.account;
    this.chatId = options.chatId;
  }

  put(text: string): void {
    const { account, log } = this.#options;
    const lost = this.#waiting.push(text.slice(0, textMax));
    if (lost !== undefined) {
      this.#dropped += 1;
      log({ type: 'telegram-message-dropped', account, dropped: this.#dropped });
    }
    this.#wake();
  }

  /** Sends what is put, until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      const text = this.#take();
      if (text === undefined) {
        this.#tellEmpty();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        await this.#deliver(text, signal);
        if (this.#waiting.size === 0) this.#tellEmpty();
        await pause(pauseMs, this.#options.clock, signal);
      }
    }
    this.#tellEmpty();
  }

  /** Resolves when nothing waits and nothing is on its way. */
  whenEmpty(): Promise<void> {
    if (this.#waiting.size === 0 && !this.#isSending) return Promise.resolve();
    return new Promise((resolve) => this.#emptied.push(resolve));
  }

  #tellEmpty(): void {
    for (const resolve of this.#emptied.splice(0)) resolve();
  }

  /** As many waiting texts as fit into one message. */
  #take(): string | undefined {
    if (this.#waiting.size === 0) return undefined;
    const texts = this.#dropped === 0 ? [] : [`(${this.#dropped} older messages were dropped)`];
    this.#dropped = 0;
    let length = 0;
    while (this.#waiting.size > 0 && length + textMax <= messageMax) {
      const text = this.#waiting.shift() ?? '';
      texts.push(text);
      length += text.length + 1;
    }
    return texts.join('\n');
  }

  async #deliver(text: string, signal: AbortSignal): Promise<void> {
    const { api, chatId, clock } = this.#options;
    this.#isSending = true;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await api.send({ chatId, text }, signal);
        break;
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        const retryInMs = this.#failed(error as Error, failures);
        if (retryInMs === undefined) break;
        await pause(retryInMs, clock, signal);
      }
    }
    this.#isSending = false;
  }

  /** The wait before the next attempt; undefined when there is none. */
  #failed(error: Error, failures: number): number | undefined {
    const { account, log } = this.#options;
    const isFinal = error instanceof BotApiError && error.isFinal;
    const retryInMs = isFinal ? undefined : retryDelayMs(error, failures);
    const wait = retryInMs === undefined ? {} : { retryInMs };
    log({ type: 'telegram-send-failed', account, reason: error.message, ...wait });
    return retryInMs;
  }
}

/** Waits; an abort ends the wait and is seen by the loop that waited. */
export async function pause(delayMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, clock, signal).catch(() => undefined);
}
