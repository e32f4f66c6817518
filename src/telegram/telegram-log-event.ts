import type { AccountId } from '../domain/units.ts';

/** What the log is told about the bots. No token is in it, and no text of a stranger. */
export type TelegramLogEvent =
  | {
      readonly type: 'telegram-poll-failed';
      readonly accounts: readonly AccountId[];
      readonly reason: string;
      readonly retryInMs: number;
    }
  | {
      readonly type: 'telegram-send-failed';
      readonly account: AccountId;
      readonly reason: string;
      /** Undefined: it was given up. */
      readonly retryInMs?: number;
    }
  | {
      readonly type: 'telegram-message-dropped';
      readonly account: AccountId;
      readonly dropped: number;
    }
  | { readonly type: 'telegram-stranger-ignored'; readonly chatId: string }
  | {
      readonly type: 'telegram-old-message-ignored';
      readonly chatId: string;
      readonly ageMs: number;
    }
  | {
      readonly type: 'telegram-command-taken';
      /** An account, or the whole fleet. */
      readonly target: string;
      readonly command: string;
      readonly by: string;
    }
  /** Our own mistake; the event or command that it happened on is lost, nothing else is. */
  | { readonly type: 'telegram-bug'; readonly reason: string };
