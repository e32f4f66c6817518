import type { AccountCommand } from '../account/input.ts';
import type { AccountMessage } from '../actors/account-message.ts';
import type { ReceiptMessage } from '../actors/receipt.ts';
import type { AccountId } from '../domain/units.ts';
import type { Clock } from '../runtime/clock.ts';

/** A person is told after so long that the account has not answered. */
const answerWithinMs = 5_000;
/** Commands that may wait for one account. */
const waitingMax = 100;

/** The account has not taken the command so far, or will never. */
class CommandNotTakenError extends Error {
  override readonly name = 'CommandNotTakenError';
}

type Waiting = Extract<AccountMessage, { type: 'command' }> & {
  readonly settle: (error?: CommandNotTakenError) => void;
};

/**
 * Keeps what people said until the account has it on disk: a thread that dies takes its mail with it, and a pause must
 * not be lost. An account is told one command at a time: one that it crashes on would else be overtaken by the next.
 */
export class CommandDesk {
  readonly #tell: (account: AccountId, message: AccountMessage) => void;
  readonly #clock: Clock;
  readonly #waiting = new Map<AccountId, Waiting[]>();
  readonly #up = new Set<AccountId>();
  readonly #givenUp = new Set<AccountId>();
  #number = 0;

  constructor(options: {
    readonly tell: (account: AccountId, message: AccountMessage) => void;
    readonly clock: Clock;
  }) {
    this.#tell = options.tell;
    this.#clock = options.clock;
  }

  /** Resolves when the command is on disk. Rejects with CommandNotTakenError; the command may be taken later all the same. */
  give(account: AccountId, command: AccountCommand, by: string): Promise<void> {
    if (this.#givenUp.has(account)) return Promise.reject(givenUp(account));
    const queue = this.#queueOf(account);
    if (queue.length >= waitingMax) return Promise.reject(tooMany(account));
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(answerWithinMs, () => reject(notYet(account, command)));
      const settle = (error?: CommandNotTakenError) => {
        cancel();
        if (error === undefined) resolve();
        else reject(error);
      };
      queue.push({ type: 'command', command, by, number, settle });
      if (queue.length === 1) this.#tellFirst(account);
    });
  }

  /** The account has started, or started again. */
  up(account: AccountId): void {
    this.#up.add(account);
    this.#tellFirst(account);
  }

  down(account: AccountId): void {
    this.#up.delete(account);
  }

  /** Nothing runs it any more. */
  gaveUp(account: AccountId): void {
    this.#givenUp.add(account);
    for (const { settle } of this.#queueOf(account).splice(0)) settle(givenUp(account));
  }

  /** It was started again by hand. */
  returned(account: AccountId): void {
    this.#givenUp.delete(account);
  }

  /** It has left the run. */
  forget(account: AccountId): void {
    this.gaveUp(account);
    this.#givenUp.delete(account);
    this.#waiting.delete(account);
    this.#up.delete(account);
  }

  taken({ account, number }: ReceiptMessage): void {
    const queue = this.#queueOf(account);
    // One that was told twice is taken twice.
    if (queue[0]?.number !== number) return;
    queue.shift()?.settle();
    this.#tellFirst(account);
  }

  #tellFirst(account: AccountId): void {
    const [first] = this.#queueOf(account);
    if (first === undefined || !this.#up.has(account)) return;
    const { type, command, by, number } = first;
    this.#tell(account, { type, command, by, number });
  }

  #queueOf(account: AccountId): Waiting[] {
    const known = this.#waiting.get(account);
    if (known) return known;
    const queue: Waiting[] = [];
    this.#waiting.set(account, queue);
    return queue;
  }
}

function notYet(account: AccountId, command: AccountCommand): CommandNotTakenError {
  return new CommandNotTakenError(
    `${account} is not running right now: it obeys "${command}" as soon as it is up; look at its state`,
  );
}

function givenUp(account: AccountId): CommandNotTakenError {
  return new CommandNotTakenError(
    `${account} crashed too often and is not running: its positions stand behind their stops; look why, then: novosky accounts revive ${account} (or novosky ctl restart ${account})`,
  );
}

function tooMany(account: AccountId): CommandNotTakenError {
  return new CommandNotTakenError(
    `${account} has ${waitingMax} commands waiting: it is not running; restart it or the engine`,
  );
}
