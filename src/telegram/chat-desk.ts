/** Where the commands of chats are read, asked twice where they are grave, and passed on. */
import type { FleetOrder } from '../domain/account.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import type { AccountId } from '../domain/units.ts';
import { fleetOrderText } from '../protocol/fleet-order-text.ts';
import type { Clock } from '../runtime/clock.ts';
import type { AlertOutbox } from './alert-outbox.ts';
import type { ChatMessage } from './bot-api.ts';
import {
  type ChatCommand,
  type ChatOrder,
  fleetWord,
  helpText,
  parseChatCommand,
} from './chat-command.ts';
import { statusText } from './status-text.ts';
import type { TelegramLogEvent } from './telegram-log-event.ts';

export type DeskOptions = {
  readonly clock: Clock;
  readonly snapshot: (account: AccountId) => AccountSnapshot | undefined;
  /** Passes a command on; it must not wait. */
  readonly command: (account: AccountId, command: ChatOrder, by: string) => void;
  readonly fleet: FleetDesk;
  readonly log: (event: TelegramLogEvent) => void;
};

/** The whole fleet, for those who may speak for it. */
type FleetDesk = {
  /** All of the run, those without a chat included. */
  readonly accounts: () => readonly AccountId[];
  readonly order: () => FleetOrder | undefined;
  /** Rejects with why it was not done, or not by all. */
  readonly command: (command: ChatOrder, by: string) => Promise<void>;
};

/** Where the answers to a chat go. */
type Chat = Pick<AlertOutbox, 'account' | 'chatId' | 'put'>;
type Here = { readonly botName: string; readonly outboxes: readonly Chat[] };

/** An account, or the fleet, as a chat speaks to it. */
type Party = {
  readonly name: string;
  readonly answer: (text: string) => void;
  readonly status: () => string;
  readonly order: (order: ChatOrder, by: string) => void;
};

/** A message written before the start and read after it may be a command that nobody means any more. */
const oldAfterMs = 60_000;
const strangersMax = 100;
/** How long what is grave waits for its second word. */
const confirmWithinMs = 60_000;

/** What is asked twice: it costs money, or only a person can take it back. */
const consequences: Readonly<Partial<Record<ChatOrder, string>>> = {
  flatten: 'It closes every position of ours at the market and pauses',
  halt: 'It enters nothing until it is revived, open positions stay behind their stops',
  kill: 'It closes every position of ours at the market and enters nothing until it is revived',
  revive: 'It enters again from the next bar on; be sure that what halted it is over',
};

/** Only the chat of an account speaks for it, and only one that speaks for all of them speaks for the fleet. */
export class ChatDesk {
  readonly #options: DeskOptions;
  readonly #startedAtMs: number;
  readonly #strangers = new Set<string>();
  /** What was asked for, by account or `fleetWord`, and until when it may be confirmed. */
  readonly #asked = new Map<string, { readonly order: ChatOrder; readonly untilMs: number }>();

  constructor(options: DeskOptions) {
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
    const [first, ...others] = outboxes.filter((outbox) => outbox.chatId === chatId);
    const ageMs = this.#startedAtMs - sentAtMs;
    if (first === undefined) {
      this.#ignoreStranger(chatId);
    } else if (ageMs > oldAfterMs) {
      this.#options.log({ type: 'telegram-old-message-ignored', chatId, ageMs });
    } else {
      this.#obey(command, [first, ...others], from);
    }
  }

  #obey(
    { name, account: wanted }: ChatCommand,
    own: readonly [Chat, ...Chat[]],
    from: string,
  ): void {
    if (name === 'help' || name === 'unknown') return own[0].put(helpText);
    if (wanted === fleetWord) {
      const missing = this.#unspokenFor(own);
      if (missing.length === 0) return this.#carryOut(name, this.#fleetBehind(own[0]), from);
      return own[0].put(
        `this chat does not speak for the whole fleet: not for ${missing.join(', ')}`,
      );
    }
    const meant = own.filter(({ account }) => wanted === undefined || account === wanted);
    if (meant.length === 0) {
      own[0].put(`no account ${wanted} here, there is: ${own.map((o) => o.account).join(', ')}`);
    }
    for (const outbox of meant) this.#carryOut(name, this.#accountBehind(outbox), from);
  }

  #carryOut(name: ChatOrder | 'status' | 'confirm', party: Party, from: string): void {
    if (name === 'status') return party.answer(party.status());
    const by = `telegram ${from}`;
    if (name === 'confirm') return this.#confirm(party, by);
    // A later word takes the place of one that was not confirmed.
    this.#asked.delete(party.name);
    const consequence = consequences[name];
    if (consequence === undefined) return party.order(name, by);
    const untilMs = this.#options.clock.elapsed() + confirmWithinMs;
    this.#asked.set(party.name, { order: name, untilMs });
    party.answer(
      `${party.name}: ${name} it? ${consequence}. /confirm ${party.name} within ${confirmWithinMs / 1_000} s`,
    );
  }

  #confirm(party: Party, by: string): void {
    const asked = this.#asked.get(party.name);
    this.#asked.delete(party.name);
    if (asked !== undefined && this.#options.clock.elapsed() <= asked.untilMs) {
      return party.order(asked.order, by);
    }
    party.answer(`${party.name}: nothing waits to be confirmed`);
  }

  #accountBehind(outbox: Chat): Party {
    const { command, log, snapshot } = this.#options;
    const { account } = outbox;
    return {
      name: account,
      answer: (text) => outbox.put(text),
      status: () => statusText(account, snapshot(account)),
      order: (order, by) => {
        command(account, order, by);
        log({ type: 'telegram-command-taken', target: account, command: order, by });
        outbox.put(`${account}: /${order} was passed on`);
      },
    };
  }

  #fleetBehind(outbox: Chat): Party {
    const { fleet, log, snapshot } = this.#options;
    const stateOf = (account: AccountId) => snapshot(account)?.state ?? 'starting';
    return {
      name: fleetWord,
      answer: (text) => outbox.put(text),
      status: () =>
        [
          fleetOrderText(fleet.order()),
          ...fleet.accounts().map((account) => `${account}: ${stateOf(account)}`),
        ].join('\n'),
      order: (order, by) => {
        log({ type: 'telegram-command-taken', target: fleetWord, command: order, by });
        fleet.command(order, by).then(
          () => outbox.put(`${fleetWord}: /${order} is done`),
          (error: Error) => outbox.put(`${fleetWord}: /${order} FAILED: ${error.message}`),
        );
      },
    };
  }

  /** Accounts of the run that this chat has no word for. */
  #unspokenFor(own: readonly Chat[]): readonly AccountId[] {
    return this.#options.fleet
      .accounts()
      .filter((account) => !own.some((outbox) => outbox.account === account));
  }

  /** Each stranger is logged once: a flood of messages must not become a flood of lines. */
  #ignoreStranger(chatId: string): void {
    if (this.#strangers.has(chatId) || this.#strangers.size >= strangersMax) return;
    this.#strangers.add(chatId);
    this.#options.log({ type: 'telegram-stranger-ignored', chatId });
  }
}
