import type { AccountEvent } from '../domain/account-event.ts';
import type { AccountId } from '../domain/units.ts';
import { settlesWithin } from '../runtime/settles-within.ts';
import { AlertOutbox } from './alert-outbox.ts';
import { alertText } from './alert-text.ts';
import { type BotApi, type ChatMessage, connectBot } from './bot-api.ts';
import { ChatDesk, type DeskOptions } from './chat-desk.ts';
import { pollCommands } from './command-poller.ts';

export type TelegramOptions = DeskOptions & {
  /** Accounts may share a bot, and a chat. None: everything stays off. */
  readonly accounts: readonly {
    readonly account: AccountId;
    readonly token: string;
    readonly chatId: string;
  }[];
  /** Telegram's own when absent; without a slash at the end. */
  readonly apiRoot?: string;
};

export type Telegram = {
  /** Takes an event for the chat of its account. Never waits and never throws. */
  tell(event: AccountEvent): void;
  /** Gives what is waiting two seconds to go out, then ends every call. */
  stop(): Promise<void>;
};

const flushMs = 2_000;

/** Starts one reader per bot and one sender per account. Whether Telegram answers is nobody else's concern. */
export function startTelegram(options: TelegramOptions): Telegram {
  const bots = new Map<string, Bot>();
  for (const { account, token, chatId } of options.accounts) {
    const bot = bots.get(token) ?? startBot(token, options);
    bots.set(token, bot);
    bot.outboxes.push(new AlertOutbox({ ...options, account, chatId, api: bot.api }));
  }
  const outboxes = [...bots.values()].flatMap((bot) => bot.outboxes);
  const ending = new AbortController();
  const desk = new ChatDesk(options);
  const loops = [...bots.values()].flatMap((bot) => runBot(bot, desk, options, ending.signal));
  return {
    tell: (event) => desk.guarded(() => tellOutbox(event, outboxes, options)),
    stop: async () => {
      const emptied = Promise.all(outboxes.map((outbox) => outbox.whenEmpty()));
      await settlesWithin(emptied, flushMs, options.clock);
      ending.abort();
      await Promise.all(loops);
    },
  };
}

type Bot = { readonly api: BotApi; readonly outboxes: AlertOutbox[] };

function startBot(token: string, { apiRoot, clock }: TelegramOptions): Bot {
  return { api: connectBot({ token, apiRoot, clock }), outboxes: [] };
}

function runBot(
  { api, outboxes }: Bot,
  desk: ChatDesk,
  { clock, log }: TelegramOptions,
  signal: AbortSignal,
): Promise<void>[] {
  const accounts = outboxes.map(({ account }) => account);
  const onMessage = (message: ChatMessage, botName: string) =>
    desk.guarded(() => desk.answer(message, { botName, outboxes }));
  const polling = pollCommands({ api, accounts, clock, log, onMessage }, signal);
  return [polling, ...outboxes.map((outbox) => outbox.run(signal))];
}

function tellOutbox(
  event: AccountEvent,
  outboxes: readonly AlertOutbox[],
  { snapshot }: TelegramOptions,
): void {
  const outbox = outboxes.find(({ account }) => account === event.account);
  if (outbox === undefined) return;
  const text = alertText(event, snapshot(event.account)?.currency);
  if (text !== undefined) outbox.put(text);
}
