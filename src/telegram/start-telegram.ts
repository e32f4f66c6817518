import type { AccountEvent } from '../domain/account-event.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import { unreachable } from '../domain/assert.ts';
import type { AccountId } from '../domain/units.ts';
import type { Clock } from '../runtime/clock.ts';
import { settlesWithin } from '../runtime/settles-within.ts';
import { AlertOutbox } from './alert-outbox.ts';
import { alertText } from './alert-text.ts';
import { type BotApi, type ChatMessage, connectBot } from './bot-api.ts';
import { type ChatCommand, helpText, parseChatCommand } from './chat-command.ts';
import { pollCommands } from './command-poller.ts';
import { statusText } from './status-text.ts';
import type { TelegramLogEvent } from './telegram-log-event.ts';

export type TelegramOptions = {
  /** Accounts may share a bot, and a chat. None: everything stays off. */
  readonly accounts: readonly {
    readonly account: AccountId;
    readonly token: string;
    readonly chatId: string;
  }[];
  /** Telegram's own when absent; without a slash at the end. */
  readonly apiRoot?: string;
  readonly clock: Clock;
  readonly snapshot: (account: AccountId) => AccountSnapshot | undefined;
  /** Passes a command on; it must not wait. */
  readonly command: (account: AccountId, command: 'pause' | 'resume' | 'halt', by: string) => void;
  readonly log: (event: TelegramLogEvent) => void;
};

export type Telegram = {
  /** Takes an event for the chat of its account. Never waits and never throws. */
  tell(event: AccountEvent): void;
  /** Gives what is waiting two seconds to go out, then ends every call. */
  stop(): Promise<void>;
};

/** A message written before the start and read after it may be a command that nobody means any more. */
const oldAfterMs = 60_000;
const flushMs = 2_000;
const strangersMax = 100;
/** How long a halt waits for its second word. */
const confirmWithinMs = 60_000;

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
  const desk = new Desk(options);
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
  desk: Desk,
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

type Obeyed = Exclude<ChatCommand['name'], 'help' | 'unknown'>;
type Here = { readonly botName: string; readonly outboxes: readonly AlertOutbox[] };

/** Where commands are read and answered. Only the chat of an account speaks for it. */
class Desk {
  readonly #options: TelegramOptions;
  readonly #startedAtMs: number;
  readonly #strangers = new Set<string>();
  /** Until when a halt that was asked for may be confirmed. */
  readonly #halts = new Map<AccountId, number>();

  constructor(options: TelegramOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.now();
  }

  /** Telegram is an edge: a mistake of ours on one message is logged and costs this message, never a trade. */
  guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.log({ type: 'telegram-bug', reason: (error as Error).message });
    }
  }

  answer({ chatId, text, sentAtMs, from }: ChatMessage, { botName, outboxes }: Here): void {
    const command = parseChatCommand(text);
    if (command === undefined || (command.bot ?? botName) !== botName) return;
    const own = outboxes.filter((outbox) => outbox.chatId === chatId);
    const ageMs = this.#startedAtMs - sentAtMs;
    if (own.length === 0) {
      this.#ignoreStranger(chatId);
    } else if (ageMs > oldAfterMs) {
      this.#options.log({ type: 'telegram-old-message-ignored', chatId, ageMs });
    } else {
      this.#obey(command, own, from);
    }
  }

  #obey(command: ChatCommand, own: readonly AlertOutbox[], from: string): void {
    const { name, account: wanted } = command;
    const meant = own.filter(({ account }) => wanted === undefined || account === wanted);
    if (name === 'help' || name === 'unknown') {
      own[0]?.put(helpText);
    } else if (meant.length === 0) {
      own[0]?.put(`no account ${wanted} here, there is: ${own.map((o) => o.account).join(', ')}`);
    } else {
      for (const outbox of meant) this.#carryOut(name, outbox, from);
    }
  }

  #carryOut(name: Obeyed, outbox: AlertOutbox, from: string): void {
    const { account } = outbox;
    switch (name) {
      case 'status':
        return outbox.put(statusText(account, this.#options.snapshot(account)));
      case 'halt':
        return this.#askTwice(outbox);
      case 'confirm':
        return this.#confirm(outbox, from);
      case 'pause':
      case 'resume':
        return this.#passOn(name, outbox, from);
      default:
        unreachable(name);
    }
  }

  #askTwice(outbox: AlertOutbox): void {
    const { account } = outbox;
    this.#halts.set(account, this.#options.clock.elapsed() + confirmWithinMs);
    outbox.put(
      `${account}: halt it? It enters nothing until somebody revives it at the engine, open positions stay behind their stops. /confirm ${account} within ${confirmWithinMs / 1_000} s`,
    );
  }

  #confirm(outbox: AlertOutbox, from: string): void {
    const { account } = outbox;
    const until = this.#halts.get(account);
    this.#halts.delete(account);
    if (until !== undefined && this.#options.clock.elapsed() <= until) {
      return this.#passOn('halt', outbox, from);
    }
    outbox.put(`${account}: nothing waits to be confirmed`);
  }

  #passOn(name: 'pause' | 'resume' | 'halt', outbox: AlertOutbox, from: string): void {
    const { command, log } = this.#options;
    const { account } = outbox;
    const by = `telegram ${from}`;
    command(account, name, by);
    log({ type: 'telegram-command-taken', account, command: name, by });
    outbox.put(`${account}: /${name} was passed on`);
  }

  /** Each stranger is logged once: a flood of messages must not become a flood of lines. */
  #ignoreStranger(chatId: string): void {
    if (this.#strangers.has(chatId) || this.#strangers.size >= strangersMax) return;
    this.#strangers.add(chatId);
    this.#options.log({ type: 'telegram-stranger-ignored', chatId });
  }
}
