import type { AccountId } from '../domain/units.ts';
import type { Clock } from '../runtime/clock.ts';
import { pause } from './alert-outbox.ts';
import { type BotApi, type ChatMessage, retryDelayMs } from './bot-api.ts';
import type { TelegramLogEvent } from './telegram-log-event.ts';

export type PollOptions = {
  readonly api: BotApi;
  /** The accounts that share this bot. */
  readonly accounts: readonly AccountId[];
  readonly clock: Clock;
  /** @param botName what commands to this bot are addressed with */
  readonly onMessage: (message: ChatMessage, botName: string) => void;
  readonly log: (event: TelegramLogEvent) => void;
};

/** A server that answers at once instead of waiting must not make us spin. */
const pauseMs = 200;

/** Reads the messages to one bot until the signal aborts. Never rejects. */
export async function pollCommands(options: PollOptions, signal: AbortSignal): Promise<void> {
  const { api, accounts, clock, onMessage, log } = options;
  let botName: string | undefined;
  let offset: number | undefined;
  for (let failures = 0; !signal.aborted; ) {
    try {
      botName ??= await api.username(signal);
      const { messages, nextOffset } = await api.updates(offset, signal);
      failures = 0;
      offset = nextOffset ?? offset;
      for (const message of messages) onMessage(message, botName);
      await pause(pauseMs, clock, signal);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      const retryInMs = retryDelayMs(error, failures);
      const reason = (error as Error).message;
      log({ type: 'telegram-poll-failed', accounts, reason, retryInMs });
      await pause(retryInMs, clock, signal);
    }
  }
}
