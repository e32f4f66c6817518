/** A message that nobody took, and why. */
export type DeadLetter = {
  /** The actor, or `thread/actor`, that it was meant for. */
  readonly to: string;
  readonly message: unknown;
  readonly reason: DeadLetterReason;
};

export type DeadLetterReason =
  | 'not-connected'
  | 'no-credit'
  | 'unknown-actor'
  | 'mailbox-full'
  | 'superseded'
  | 'stopped'
  | 'poison'
  | 'late-answer'
  | 'undeliverable';

/** How many messages got lost, by reason, and the last of them. */
export class DeadLetters {
  readonly #recentMax: number;
  readonly #recent: DeadLetter[] = [];
  readonly #counts = new Map<DeadLetterReason, number>();

  /** @param recentMax how many letters are kept to be looked at */
  constructor({ recentMax }: { readonly recentMax: number }) {
    this.#recentMax = recentMax;
  }

  readonly record = (letter: DeadLetter): void => {
    this.#counts.set(letter.reason, this.count(letter.reason) + 1);
    this.#recent.push(letter);
    if (this.#recent.length > this.#recentMax) this.#recent.shift();
  };

  count(reason: DeadLetterReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Oldest first. */
  get recent(): readonly DeadLetter[] {
    return this.#recent;
  }
}
